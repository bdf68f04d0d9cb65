"""Head pose and expression apart: rigid registration of face frames to the standard face.

Rotations are 3 x 3 matrices in the coordinates of the landmarks (x right, y down, z towards the viewer).
"""

from typing import NamedTuple

import numpy as np

from .geometry import RIGID_POINTS


class Pose(NamedTuple):
    """Head pose of T frames: frame = scale * rotation @ point + translation.

    rotation (T, 3, 3), translation (T, 3) in the units of the frames, scale (T,).
    """

    rotation: np.ndarray
    translation: np.ndarray
    scale: np.ndarray


def umeyama(source: np.ndarray, target: np.ndarray) -> Pose:
    """Least-squares similarity that maps ``source`` onto ``target`` (Umeyama 1991), without reflection.

    source: (T, K, 3) points; target: (T, K, 3) or (K, 3), in the same order; or all in the plane, (T, K, 2).
    Returns the `Pose` with target = scale * rotation @ source + translation. Coinciding source points, which
    have no orientation, give the identity rotation and scale 1.
    """
    source, target = np.broadcast_arrays(np.asarray(source, float), np.asarray(target, float))
    source_mean, target_mean = source.mean(axis=1), target.mean(axis=1)
    centred, wanted = source - source_mean[:, None], target - target_mean[:, None]
    u, singular, vt = np.linalg.svd(np.swapaxes(wanted, 1, 2) @ centred)
    signs = np.ones_like(singular)
    signs[:, -1] = np.sign(np.linalg.det(u @ vt))
    rotation = (u * signs[:, None, :]) @ vt
    spread = np.square(centred).sum(axis=(1, 2))
    flat = spread < 1e-12
    scale = (singular * signs).sum(axis=1) / np.where(flat, 1, spread)
    rotation[flat], scale[flat] = np.eye(source.shape[2]), 1
    moved_mean = scale[:, None] * np.einsum("tij,tj->ti", rotation, source_mean)
    return Pose(rotation, target_mean - moved_mean, scale)


def apply_pose(points: np.ndarray, pose: Pose) -> np.ndarray:
    """Move points (T, K, 3) or (K, 3) by a pose of T frames: (T, K, 3)."""
    turned = points @ np.swapaxes(pose.rotation, 1, 2)
    return pose.scale[:, None, None] * turned + pose.translation[:, None]


def invert(pose: Pose) -> Pose:
    """The pose that undoes ``pose``."""
    rotation, scale = np.swapaxes(pose.rotation, 1, 2), 1 / pose.scale
    return Pose(rotation, -scale[:, None] * np.einsum("tij,tj->ti", rotation, pose.translation), scale)


def split_pose(frames: np.ndarray, standard_face: np.ndarray) -> tuple[np.ndarray, Pose]:
    """Take the head motion out of (T, 68, 3) frames.

    Each frame is registered to the standard face (68, 3) by points 27-30, 33, 36, 39, 42, 45, which no
    expression moves.

    Returns registered frames (T, 68, 3), in the place and size of the standard face, and the pose that leads
    back: ``apply_pose(registered, pose)`` equals ``frames``.
    """
    rigid = list(RIGID_POINTS)
    registering = umeyama(frames[:, rigid], standard_face[rigid])
    return apply_pose(frames, registering), invert(registering)


def rotation_from_angles(angles: np.ndarray) -> np.ndarray:
    """Yaw, pitch, roll in degrees (T, 3) -> rotations (T, 3, 3).

    Seen in the image: yaw > 0 turns the nose to the right, pitch > 0 lifts it, roll > 0 tilts the head
    clockwise. Roll is applied first, then pitch, then yaw.
    """
    (sy, sp, sr), (cy, cp, cr) = (np.moveaxis(f(np.radians(angles)), -1, 0) for f in (np.sin, np.cos))
    rows = (
        (cy * cr + sy * sp * sr, sy * sp * cr - cy * sr, sy * cp),
        (cp * sr, cp * cr, -sp),
        (cy * sp * sr - sy * cr, sy * sr + cy * sp * cr, cy * cp),
    )
    return np.stack([np.stack(row, -1) for row in rows], -2)


def angles_from_rotation(rotation: np.ndarray) -> np.ndarray:
    """Rotations (T, 3, 3) -> yaw, pitch, roll in degrees (T, 3); the inverse of `rotation_from_angles`."""
    entry = np.moveaxis(rotation, (-2, -1), (0, 1))
    yaw = np.arctan2(entry[0, 2], entry[2, 2])
    pitch = np.arcsin(np.clip(-entry[1, 2], -1, 1))
    return np.degrees(np.stack((yaw, pitch, np.arctan2(entry[1, 0], entry[1, 1])), -1))
