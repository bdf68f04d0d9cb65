"""Lip lines: the edges of lips that are parted in a photo, drawn as two strokes, and teeth left as paper.

A renderer draws the edges of single teeth, and blots where a corner of the mouth lies in shadow.
"""

import cv2
import numpy as np

from module1_audio2lmk.foundation.face.geometry import mouth_opening

from ..geometry.lattice_motion import UNIT
from .backdrop import disc
from .lip_shapes import edges
from .shut_lips import SHOWS_TEETH
from .silhouette import SIDE, Guide, changes_of, found, stroke

LIP_EDGE = 2  # px of 512 around the gap between lips that are neither
#: Median lightness of what is between lips, as a share of theirs: of 38 parted mouths those with their teeth
#: seen have 1.04 to 1.61, a dark gap or one with few of them 0.38 to 0.97.
LIGHTER = 1.02
LEAST_DARK = 0.12  # share of the gap below which a dark corner is left out
DARK = 0.55  # of the lightest teeth: what is darker is no tooth
AROUND = 4.5  # px of 512 around the inner lips, of the part that is drawn anew
LIPS = 10.0  # px of 512 around the lips, within which ink is theirs
SCRAP = 260.0  # px² of 512 of ink that is cut off with teeth
FAINT = 200  # grey below which something is ink
FINEST = 2.0  # σ px of 512 of the blur before teeth are told from the dark
SOFT = 0.7  # σ px of 512 of its edge
REACH = 4  # px of 512 by which an edge lies beside the landmarks' line
UPPER, LOWER = 4.6, 3.0  # px of 512, width of the strokes
BEYOND = 5.0  # px of 512 that the upper one goes on beyond the gap
THIN = 0.35  # of the width at a stroke's ends


def shows_teeth(photo: np.ndarray, landmarks: np.ndarray) -> bool:
    """Whether lips of a photo (S, S, 3) uint8 RGB are parted over what is lighter than they are.

    A renderer draws a dark gap well. landmarks: (68, 2) px of 256.
    """
    lips = landmarks[48:68]
    if mouth_opening(landmarks) <= SHOWS_TEETH or lips.min() < 1 or lips.max() > UNIT - 2:
        return False
    light, marks = _lightness(photo), _of_512(landmarks)
    gap = _filled(np.concatenate(_ring(marks)), SIDE)
    around = _filled(marks[48:60], SIDE) & ~(cv2.dilate(gap.astype(np.uint8), disc(LIP_EDGE)) > 0)
    return bool(gap.any() and around.any() and np.median(light[gap]) > LIGHTER * np.median(light[around]))


