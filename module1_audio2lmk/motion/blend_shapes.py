"""Blend shapes: the face's motion as weights of ARKit's 52 named shapes, from landmark frames and back.

68 landmarks show 28 of the 52; the others (gaze, cheeks, tongue, nose …) stay 0. A shape is a displacement
of landmarks in normalised units of a face at rest (`foundation.face.geometry`); weights lie in [0, 1] and add
up, as in ARKit (`ARFaceAnchor.BlendShapeLocation`, Apple, 2017). "Left" is the subject's left, image right.
"""

from typing import NamedTuple

import numpy as np

from ..foundation.face.geometry import BROWS, LIPS, LOWER_LIDS, MIRRORED, RIGID_POINTS, UPPER_LIDS, inner_gap
from ..foundation.face.pose import angles_from_rotation
from .blinks import close_eyes
from .face_rig import FaceRig

_SIDED = ("EyeBlink", "EyeLookDown", "EyeLookIn", "EyeLookOut", "EyeLookUp", "EyeSquint", "EyeWide")
#: ARKit's shapes in the order and spelling of Live Link Face.
NAMES = (
    *(f"{name}{side}" for side in ("Left", "Right") for name in _SIDED),
    *("JawForward", "JawRight", "JawLeft", "JawOpen", "MouthClose", "MouthFunnel", "MouthPucker"),
    *("MouthRight", "MouthLeft", "MouthSmileLeft", "MouthSmileRight", "MouthFrownLeft", "MouthFrownRight"),
    *("MouthDimpleLeft", "MouthDimpleRight", "MouthStretchLeft", "MouthStretchRight", "MouthRollLower"),
    *("MouthRollUpper", "MouthShrugLower", "MouthShrugUpper", "MouthPressLeft", "MouthPressRight"),
    *("MouthLowerDownLeft", "MouthLowerDownRight", "MouthUpperUpLeft", "MouthUpperUpRight"),
    *("BrowDownLeft", "BrowDownRight", "BrowInnerUp", "BrowOuterUpLeft", "BrowOuterUpRight", "CheekPuff"),
    *("CheekSquintLeft", "CheekSquintRight", "NoseSneerLeft", "NoseSneerRight", "TongueOut"),
)
HEAD = ("HeadYaw", "HeadPitch", "HeadRoll")
_INNER, _OUTER = (61, 62, 63), (49, 50, 51, 52, 53)
_LOWER_INNER, _LOWER_OUTER = (65, 66, 67), (55, 56, 57, 58, 59)
# Shape → points and where they go at weight 1: right and down, normalised units.
_SHAPES: dict[str, list[tuple[tuple[int, ...], float, float]]] = {
    "JawOpen": [
        ((6, 7, 8, 9, 10, 56, 57, 58, 65, 66, 67), 0, 0.32),
        ((5, 11, 55, 59), 0, 0.26),
        ((4, 12), 0, 0.2),
        ((3, 13, 48, 54, 60, 64), 0, 0.12),
        ((2, 14), 0, 0.05),
    ],
    "JawLeft": [((5, 6, 7, 8, 9, 10, 11, 55, 56, 57, 58, 59, 65, 66, 67), 0.12, 0)],
    "MouthClose": [
        ((56, 57, 58, 65, 66, 67), 0, -0.16),
        ((55, 59), 0, -0.13),
        ((50, 51, 52, 61, 62, 63), 0, 0.16),
        ((49, 53), 0, 0.1),
    ],
    "MouthFunnel": [
        ((48, 60), 0.1, 0),
        ((54, 64), -0.1, 0),
        ((*_OUTER, *_INNER), 0, -0.06),
        ((*_LOWER_OUTER, *_LOWER_INNER), 0, 0.06),
    ],
    "MouthPucker": [
        ((48, 60), 0.18, 0),
        ((54, 64), -0.18, 0),
        ((49, 59, 61, 67), 0.09, 0),
        ((53, 55, 63, 65), -0.09, 0),
    ],
    "MouthLeft": [(LIPS, 0.12, 0)],
    "MouthSmileLeft": [((54, 64), 0.1, -0.1), ((53, 55), 0.05, -0.05)],
    "MouthFrownLeft": [((54, 64), 0.02, 0.1), ((53, 55), 0.01, 0.05)],
    "MouthStretchLeft": [((54, 64), 0.12, 0.02), ((53, 55, 63, 65), 0.06, 0.01)],
    "MouthRollLower": [(_LOWER_OUTER, 0, -0.07)],
    "MouthRollUpper": [(_OUTER, 0, 0.06)],
    "MouthLowerDownLeft": [((55, 56, 65), 0, 0.08), ((57, 66), 0, 0.04)],
    "MouthUpperUpLeft": [((52, 53, 63), 0, -0.08), ((51, 62), 0, -0.04)],
    "BrowInnerUp": [((21, 22), 0, -0.12), ((20, 23), 0, -0.07)],
    "BrowOuterUpLeft": [((25, 26), 0, -0.12), ((24,), 0, -0.08)],
    "BrowDownLeft": [((22, 23, 24, 25, 26), 0, 0.08)],
}
_WIDE = 0.6  # by which share of its opening an eye opens further at EyeWide 1
_SEEN = [*range(2, 15), *BROWS, *LIPS]  # landmarks that say something of the shapes
_PREFER_SMALL = 0.004  # of several ways to say the same, the one of few and small weights


