"""Retargeting: the motion of one face, carried over to another."""

import numpy as np

from .geometry import RIGID_POINTS, uncross_lips
from .pose import umeyama


def similarity(source: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least-squares similarity of points (N, 2) → matrix (2, 2) and shift (2,): source @ matrix.T + shift."""
    pose = umeyama(source[None], target)
    return pose.scale[0] * pose.rotation[0], pose.translation[0]


def retarget(photo: np.ndarray, before: np.ndarray, after: np.ndarray, amount: float = 1.0) -> np.ndarray:
    """Give a photo's landmarks the change of expression between two frames of a clip.

    photo, before, after: (68, 2) px. The head motion between the frames is taken out by the rigid points and
    the change scaled to the photo's face. Lips do not cross.
    """
    rigid = list(RIGID_POINTS)
    matrix, shift = similarity(after[rigid], before[rigid])
    change = after @ matrix.T + shift - before
    to_photo, _ = similarity(before[rigid], photo[rigid])
    target = photo + amount * change @ to_photo.T
    return uncross_lips(target)


def carried(photo: np.ndarray, track: np.ndarray, rest: np.ndarray, amount: float = 1.0) -> np.ndarray:
    """The landmarks of a photo, moved as those of a clip move away from where they are at rest.

    photo, rest: (68, 2) px, track: (T, 68, 2) px; rest and track in one frame, which is not the photo's
    → (T, 68, 2) float32 px of the photo. The change of expression, times `amount`, and the motion of the head
    are each scaled and turned as the clip's face has to be to lie on the photo's; at rest it is the photo.
    """
    rigid, photo, rest = list(RIGID_POINTS), photo.astype(np.float64), rest.astype(np.float64)
    place, shift = similarity(rest[rigid], photo[rigid])
    back = np.linalg.inv(place)
    frames = []
    for now in track.astype(np.float64):
        turn, way = similarity(rest[rigid], now[rigid])
        in_clip = (retarget(photo, rest, now, amount) - shift) @ back.T
        frames.append((in_clip @ turn.T + way) @ place.T + shift)
    return np.stack(frames).astype(np.float32)


def most_alike(photo: np.ndarray, track: np.ndarray) -> int:
    """The frame of a clip, (T, 68, 2) px, in which head and face are most as in a photo, (68, 2) px.

    From there motion is carried over: landmarks in the plane can tell how a face changes, but not how another
    view of it would (Siarohin et al., "First order motion model for image animation", 2019, Sec. 3.3).
    """
    rigid, photo = list(RIGID_POINTS), photo.astype(np.float64)
    errors = []
    for now in track.astype(np.float64):
        matrix, shift = similarity(now[rigid], photo[rigid])
        errors.append(float(np.square(now @ matrix.T + shift - photo).sum()))
    return int(np.argmin(errors))


def driven(photo: np.ndarray, track: np.ndarray) -> np.ndarray:
    """A photo's landmarks (68, 2), moved as a clip's (T, 68, 2) move → (T, 68, 2) float32 px of the photo.

    The clip is at rest where head and face are most as in the photo.
    """
    return carried(photo, track, track[most_alike(photo, track)])
