"""Check of a found face: does what lies under its mesh look like an upright face, and do its eyes show?

MediaPipe lays a confident mesh over faces that stand on their head and over folds of clothes. The check does
not ask the mesh: it looks at gradients of the picture, brought to one frame by eyes, nose and mouth corners
(histograms of oriented gradients, Dalal and Triggs 2005), weighed by a linear model of portraits and their
turns.
"""

from functools import cache

import cv2
import numpy as np

from ..checkpoints import SHIPPED, read_weights
from .face_mesh import FaceMesh
from .geometry import LEFT_EYE, LIPS, MESH_TO_68, OUTER_LIP, RIGHT_EYE, five_points
from .retarget import similarity

SIDE = 64  # px of the patch
#: Where eyes, tip of the nose and corners of the mouth come to lie in the patch, px.
PLACES = np.array([[20, 24], [44, 24], [32, 37], [24, 48], [40, 48]], np.float64)
#: Odds (natural logarithm) from which a mesh is taken for that of a face; see the model card.
LEAST = -1.0
#: Light of the brightest part of an eye, as a share of the cheeks', below which something covers it. Of 130
#: portraits the least had 0.77 in the brighter eye, with painted glasses the most had 0.52.
COVERED = 0.64
#: The same of three quarters of an eye with its lids, in black glasses that shine. Of 28 portraits the least
#: had 0.54.
BLACK = 0.3
#: Range of light over the mouth, as a share of the light of cheeks or bridge, below which nothing of a mouth
#: shows. Of 54 portraits the least had 0.30; of blurred, bleached and drawn ones 0.21 of the cheeks'.
FLAT = 0.13
#: Distance of the lips that two networks find, see `lips_apart`, above which neither sees a mouth. Of 165
#: portraits and 148 frames of talking people the most had 0.032, in a half profile.
UNSURE = 0.034
_CHEEKS = ((1, 2, 3, 31, 48), (15, 14, 13, 35, 54))
_BRIDGE = (21, 22, 42, 28, 39)  # between the eyes, which a black mask leaves light
_DARK = 30.0  # grey of cheeks below which nothing can be told
_HOG = ((SIDE, SIDE), (16, 16), (8, 8), (8, 8), 9)


def patch_of(image: np.ndarray, mesh: np.ndarray) -> np.ndarray:
    """Photo (H, W, 3) uint8 RGB and mesh (468, 3) px → (64, 64) uint8 grey, eyes and mouth at `PLACES`."""
    turn, shift = similarity(five_points(mesh[MESH_TO_68, :2].astype(np.float64)), PLACES)
    # Large faces are made smaller first: the transform takes single pixels.
    factor = max(1.0, 1 / (2 * max(float(np.hypot(*turn[0])), 1e-3)))
    if factor > 1:
        image = cv2.resize(image, None, fx=1 / factor, fy=1 / factor, interpolation=cv2.INTER_AREA)
        turn = turn * factor
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    matrix = np.column_stack([turn, shift])
    return cv2.warpAffine(grey, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)


def features(patch: np.ndarray) -> np.ndarray:
    """(64, 64) uint8 → (1764,) float32."""
    return cv2.HOGDescriptor(*_HOG).compute(patch).ravel()  # type: ignore[attr-defined]


def face_odds(image: np.ndarray, mesh: np.ndarray) -> float:
    """How much a photo (H, W, 3) uint8 RGB under a mesh (468, 3) px looks like an upright face: log odds."""
    weight, bias = _model()
    return float(features(patch_of(image, mesh)) @ weight + bias)


def eyes_covered(image: np.ndarray, landmarks: np.ndarray) -> bool:
    """True where dark glasses cover both eyes: (S, S, 3) uint8 RGB and landmarks (68, 2 or 3) px of it."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    points = np.asarray(landmarks, np.float64)[:, :2]
    eyes = [_under(grey, _wider(points[list(eye)])) for eye in (RIGHT_EYE, LEFT_EYE)]
    light = light_of_cheeks(grey, points)
    if light < _DARK or not all(eye.size for eye in eyes):
        return False
    if max(float(np.percentile(eye, 95)) for eye in eyes) < COVERED * light:
        return True
    # Or a lamp shines in black lenses: of an eye that shows no more than half is that dark.
    return max(float(np.percentile(eye, 75)) for eye in eyes) < BLACK * light


def mouth_covered(image: np.ndarray, landmarks: np.ndarray) -> bool:
    """True where a plain mask or a hand covers the mouth: (512, 512, 3) uint8 RGB, landmarks (68, 2+) px."""
    grey = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (0, 0), 2)
    points = np.asarray(landmarks, np.float64)[:, :2]
    mouth, bridge = (_under(grey, points[list(outline)]) for outline in (OUTER_LIP, _BRIDGE))
    if not mouth.size or not bridge.size:
        return False
    light = max(light_of_cheeks(grey, points), float(np.median(bridge)))
    if light < _DARK:
        return False
    return float(np.subtract(*np.percentile(mouth, (97, 3)))) < FLAT * light


def lips_apart(image: np.ndarray, mesh: np.ndarray) -> float:
    """How far MediaPipe's mesh with attention to the lips finds them from those of its plain one.

    image: (512, 512, 3) uint8 RGB crop. mesh: (468, 3) px of it. Mean distance as a share of that of the chin
    from the bridge of the nose. Each network guesses covered lips in its own way. 0 where no mesh is found.
    """
    other = min(_attentive()(image), key=lambda found: float(np.abs(found - mesh).mean()), default=mesh)
    bridge, chin = mesh[MESH_TO_68[[27, 8]], :2]
    apart = np.abs((other - mesh)[MESH_TO_68[list(LIPS)], :2]).mean()
    return float(apart / max(float(np.hypot(*(chin - bridge))), 1.0))


def light_of_cheeks(grey: np.ndarray, points: np.ndarray) -> float:
    """Median of (S, S) uint8 on the cheeks, landmarks (68, 2) px; 0 where these lie outside."""
    cheeks = np.concatenate([_under(grey, points[list(cheek)]) for cheek in _CHEEKS])
    return float(np.median(cheeks)) if cheeks.size else 0.0


def _under(grey: np.ndarray, outline: np.ndarray) -> np.ndarray:
    mask = np.zeros(grey.shape, np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(outline.round().astype(np.int32)), 1)
    return grey[mask > 0]


def _wider(eye: np.ndarray) -> np.ndarray:
    """The outline of an eye (6, 2) with its lids."""
    centre = eye.mean(axis=0)
    return centre + (eye - centre) * (1.1, 1.6)


@cache
def _attentive() -> FaceMesh:
    return FaceMesh(attention=True)


@cache
def _model() -> tuple[np.ndarray, float]:
    state = read_weights(SHIPPED / "default" / "face_check.safetensors")
    return state["weight"], float(state["bias"])