def parted(
    drawing: np.ndarray, photo: np.ndarray, landmarks: np.ndarray, pen: tuple[float, float]
) -> np.ndarray:
    """A line drawing (D, D) uint8 with the lips' edges in the place of the teeth that its photo shows.

    photo: (S, S, 3) uint8 RGB; landmarks: (68, 2) px of 256; pen: as of `silhouette.outlined`.
    """
    photo = cv2.resize(photo, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    marks = _of_512(landmarks)
    scale = float(np.linalg.norm(marks[45] - marks[36])) / 180
    upper, lower = edges(marks)
    teeth, dark = _inside(photo, np.concatenate(_ring(marks)), scale)
    shape = drawing.shape
    teeth, dark = (cv2.resize(part, shape, interpolation=cv2.INTER_LINEAR) for part in (teeth, dark))
    mouth = _filled(marks[48:60], shape[0], round(LIPS * scale * shape[0] / SIDE))
    drawing = _without_scraps(drawing, teeth, mouth, SCRAP * (scale * shape[0] / SIDE) ** 2)
    ink, changes = dark, changes_of(photo)
    upper = np.concatenate(
        [[_towards(upper[0], marks[48], scale)], upper, [_towards(upper[-1], marks[54], scale)]]
    )
    for line, width in ((upper, UPPER), (lower, LOWER)):
        guide = Guide(_even(line), max(round(REACH * scale), 1), width * scale * pen[0])
        path, _, _ = found(guide, changes)
        place = np.linspace(-1, 1, len(path))
        np.maximum(ink, stroke(path, guide.width * (1 - (1 - THIN) * place**2), shape[0]), out=ink)
    return np.rint(np.minimum(drawing, 255 * (1 - pen[1] * ink))).astype(np.uint8)


def _inside(photo: np.ndarray, ring: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Between the lips, ring (N, 2) px of 512: where it is as light as teeth, with its edges, and where it is
    dark, (512, 512) in [0, 1] each."""
    gap = _filled(ring, SIDE)
    light = cv2.GaussianBlur(_lightness(photo), (0, 0), FINEST * scale)
    limit = DARK * np.percentile(light[gap], 90) if gap.any() else 0
    near = _filled(ring, SIDE, round(AROUND * scale)) & (light > limit)
    dark = (gap & (light <= limit)).astype(np.uint8)
    _, parts, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=4)
    large = stats[:, cv2.CC_STAT_AREA] > LEAST_DARK * gap.sum()
    large[0] = False
    return _softened(near | (gap & ~large[parts])), _softened(large[parts])


def _without_scraps(drawing: np.ndarray, teeth: np.ndarray, lips: np.ndarray, area: float) -> np.ndarray:
    """A drawing (D, D) uint8 whose teeth, (D, D) in [0, 1], are paper, and what was cut off with them, too:
    ink on the lips, (D, D) bool, of at most so many px that touched them."""
    lifted = drawing + (255.0 - drawing) * teeth
    _, parts, stats, _ = cv2.connectedComponentsWithStats((lifted < FAINT).astype(np.uint8), connectivity=8)
    near = cv2.dilate(teeth, disc(2)) > 0
    touched = np.bincount(parts[near], minlength=len(stats)) > 0
    within = np.bincount(parts[~lips], minlength=len(stats)) == 0
    scraps = touched & within & (stats[:, cv2.CC_STAT_AREA] < area)
    scraps[0] = False
    gone = cv2.dilate(scraps[parts].astype(np.uint8), disc(2)) > 0
    return np.where(gone & lips, 255.0, lifted)


def _lightness(photo: np.ndarray) -> np.ndarray:
    """(S, S, 3) uint8 RGB → (512, 512) float32, 0 … 255."""
    photo = cv2.resize(photo, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(photo, cv2.COLOR_RGB2LAB)[..., 0].astype(np.float32)


def _of_512(landmarks: np.ndarray) -> np.ndarray:
    """Landmarks (68, 2) px of 256 in px of 512."""
    return (landmarks + 0.5) * (SIDE / UNIT) - 0.5


def _ring(marks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The upper and the lower edge of the gap between the lips, one after the other around it."""
    upper, lower = edges(marks)
    return upper, lower[::-1]


def _softened(part: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(part.astype(np.float32), (0, 0), SOFT)


def _filled(outline: np.ndarray, size: int, grown: int = 0) -> np.ndarray:
    """An outline (N, 2) px of 512, filled and grown by so many px: (size, size) bool."""
    points = (outline + 0.5) * (size / SIDE) - 0.5
    mask = np.zeros((size, size), np.uint8)
    cv2.fillPoly(mask, [np.rint(points).astype(np.int32)], 1)
    return (cv2.dilate(mask, disc(grown)) if grown > 0 else mask) > 0


def _towards(end: np.ndarray, corner: np.ndarray, scale: float) -> np.ndarray:
    """Where the upper stroke ends that goes from the end of a gap towards the corner of the mouth."""
    way = corner - end
    return end + way * min(1.0, BEYOND * scale / max(float(np.linalg.norm(way)), 1e-6))


def _even(line: np.ndarray) -> np.ndarray:
    """Points about a px apart on a line (K, 2)."""
    ways = np.concatenate(([0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))))
    at = np.arange(0, ways[-1], 1.0)
    return np.stack([np.interp(at, ways, axis) for axis in line.T], 1)
