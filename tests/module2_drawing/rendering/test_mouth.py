"""Mouths: ink and paper that grow, lips that meet, teeth, tongue and dark in the colours of a style."""

import cv2
import numpy as np
import pytest
from drawing_data import standard_face

from module1_audio2lmk.foundation.face.geometry import mouth_opening
from module2_drawing.rendering.bare_lips import bare_lips, with_bare_lips
from module2_drawing.rendering.mouth import inner_mouth, inside_share, mouth_overlay
from module2_drawing.rendering.oral_cavity import drawn, plain
from module2_drawing.rendering.shut_lips import line_strength


def test_the_inside_of_a_mouth_in_lines():
    """Ink below the upper lip, a stroke along the lower one, paper between them and below."""
    points = standard_face(14)
    drawing, opacity = inner_mouth(points, 256)
    x, top, low = (round(float(v)) for v in (points[62, 0], points[62, 1], points[66, 1]))
    ink = (drawing[0, :, x] < 0) & (opacity[0, :, x] > 0.5)
    assert ink[top + 1] and ink[low - 1 : low + 1].any()
    assert drawing[0, [low - 4, low + 3], x].min() == opacity[0, [low - 4, low + 3], x].min() == 1
    assert np.count_nonzero(np.diff(np.nonzero(ink)[0]) > 1) == 1
    assert opacity[0, : int(points[33, 1])].max() == 0


def test_lips_that_shut_over_teeth_get_a_line():
    points = standard_face(0.1)
    shut, line = mouth_overlay(0.2, points, 256, 1)
    x, y = points[[62, 66]].mean(0).round().astype(int)
    assert line[0, y, x] > 0.7 and line[0, y - 6, x] == line[0, y + 6, x] == 0 and shut.max() == -1
    _, none = mouth_overlay(0.0, points, 256, 1)
    assert none.max() == 0
    _, opened = mouth_overlay(0.0, standard_face(14), 256, 1)
    assert opened[0, y, x] == 1
    assert line_strength(0.2, 0.2) == line_strength(0.0, 0.0) == 0 and line_strength(0.2, 0.0) == 1


@pytest.mark.parametrize("opening", [0.045, 0.035, 0.025])
def test_lips_that_shut_over_teeth_are_ink_or_paper(opening):
    """The mouth of the photo gives way from its corners on: one that faded would be grey for some frames."""
    points = 3 * standard_face(24)
    drawing, ring = np.full((768, 768), 255, np.uint8), points[60:68].round().astype(np.int32)
    cv2.fillPoly(drawing, [ring], 0)
    width = np.ptp(points[[48, 54], 0]) / 3
    target = 3 * standard_face(opening * width)
    openings = 0.3, float(mouth_opening(target))
    assert 0 < line_strength(*openings) < 1
    mouth = with_bare_lips(drawing, bare_lips(drawing, points), points, openings)
    assert ((mouth > 30) & (mouth < 225)).sum() < 0.15 * (drawing == 0).sum()
    _, line = mouth_overlay(0.3, target, 768, 1)
    assert ((line > 0.2) & (line < 0.8)).sum() < 0.5 * (line >= 0.8).sum()
    places = np.nonzero((line[0] > 0.8).any(0))[0]
    assert np.isclose(places[[0, -1]], target[[60, 64], 0], atol=12).all()


def test_painted_lips_that_shut_over_teeth_are_of_the_lips_colour():
    """The upper lip of a smile is hidden by its dark line: what was continued from there was skin."""
    points, skin, lip = 2 * standard_face(20), (230, 190, 160), (200, 80, 90)
    points[49:54, 1] = np.interp(points[49:54, 0], points[60:65, 0], points[60:65, 1] - 4)
    drawing = np.full((512, 512, 3), skin, np.uint8)
    for ring, colour in ((points[48:60], lip), (points[60:68], (240, 235, 230))):
        cv2.fillPoly(drawing, [ring.round().astype(np.int32)], colour)
    cv2.polylines(drawing, [points[60:65].round().astype(np.int32)], False, (0, 0, 0), 3)
    shut = bare_lips(drawing, points)
    x = points[60:68, 0].mean().round().astype(int)
    rows = np.arange(*(points[[62, 66], 1] + (-2, 2)).astype(int))
    assert np.abs(shut[rows, x] - np.array(lip, float)).max() < 15
    away = np.ones((512, 512), bool)
    away[int(points[48:60, 1].min()) - 4 : int(points[48:60, 1].max()) + 1] = False
    assert (shut == drawing)[away].all()


