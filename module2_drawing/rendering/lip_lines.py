"""Lip lines: the edges of lips that are parted in a photo, drawn as two strokes, and teeth left as paper.

A renderer draws the edges of single teeth, and blots where a corner of the mouth lies in shadow.
"""

import cv2
import numpy as np

from module1_audio2lmk.foundation.face.geometry import mouth_opening

from ..geometry.lattice_motion import UNIT
from .backdrop import disc
from .lip_shapes import edges, filled, gap_outline
from .shut_lips import SHOWS_TEETH
from .silhouette import SIDE, Guide, changes_of, even, found, stroke

LIP_EDGE = 2  # px of 512 around the gap between lips that are neither
#: Median lightness of what is between lips, as a share of theirs: of 38 parted mouths those with their teeth
#: seen have 1.04 to 1.61, a dark gap or one with few of them 0.38 to 0.97.
LIGHTER = 1.02
LEAST_DARK = 0.12  # share of the gap below which a dark corner is left out
DARK = 0.55  # of the lightest teeth: what is darker is no tooth
AROUND = 4.5  # px of 512 around teeth, within which ink may be a scrap of them
LIPS = 10.0  # px of 512 around the lips, within which ink is theirs
FAINT = 245  # grey below which something is ink
SCRAP = 260.0  # px² of 512 of ink that is cut off with teeth
FINEST = 2.0  # σ px of 512 of the blur before teeth are told from the dark
SOFT = 0.7  # σ px of 512 of its edge
REACH = 4  # px of 512 by which an edge lies beside the landmarks' line
UPPER, LOWER = 4.6, 3.0  # px of 512, width of the strokes
THIN = 0.35  # of the width at a stroke's ends


def shows_teeth(photo: np.ndarray, landmarks: np.ndarray) -> bool:
    """Whether lips of a photo (512, 512, 3) uint8 RGB are parted over what is lighter than they are.

    A renderer draws a dark gap well. landmarks: (68, 2) px of 256.
    """
    lips = landmarks[48:68]
    if mouth_opening(landmarks) <= SHOWS_TEETH or lips.min() < 1 or lips.max() > UNIT - 2:
        return False
    light, marks = _lightness(photo), _of_512(landmarks)
    gap = _inside(gap_outline(marks))
    around = _inside(marks[48:60]) & ~_grown(gap, LIP_EDGE)
    return bool(gap.any() and around.any() and np.median(light[gap]) > LIGHTER * np.median(light[around]))


def parted(
    drawing: np.ndarray, photo: np.ndarray, landmarks: np.ndarray, pen: tuple[float, float]
) -> np.ndarray:
    """A line drawing (D, D) uint8 with the lips' edges in the place of the teeth that its photo shows.

    photo: (512, 512, 3) uint8 RGB; landmarks: (68, 2) px of 256; pen: as of `silhouette.outlined`.
    """
    marks = _of_512(landmarks)
    scale = float(np.linalg.norm(marks[45] - marks[36])) / 180
    upper, lower = edges(marks)
    changes = changes_of(photo)
    upper = np.concatenate((marks[[48]], upper, marks[[54]]))
    guides = [
        Guide(even(line), max(round(REACH * scale), 1), width * scale * pen[0])
        for line, width in ((upper, UPPER), (lower, LOWER))
    ]
    paths = [found(guide, changes)[0] for guide in guides]
    mouth = _grown(_inside(marks[48:60]), LIPS * scale).astype(np.float32)
    between = _teeth_and_dark(photo, np.concatenate((paths[0], paths[1][::-1])), scale)
    teeth, dark, mouth = (
        cv2.resize(part, drawing.shape, interpolation=cv2.INTER_LINEAR) for part in (*between, mouth)
    )
    unit = scale * len(drawing) / SIDE
    drawing = without_scraps(drawing + (255.0 - drawing) * teeth, teeth > 0, mouth > 0.5, unit)
    ink = dark
    for guide, path in zip(guides, paths, strict=True):
        place = np.linspace(-1, 1, len(path))
        np.maximum(ink, stroke(path, guide.width * (1 - (1 - THIN) * place**2), len(drawing)), out=ink)
    return np.rint(np.minimum(drawing, 255 * (1 - pen[1] * ink))).astype(np.uint8)


def _teeth_and_dark(photo: np.ndarray, ring: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Between the lips, ring (N, 2) px of 512: where it is as light as teeth, and where it is dark,
    (512, 512) in [0, 1] each."""
    gap = _inside(ring)
    light = cv2.GaussianBlur(_lightness(photo), (0, 0), FINEST * scale)
    limit = DARK * np.percentile(light[gap], 90) if gap.any() else 0
    dark = (gap & (light <= limit)).astype(np.uint8)
    _, parts, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=4)
    large = stats[:, cv2.CC_STAT_AREA] > LEAST_DARK * gap.sum()
    large[0] = False
    # Where two strokes nearly meet there are no teeth, and paper would be a hairline.
    teeth = cv2.morphologyEx((gap & ~large[parts]).astype(np.uint8), cv2.MORPH_OPEN, disc(LOWER / 2 * scale))
    return _softened(teeth), _softened(large[parts])


def without_scraps(drawing: np.ndarray, erased: np.ndarray, lips: np.ndarray, unit: float) -> np.ndarray:
    """A line drawing (h, w) after ink was erased, (h, w) bool, without what is left of it on the lips.

    lips: (h, w) bool; unit: px of a px of 512.
    """
    _, parts, stats, _ = cv2.connectedComponentsWithStats((drawing < FAINT).astype(np.uint8), connectivity=8)
    touched = np.bincount(parts[_grown(erased, AROUND * unit)], minlength=len(stats)) > 0
    within = np.bincount(parts[~lips], minlength=len(stats)) == 0
    scraps = touched & within & (stats[:, cv2.CC_STAT_AREA] < SCRAP * unit**2)
    scraps[0] = False
    return np.where(_grown(scraps[parts], 2) & lips, 255, drawing)


def _lightness(photo: np.ndarray) -> np.ndarray:
    """(S, S, 3) uint8 RGB → (S, S) float32, 0 … 255."""
    return cv2.cvtColor(photo, cv2.COLOR_RGB2LAB)[..., 0].astype(np.float32)


def _of_512(landmarks: np.ndarray) -> np.ndarray:
    """Landmarks (68, 2) px of 256 in px of 512."""
    return (landmarks + 0.5) * (SIDE / UNIT) - 0.5


def _inside(outline: np.ndarray) -> np.ndarray:
    """Within an outline (N, 2) px of 512: (512, 512) bool."""
    return filled(outline, SIDE) > 0.5


def _grown(part: np.ndarray, radius: float) -> np.ndarray:
    """(S, S) bool, grown by so many px."""
    return cv2.dilate(part.astype(np.uint8), disc(radius)) > 0


def _softened(part: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(part.astype(np.float32), (0, 0), SOFT)
