from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from drawing_data import standard_face

from module1_audio2lmk.foundation.face.geometry import mouth_opening
from module2_drawing.geometry.landmark_motion import landmark_flow, move_image, parted
from module2_drawing.networks import WarpGenerator, define_G
from module2_drawing.rendering import underlay as underlay_module
from module2_drawing.rendering.bare_lips import bare_lips
from module2_drawing.rendering.flow import FlowRegressor
from module2_drawing.rendering.pipeline import draw_frames
from module2_drawing.rendering.prepare import PreparedPhoto, prepare_photo
from module2_drawing.rendering.settings import InferenceSettings
from module2_drawing.rendering.underlay import moved_drawing, with_mouth, without_inside

SIZE = 256


def marks(opening: float = 1.0) -> torch.Tensor:
    return torch.from_numpy(standard_face(opening).astype(np.float32))[None]


def underlay(
    drawing: torch.Tensor, source: torch.Tensor, targets: torch.Tensor, mode: str = "bicubic"
) -> torch.Tensor:
    return with_mouth(moved_drawing(drawing, source, targets, mode=mode, parts=True), source, targets)


def picture(channels: int = 1) -> torch.Tensor:
    x = torch.linspace(-1, 1, SIZE)
    return (x[None, :] * x[:, None])[None, None].repeat(1, channels, 1, 1)


def test_at_rest_nothing_changes():
    assert torch.allclose(underlay(picture(), marks(), marks()), picture(), atol=1e-3)


@pytest.mark.parametrize("channels", [1, 3])
def test_each_frame_has_its_own_mouth(channels):
    source, targets = marks(), torch.cat((marks(1.0), marks(14.0)))
    shut, opened = underlay(picture(channels), source, targets)
    moved = move_image(picture(channels), landmark_flow(source, targets))
    assert torch.equal(shut, moved[0])
    x, y = targets[1, [62, 66]].mean(0).round().int().tolist()
    assert float(mouth_opening(targets[1].numpy())) > 0.2
    assert (opened[:, y - 7 : y + 8, x].amin(1) < -0.5).all()
    assert torch.equal(opened[:, :20], moved[1, :, :20])


def test_a_batch_of_photos_is_as_each_by_itself():
    sources, targets = torch.cat((marks(1.0), marks(10.0))), torch.cat((marks(12.0), marks(1.0)))
    statics = torch.cat((picture(), -picture()))
    together = underlay(statics, sources, targets)
    for k in range(2):
        alone = underlay(statics[k : k + 1], sources[k : k + 1], targets[k : k + 1])
        assert torch.allclose(together[k : k + 1], alone, atol=1e-5)


@pytest.mark.parametrize("channels", [1, 3])
def test_shut_lips_hide_the_teeth(channels):
    """Grey lips with black lines around white teeth: shut, they are grey with one line."""
    source, target = marks(12.0), marks(0.1)
    face = torch.zeros(channels, SIZE, SIZE)
    inside = np.zeros((SIZE, SIZE), np.uint8)
    cv2.fillPoly(inside, [source[0, 60:68].round().int().numpy()], 1)
    line, teeth = (cv2.dilate(inside, np.ones((width, width))) for width in (5, 3))
    face[:, line == 1], face[:, teeth == 1] = -1.0, 1.0  # a little larger than the landmarks say
    shut = underlay(face[None], source, target)[0]
    moved = move_image(face[None], landmark_flow(source, target))[0]
    x, y = target[0, [62, 66]].mean(0).round().int().tolist()
    assert float(moved[:, y - 8 : y + 9].max()) > 0.5
    assert float(shut[:, y - 8 : y + 9].max()) < 0.4  # where a corner is cut off
    dark = (shut[0, y - 8 : y + 9, x] < -0.3).sum()
    assert 1 <= int(dark) <= 3
    assert torch.equal(shut[:, : y - 30], moved[:, : y - 30])


