"""Face rig of one person: landmarks of a photo in, posed and speaking faces out.

The photo's own proportions stay; displacements in normalised units are turned and scaled to the photo's pose
and size. Coordinates are pixels of the 512 crop, x right, y down, z towards the viewer.
"""

from typing import NamedTuple

import numpy as np

from ..foundation.errors import InputError
from ..foundation.face.geometry import (
    BROWS,
    PIVOT,
    RIGID_POINTS,
    load_standard_face,
    uncross_lips,
)
from ..foundation.face.pose import rotation_from_angles, umeyama
from .blinks import close_eyes
from .lips import AMPLITUDES, amplify_lips, close_photo, mobility

#: Published amplitude of the head at which own weights move as much as in the clips they learned from.
PUBLISHED_HEAD = 0.5


class Amplitudes(NamedTuple):
    """How strongly things move, 1 = as in the clips that the networks learned from.

    lips_x, lips_y: the lips; lips_y also drives the jaw. head: rotation and shift. brows: the brows.
    """

    lips_x: float = 1.0
    lips_y: float = 1.0
    head: float = 1.0
    brows: float = 1.0

    @classmethod
    def of_options(cls, amp_lip_x: float, amp_lip_y: float, amp_pos: float, amp_brow: float) -> "Amplitudes":
        """Those of published scale: lips `AMPLITUDES`, head `PUBLISHED_HEAD` as in the clips. Raises
        InputError where one is not from 0 to 10."""
        given = {"lip_x": amp_lip_x, "lip_y": amp_lip_y, "pos": amp_pos, "brow": amp_brow}
        for name, value in given.items():
            if not 0 <= value <= 10:
                raise InputError(f"--amp_{name} {value} is out of range; choose 0 to 10")
        return cls(amp_lip_x / AMPLITUDES[0], amp_lip_y / AMPLITUDES[1], amp_pos / PUBLISHED_HEAD, amp_brow)


class FaceRig:
    """A photo's face, its mouth closed, ready to be moved.

    landmarks: (68, 3) px of the crop, any sign of z.
    opening: `lips.opening_direction` of the face space that will move it; None leaves the mouth as it is.
    amplitudes: how strongly.
    expression: lasting displacement (68, 3) in normalised units, see `expressions`.
    """

    def __init__(
        self,
        landmarks: np.ndarray,
        opening: np.ndarray | None,
        amplitudes: Amplitudes | None = None,
        expression: np.ndarray | None = None,
    ) -> None:
        points = np.array(landmarks, dtype=np.float64)
        if points[30, 2] < 0.5 * (
            points[0, 2] + points[16, 2]
        ):  # the tip of the nose is nearest to the viewer
            points[:, 2] *= -1
        standard = load_standard_face()
        rigid = list(RIGID_POINTS)
        pose = umeyama(standard[None, rigid], points[rigid])
        self.scale, self.rotation = float(pose.scale[0]), pose.rotation[0]
        self.pivot = self.scale * self.rotation @ PIVOT + pose.translation[0]
        self.amplitudes = amplitudes or Amplitudes()
        self.rest = points
        if opening is not None:
            self.rest = close_photo(points, self.to_photo(opening), self.rotation[:, 1], self.scale)
        self.mobility = 1.0 if opening is None else mobility(self.rest)
        if expression is not None:
            self.rest = self.rest + self.to_photo(expression)

    def to_photo(self, displacement: np.ndarray) -> np.ndarray:
        """Displacement (..., 68, 3) in normalised units → px in the photo's pose."""
        return self.scale * displacement @ self.rotation.T

    def displacement_of(self, faces: np.ndarray) -> np.ndarray:
        """The other way round: displacement (T, 68, 3) in normalised units of (T, 68, 2 or 3) px faces."""
        return (self.with_depth(faces) - self.rest) @ self.rotation / self.scale

    def with_depth(self, faces: np.ndarray) -> np.ndarray:
        """(T, 68, 2 or 3) px faces with the depth of this face, (T, 68, 3)."""
        depth = np.broadcast_to(self.rest[:, 2:], (len(faces), len(self.rest), 1))
        return np.concatenate([faces[..., :2], depth], axis=2)

    def speak(self, displacement: np.ndarray, mobility: float | None = None) -> np.ndarray:
        """Faces (T, 68, 3) px with the lips moved by a displacement (T, 68, 3) of the face at rest.

        mobility: how far this face's mouth goes where the mean speaker's goes as far as ``displacement``; by
        default as `lips.mobility` has it, 1 for a displacement of its own.
        """
        mobility = self.mobility if mobility is None else mobility
        across, down = mobility * self.amplitudes.lips_x, mobility * self.amplitudes.lips_y
        moved = amplify_lips(np.asarray(displacement, dtype=np.float64), across, down, jaw=True)
        return uncross_lips(self.rest + self.to_photo(moved), self.rotation[:, 1])

    def move(self, faces: np.ndarray, pose: np.ndarray, brows: np.ndarray, closure: np.ndarray) -> np.ndarray:
        """Add brows, blinks and head pose to `speak`'s faces: (T, 68, 3) → (T, 68, 3).

        pose: (T, 6), see `head_motion`.
        brows: (T,) upward shift of the brows, normalised units.
        closure: (T,) of the eyes, 0 open ... 1 shut.
        """
        up = -self.scale * self.rotation[:, 1] * self.amplitudes.brows
        faces = np.array(faces)
        faces[:, BROWS] += brows[:, None, None] * up
        faces = close_eyes(faces, closure)
        pose = pose * self.amplitudes.head
        turned = (faces - self.pivot) @ np.swapaxes(rotation_from_angles(pose[:, :3]), 1, 2)
        turned *= 1 + pose[:, 5, None, None]
        turned += self.pivot
        turned[..., :2] += self.scale * pose[:, None, 3:5]
        return turned