def _basis() -> dict[str, np.ndarray]:
    """Shape → (68, 2) at weight 1, both sides."""
    found = {}
    for name, moves in _SHAPES.items():
        shape = np.zeros((68, 2))
        for points, right, down in moves:
            shape[list(points)] += (right, down)
        found[name] = shape
        if name.endswith("Left"):
            found[name.removesuffix("Left") + "Right"] = shape[MIRRORED] * (-1, 1)
    return found


_BASIS = _basis()
#: What opens the inner lips by 1: at rest a photo's mouth is shut, whatever it does in the photo.
_OPENING = np.pad(_BASIS["JawOpen"] / inner_gap(_BASIS["JawOpen"]), ((0, 0), (0, 1)))
_MATRIX = np.stack([shape[_SEEN].ravel() for shape in _BASIS.values()], axis=1)


class Curves(NamedTuple):
    """weights: (T, 52) in [0, 1], in the order of `NAMES`; head: (T, 3) degrees, see `rotation_from_angles`;
    fps: frames a second."""

    weights: np.ndarray
    head: np.ndarray
    fps: float


def column(name: str) -> int:
    return NAMES.index(name)


def to_curves(frames: np.ndarray, landmarks: np.ndarray, fps: float) -> Curves:
    """Landmark frames (T, 68, 2) px of a face, (68, 3) px, → its curves. What no shape shows is left out."""
    from scipy.optimize import nnls

    rig = FaceRig(landmarks, _OPENING)
    rotations, still = _without_head(rig, frames)
    change = (still - rig.rest[None, :, :2]) / rig.scale @ rig.rotation[:2, :2]
    weights = np.zeros((len(frames), len(NAMES)))
    system = np.concatenate([_MATRIX, _PREFER_SMALL * np.ones((1, _MATRIX.shape[1]))])
    columns = [column(name) for name in _BASIS]
    for number, one in enumerate(change):
        weights[number, columns] = nnls(system, np.append(one[_SEEN].ravel(), 0.0))[0]
    for side, closed in zip(("Right", "Left"), _closures(still, rig.rest).T, strict=True):
        weights[:, column(f"EyeBlink{side}")] = closed.clip(0, 1)
        weights[:, column(f"EyeWide{side}")] = (-closed / _WIDE).clip(0, 1)
    head = angles_from_rotation(rotations @ rig.rotation.T)
    return Curves(weights.clip(0, 1), head, fps)


def to_landmarks(curves: Curves, landmarks: np.ndarray) -> np.ndarray:
    """Curves on a face, (68, 3) px → landmark frames (T, 68, 2) float32 px."""
    rig = FaceRig(landmarks, _OPENING)
    change = np.zeros((len(curves.weights), 68, 3))
    for name, shape in _BASIS.items():
        change[..., :2] += curves.weights[:, column(name), None, None] * shape
    faces = rig.speak(change, mobility=1.0)
    for side, lids in (("Right", slice(0, 2)), ("Left", slice(2, 4))):
        wide = _WIDE * curves.weights[:, column(f"EyeWide{side}")]
        closed = close_eyes(faces, curves.weights[:, column(f"EyeBlink{side}")] - wide)
        moved = [*UPPER_LIDS[lids], *LOWER_LIDS[lids]]
        faces[:, moved] = closed[:, moved]
    still = np.zeros(len(faces))
    pose = np.concatenate([curves.head, np.zeros((len(faces), 3))], axis=1)
    return rig.move(faces, pose, still, still)[..., :2].astype(np.float32)


def _closures(faces: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """How far each eye, the subject's right first, is shut of (T, 68, 2): 0 as at rest … 1; (T, 2)."""
    upper, lower = list(UPPER_LIDS), list(LOWER_LIDS)
    gaps = np.linalg.norm(faces[:, upper] - faces[:, lower], axis=-1).reshape(-1, 2, 2).mean(axis=2)
    own = np.linalg.norm(rest[upper, :2] - rest[lower, :2], axis=-1).reshape(2, 2).mean(axis=1)
    return 1 - gaps / np.maximum(own, 1e-6)


def _without_head(rig: FaceRig, frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The head's rotations (T, 3, 3) in (T, 68, 2) frames, and the frames (T, 68, 2) px without them.

    The pose is that of an orthographic camera: the rigid points of the face at rest, in depth, onto the
    frame's, by least squares.
    """
    rigid = list(RIGID_POINTS)
    rest = rig.rest[rigid] - rig.rest[rigid].mean(axis=0)
    inverse = np.linalg.pinv(rest)
    rotations, still = [], []
    for frame in frames.astype(np.float64):
        seen = frame[rigid] - frame[rigid].mean(axis=0)
        rows = (inverse @ seen).T
        u, sizes, vt = np.linalg.svd(rows, full_matrices=False)
        across = u @ vt
        rotation = np.vstack([across, np.cross(across[0], across[1])])
        rotations.append(rotation @ rig.rotation)
        moved = (frame - frame[rigid].mean(axis=0)) / sizes.mean()
        # What lies in depth is as at rest: the turned rest's own depth is added before turning back.
        turned = (rig.rest - rig.rest[rigid].mean(axis=0)) @ rotation.T
        back = np.column_stack([moved, turned[:, 2]]) @ rotation
        still.append(back[:, :2] + rig.rest[rigid].mean(axis=0)[:2])
    return np.stack(rotations), np.stack(still)


def mouth_of(weights: np.ndarray) -> np.ndarray:
    """Weights (T, 52) → how the mouth differs from that at rest, as faces (T, 68, 2), normalised units."""
    faces = np.zeros((len(weights), 68, 2))
    for name, shape in _BASIS.items():
        faces[:, 48:] += weights[:, column(name), None, None] * shape[48:]
    return faces