def test_what_a_truth_is_overlaid_with_is_not_in_it_yet():
    """The data set paints mouths: painted twice, their soft edges would be harder."""
    opened = marks(14.0)
    lips = moved_drawing(picture(), marks(), opened)
    assert torch.equal(lips, move_image(picture(), landmark_flow(marks(), opened)))
    assert not torch.allclose(lips, with_mouth(lips, marks(), opened), atol=0.5)


def test_each_drawing_of_a_batch_loses_its_own_teeth():
    statics, sources = torch.cat((picture(3), -picture(3))), torch.cat((marks(12.0), marks(9.0)))
    together = without_inside(statics, sources)
    for k in range(2):
        assert torch.equal(together[k : k + 1], without_inside(statics[k : k + 1], sources[k : k + 1]))
    assert not torch.equal(together, statics)
    outside = without_inside(statics, sources + 400)
    assert torch.equal(outside, statics)


OWN = InferenceSettings(published=False)


def prepared(generator: WarpGenerator | None, drawing: torch.Tensor) -> PreparedPhoto:
    photo, matte = torch.zeros(1, 3, SIZE, SIZE), torch.ones(1, 1, SIZE, SIZE)
    return prepare_photo(generator, photo, marks(), matte, drawing, OWN)


def clear(generator: WarpGenerator) -> WarpGenerator:
    """Paints with an opacity of almost 0."""
    last = generator.model3[-2]
    torch.nn.init.zeros_(last.weight)
    last.bias.data.copy_(torch.tensor([0.0, -12.0]))
    return generator


def test_below_the_paint_lies_the_moved_drawing_with_its_mouth():
    generator = clear(define_G("overpaint", 4, 1, 4, seed=0).eval())
    targets = torch.cat((marks(1.0), marks(14.0)))
    flow = FlowRegressor(None, torch.device("cpu"))
    with torch.no_grad():
        painted = draw_frames(generator, flow, prepared(generator, picture()), targets, OWN)
        alone = draw_frames(None, flow, prepared(None, picture()), targets, OWN)
    assert torch.allclose(painted.foreground, underlay(picture(), marks(), targets, "bilinear"), atol=1e-2)
    assert torch.equal(alone.foreground, underlay(picture(), marks(), parted(marks(), targets)))
    assert float((alone.foreground[0] - alone.foreground[1]).abs().max()) > 0.5


def test_a_flow_that_is_known_is_used():
    source, target = marks(), marks(14.0)
    known = moved_drawing(picture(), source, target, landmark_flow(source, target))
    assert torch.equal(known, moved_drawing(picture(), source, target))
    still = moved_drawing(picture(), source, target, torch.zeros(1, 2, SIZE, SIZE))
    assert torch.allclose(still[..., 230:, :], picture()[..., 230:, :], atol=1e-5)
    assert not torch.allclose(known[..., 230:, :], picture()[..., 230:, :], atol=1e-3)


def test_crispness_stays_around_the_face():
    generator = clear(define_G("overpaint", 4, 1, 4, seed=0).eval())
    noise = torch.rand(1, 1, SIZE, SIZE, generator=torch.Generator().manual_seed(0)) - 0.5
    flow, photo = FlowRegressor(None, torch.device("cpu")), prepared(generator, noise)
    with torch.no_grad():
        soft, crisp = (
            draw_frames(generator, flow, photo, marks(), replace(OWN, crispness=c)).foreground
            for c in (0.0, 1.0)
        )
    assert torch.equal(soft[..., 90:220, 60:195], crisp[..., 90:220, 60:195])
    assert float((soft - crisp)[..., :60, :].abs().mean()) > 0.05


def test_bare_lips_are_made_once_a_photo(monkeypatch):
    made: list[int] = []
    monkeypatch.setattr(underlay_module, "bare_lips", lambda *seen: made.append(1) or bare_lips(*seen))
    photo, flow = prepared(None, picture()), FlowRegressor(None, torch.device("cpu"))
    for _ in range(3):
        draw_frames(None, flow, photo, torch.cat((marks(14.0), marks(9.0))), OWN)
    assert sum(made) == 1