def test_bare_lips_have_their_own_colours_and_no_ink_at_the_corners():
    """A brown upper lip over a pink lower one was pink above the line; corners were barbed."""
    points, skin, brown, pink = 2 * standard_face(20), (150, 110, 90), (95, 63, 59), (140, 90, 89)
    points[49:54, 1] = np.interp(points[49:54, 0], points[60:65, 0], points[60:65, 1]) - 16
    drawing = np.full((512, 512, 3), skin, np.uint8)
    ring = np.concatenate((points[48:55], points[[64, 63, 62, 61, 60]]))
    for outline, colour in ((points[48:60], pink), (ring, brown), (points[60:68], (240, 235, 230))):
        cv2.fillPoly(drawing, [outline.round().astype(np.int32)], colour)
    cv2.polylines(
        drawing, [points[[48, 60, 61, 62, 63, 64, 54]].round().astype(np.int32)], False, (0, 0, 0), 3
    )
    bare = bare_lips(drawing, points).astype(int)
    x, top, low = (int(v) for v in (points[62, 0], points[62, 1], points[66, 1]))
    assert np.abs(bare[top - 4 : top + 4, x] - brown).max() < 4
    assert np.abs(bare[low - 4 : low + 4, x] - pink).max() < 4
    assert bare.sum(2).min() > 0.8 * sum(brown)


def test_lips_with_dark_lipstick_shut_to_a_line_and_no_blot():
    points = 2 * standard_face(20)
    points[[48, 54], 0] += (-16, 16)
    points[49:54, 1] -= 16
    points[55:60, 1] += 20
    drawing = np.full((512, 512), 255, np.uint8)
    cv2.fillPoly(drawing, [points[48:60].round().astype(np.int32)], 0)
    cv2.fillPoly(drawing, [points[60:68].round().astype(np.int32)], 255)
    bare, x = bare_lips(drawing, points), int(points[62, 0])
    assert bare[int(points[62, 1]) - 3 : int(points[66, 1]) + 4, x].min() == 255
    assert bare[int(points[57, 1]) - 4, x] == 0
    assert bare[:, int(points[48, 0]) : int(points[48, 0]) + 3].min() == 0  # corners faded into the paper


def test_the_ends_of_a_smile_go_with_its_line_and_other_lines_stay():
    """What was beyond the corners' reach stayed beside shut lips as specks."""
    points, drawing = 2 * standard_face(20), np.full((512, 512), 255, np.uint8)
    ends = points[[48, 54]] + ((-12, -4), (12, -4))
    smile = np.concatenate((ends[:1], points[60:65], ends[1:])).round().astype(np.int32)
    cv2.polylines(drawing, [smile], False, 0, 4)
    crease = (ends[1] + ((14, -60), (14, 60))).round().astype(np.int32)
    cv2.polylines(drawing, [crease], False, 0, 3)
    bare = bare_lips(drawing, points)
    ink = np.nonzero(bare < 200)[1]
    assert (drawing < 200).sum(0)[smile[0, 0]] > 0 and ink.min() > smile[-1, 0]
    assert np.array_equal(bare[:, crease[0, 0]], drawing[:, crease[0, 0]])


@pytest.mark.filterwarnings("error")  # a mean of nothing is one
def test_bare_lips_of_a_black_drawing_are_black():
    assert not bare_lips(np.zeros((256, 256, 3), np.uint8), standard_face(10)).any()


