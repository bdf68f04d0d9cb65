"""Motion of the head around its face: hair and ears turn with the skull, which is round and lies behind.

Landmarks say how the face moves. A spline or a network that goes on from there leaves the hair of a turning
head behind on the far side, like the rim of a mask.
"""

from functools import cache

import cv2
import numpy as np

from module1_audio2lmk.foundation.face.geometry import BROWS, JAW, RIGID_POINTS, load_standard_face

from .facing import CHIN
from .thin_plate import UNIT

CENTRE = (0.0, -0.1, -1.2)  # of the head, in the standard face: x right, y down, z near, the jaw 1.6 wide
HELD = (0, 1, 2, 14, 15, 16, *RIGID_POINTS)  # landmarks that move with the skull
SHARE = 0.6  # of the skull's motion that is taken: all of it would fold what is between face and hair
FOREHEAD = 0.25  # its height, of the way from chin to brows
BESIDE, SOFT = 10, 8.0  # px of 256 by which the face is widened, and σ of its blurred edge
STILL = 64.0  # px of 256 from the edges of the frame, which stand still, to where the head moves freely
NECK = 30.0  # px of 256 around the chin's height in which the head ends
TURNED = (8.0, 20.0)  # px of 256, of `turn`, from which and by which this is done: about 4° and 10°
STRIDE = 4  # px of the frame a node: all of this is smooth


def with_skull(flow: np.ndarray, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """A backward flow (S, S, 2) px in which the skull moves what lies around the face; the same array where
    the head hardly turns.

    source, target: landmarks (68, 2) px of the frame. S is a multiple of STRIDE.
    """
    size = len(flow)
    unit, side = size / UNIT, size // STRIDE
    turned = float(np.clip((turn(source, target) / unit - TURNED[0]) / (TURNED[1] - TURNED[0]), 0, 1))
    if not turned:
        return flow
    nodes = (np.arange(side, dtype=np.float32) + 0.5) * STRIDE - 0.5
    share = turned * SHARE * (1 - _face(target, size)) * _free(nodes / unit, target[CHIN, 1] / unit)
    moved = cv2.resize(flow.astype(np.float32), (side, side), interpolation=cv2.INTER_AREA)
    change = share[..., None].astype(np.float32) * (skull_flow(source, target, nodes) - moved)
    change = cv2.resize(change, (size, size), interpolation=cv2.INTER_LINEAR)
    return cv2.add(flow, change, change, dtype=cv2.CV_32F)


def turn(source: np.ndarray, target: np.ndarray) -> float:
    """px by which the head's middle moves otherwise than the face before it: what a turn or nod does."""
    (before, _, face), (now, _, face_now) = (_skull_weights() @ marks for marks in (source, target))
    return float(np.linalg.norm((now - face_now) - (before - face)))


def skull_flow(source: np.ndarray, target: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """The backward flow of the head's middle, with the head's tilt, at nodes (N,) px down and across:
    (N, N, 2) px.

    No foreshortening: the outline of something round stays as it is. source, target: (68, 2) px.
    """
    before, now = (_skull_weights()[:2] @ marks @ np.array([1, 1j]) for marks in (source, target))
    tilt = before[1] / now[1]
    tilt /= max(abs(tilt), 1e-6)
    found = (tilt - 1) * (nodes + 1j * nodes[:, None]) + (before[0] - tilt * now[0])
    return np.stack((found.real, found.imag), -1).astype(np.float32)


def _face(landmarks: np.ndarray, size: int) -> np.ndarray:
    """1 on the face and a little beside it, 0 off it, at nodes: (size / STRIDE)² float32."""
    brows, scale = landmarks[list(BROWS)], size / UNIT / STRIDE
    forehead = brows + FOREHEAD * (brows.mean(0) - landmarks[CHIN])
    outline = cv2.convexHull(np.concatenate((landmarks[list(JAW)], forehead)).astype(np.float32))
    mask = np.zeros((size // STRIDE, size // STRIDE), np.uint8)
    places = ((outline + 0.5) / STRIDE - 0.5) * 16
    cv2.fillConvexPoly(mask, np.rint(places).astype(np.int32), 255, cv2.LINE_AA, 4)
    side = 2 * round(BESIDE * scale) + 1
    mask = cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
    return cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), SOFT * scale)


def _free(axis: np.ndarray, chin: float) -> np.ndarray:
    """0 at the frame's edges and below the chin's height, 1 where a head moves freely; all in px of 256."""
    edge = np.minimum(np.minimum(axis, UNIT - 1 - axis), axis[:, None]).clip(0, STILL) / STILL
    above = ((chin - axis) / NECK + 0.5).clip(0, 1)
    return edge * edge * (3 - 2 * edge) * above[:, None]


@cache
def _skull_weights() -> np.ndarray:
    """How the head's middle, the way from chin to crown, and the face's middle follow landmarks: (3, 68)."""
    face = np.concatenate((load_standard_face(), np.ones((68, 1))), 1)[list(HELD)]
    parts = np.array([[*CENTRE, 1.0], [0.0, -1.0, 0.0, 0.0], [*CENTRE[:2], 0.0, 1.0]])
    weights = np.zeros((3, 68))
    weights[:, list(HELD)] = parts @ np.linalg.pinv(face)
    return weights