@pytest.mark.parametrize("lip", [(255,), (200, 90, 90)])
def test_the_line_of_shut_lips_that_part_grows_thin_and_is_left_out(lip):
    """Stretched with the gap, it was a ragged blot; half of it hung on the lower lip like a beard."""
    points = 2 * standard_face(3.0)
    drawing = np.full((512, 512, len(lip)), lip, np.uint8).squeeze()
    line = points[[48, 60, 62, 64, 54]] + (0, 3.0)
    cv2.polylines(drawing, [line.round().astype(np.int32)], False, (0,) * len(lip), 7)
    bare, at_rest = bare_lips(drawing, points), float(mouth_opening(points))
    openings = [(at_rest, at_rest + more) for more in (0, 0.03, 0.04, 0.05, 0.1)]
    frames = [with_bare_lips(drawing, bare, points, pair).reshape(512, 512, -1) for pair in openings]
    ink = [int((frame[:, int(points[62, 0])].max(1) < 40).sum()) for frame in frames]
    assert ink == sorted(ink, reverse=True) and ink[0] > 5 > ink[3] > ink[4] == 0
    assert np.abs(frames[-1][:, int(points[62, 0])] - np.array(lip, float)).max() < 3
    assert all((frames[-1][int(y), int(x)] < 40).all() for x, y in line[[0, -1]])  # corners keep their ink


def test_ink_and_paper_of_a_mouth_that_opens_are_no_grey():
    """Over a dark mouth of a photo, paper that fades in would be grey."""
    for share in (0.3, 0.6, 0.9):
        _, opacity = inner_mouth(3 * standard_face(14), 768, share)
        between = ((opacity > 0.2) & (opacity < 0.95)).sum()
        assert between < 0.65 * (opacity >= 0.95).sum()


def test_the_inside_grows_with_the_opening():
    assert inside_share(0.0, 0.03) == 0
    assert inside_share(0.0, 0.1) == 1
    assert inside_share(0.2, 0.2) == 0
    assert 0 < inside_share(0.2, 0.24) < 1


def test_ink_grows_from_the_lips_edges_and_is_not_grey():
    """A mouth that opens a little shows little ink, not a light wash of it."""
    width = np.linalg.norm(np.subtract(*standard_face()[[48, 54]]))
    heights = []
    for opening in (0.05, 0.07, 0.12):
        points = standard_face(opening * width)
        x, top = (round(float(v)) for v in points[62])
        drawing, opacity = mouth_overlay(0.0, points, 256, 1)
        ink = opacity[0, :, x] * (1 - drawing[0, :, x]) / 2
        assert ink[top - 1 : top + 3].max() > 0.7 and ink[: top - 2].max() < 0.1
        heights.append(float(ink.sum()))
    assert heights[0] < heights[1] < heights[2]


def test_what_a_photo_shows_between_its_lips_is_kept():
    """An open mouth gets the stroke along the lower lip; teeth left as paper have one."""
    width = np.linalg.norm(np.subtract(*standard_face()[[48, 54]]))
    points = standard_face(0.3 * width)
    drawing, opacity = mouth_overlay(0.2, points, 256, 1)
    x, low = round(float(points[66, 0])), points[66, 1]
    assert drawing[opacity > 0].max() == -1
    assert np.abs(np.nonzero(opacity[0, :, x])[0] - low).max() < 2.5
    assert mouth_overlay(0.2, points, 256, 1, kept=True)[1].max() == 0


def smiling(opening: float) -> np.ndarray:
    """Landmarks px of 768, whose upper lip is low in its middle."""
    points = 3 * standard_face(opening)
    points[[60, 64], 1] -= 12
    points[[61, 63], 1] += 3
    points[62, 1] += 9
    return points


def shown(points: np.ndarray, source_opening: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Lightness in 0 … 1 of a coloured mouth, and where that is opaque, (768, 768)."""
    colours, opacity = mouth_overlay(source_opening, points, 768, 3)
    return np.where(opacity[0] > 0.5, (colours.mean(0) + 1) / 2, 0), opacity[0] > 0.5


def test_teeth_are_an_arc_in_shade_at_the_corners():
    points = smiling(16)
    light, inside = shown(points)
    teeth = light > 0.45
    columns = np.nonzero(teeth.any(0))[0]
    lowest = np.array([np.nonzero(teeth[:, x])[0].max() for x in columns])
    arc = np.polyval(np.polyfit(columns, lowest, 2), columns)
    assert np.abs(lowest - arc)[8:-8].max() < 6  # a V as that of the lip is 9 px off
    assert (inside & ~teeth).sum() > 0.25 * inside.sum()
    middle = round(points[62, 0])
    near, aside = (light[:, x].max() for x in (middle + 8, middle + round(0.62 * (points[64, 0] - middle))))
    assert 0.3 < aside < 0.85 * near < 1


def test_lower_teeth_are_seen_in_wide_mouths_alone():
    def below(opening: float) -> float:
        points = 3 * standard_face(opening)
        light, _ = shown(points)
        x, low = round(points[62, 0]) + 8, round(points[66, 1])
        return light[low - round(0.4 * 3 * opening) : low, x].max()

    assert below(16) < 0.4 < below(48)


def test_a_photo_keeps_its_own_teeth():
    points = 3 * standard_face(24)
    light, inside = shown(points, 0.25)
    x = round(points[62, 0])
    rows = np.nonzero(inside[:, x])[0]
    assert rows.min() - points[62, 1] > 0.5 * 0.25 * np.ptp(points[[48, 54], 0])
    assert light.max() < 0.4


def test_teeth_are_as_the_style_draws_them_and_no_lighter_than_the_drawing():
    photo, drawing = (np.full((size, size, 3), tone, np.uint8) for size, tone in ((256, 90), (512, 120)))
    cavity = drawn(photo, drawing, standard_face(), lambda seen: 255 - seen)
    assert cavity.picture.max() <= 120
    half = drawn(photo, drawing + 120, standard_face(), lambda seen: seen // 2)
    as_seen = drawn(photo, drawing + 120, standard_face(), lambda seen: seen)
    assert np.abs(as_seen.picture / 2 - half.picture).max() <= 1
    assert plain().seen(*np.full((2, 1, 1), 0.15)).mean() > 150


def test_two_strokes_become_one_line():
    """A spline folds what is between strokes that meet: from there on they are one line, corner to corner."""
    width = np.linalg.norm(np.subtract(*standard_face()[[48, 54]]))
    for opening, shows in ((0.07, False), (0.04, True), (0.0, True)):
        points = 3 * standard_face(opening * width)
        _, line = mouth_overlay(0.2, points, 768, 1, kept=True)
        assert (line.max() == 1) == shows
        if shows:
            gap = points[66, 1] - points[62, 1]
            assert np.isclose(line[0, :, round(float(points[62, 0]))].sum(), 0.4 * gap + 6.3, atol=1)
            places = np.nonzero((line[0] > 0.5).any(0))[0]
            assert np.isclose(places[[0, -1]], points[[48, 54], 0], atol=6).all()


def test_no_half_of_a_line_goes_with_the_lower_lip():
    """What lies on the lower lip of the line between shut lips is covered by paper, up to the corners."""
    for opening in (5.0, 6.0, 9.0, 14.0):
        points = standard_face(opening)
        drawing, opacity = mouth_overlay(0.0, points, 256, 1)
        half = np.ptp(points[[60, 64], 0]) / 2
        for x, low in points[[67, 66, 65]]:
            below = round(float(low)) + np.arange(1, round(0.15 * half))
            assert (
                drawing[0, below, round(float(x))].min() > 0
                and opacity[0, below, round(float(x))].min() > 0.9
            )
        seam = opacity[0] * (drawing[0] > 0.5)
        assert seam[:, round(float(points[60, 0])) - 1].max() == 0  # the corner keeps its line
