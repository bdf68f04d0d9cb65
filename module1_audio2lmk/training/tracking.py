"""Clips of talking people → face landmarks without head pose, head pose, and sound, all in step."""

import os
from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter1d

from ..audio.waveform import FRAME_RATE, HOP, SAMPLE_RATE
from ..foundation.errors import InputError
from ..foundation.face import geometry
from ..foundation.face.face_mesh import FaceMesh
from ..foundation.face.pose import Pose, angles_from_rotation, apply_pose, invert, umeyama
from ..foundation.media import probe, timed_frames

_TRACKING_SIDE = 512
_SMOOTHING = 0.024  # s, standard deviation: tracking jitter of a video of 25 frames/s
_MAX_GAP = 0.25  # s without a face that is bridged
# From a frame to the next of 40 ms, in sizes of the face, and its change of size: in 90 clips the most was
# 0.23 and 1.045. Between later frames twice as much is allowed.
_MOST_MOVE, _MOST_GROWTH = 0.4, 1.08
_CLEAR_YAW, _LOST_YAW = 25.0, 55.0  # degrees to the camera


class FaceTrack(NamedTuple):
    """A tracked video: meshes (T, 468, 3) px (z towards the viewer), found (T,) bool, frames a second.

    Frame k belongs to the time k/fps at which a player shows it, whatever the rate of the video itself.
    """

    meshes: np.ndarray
    found: np.ndarray
    fps: float


class SplitTrack(NamedTuple):
    """A track taken apart, T frames at the video's rate; see `clips.Clip` for units."""

    landmarks: np.ndarray
    rotation: np.ndarray
    translation: np.ndarray
    confidence: np.ndarray


def track_film(path: str | os.PathLike[str]) -> FaceTrack:
    """Follow the (one) face of a video with MediaPipe.

    The mean of its plain and its attention mesh is taken: the second sees closed lips better, the first
    jitters less. Raises InputError where there is no video or no face in it, the face is lost for longer than
    0.25 s, or it jumps, as at a cut.
    """
    mean_rate = probe(path).fps
    if not mean_rate:
        raise InputError(f"{path} has no frame rate; give a video")
    times, meshes = zip(*_meshes(path), strict=True)
    found = np.array([mesh is not None for mesh in meshes])
    if not found.any():
        raise InputError(f"{path} shows no face that can be followed; give another video")
    rate = _even_rate(np.array(times), float(mean_rate))
    seen = np.array(times)[found]
    if np.diff([times[0], *seen, times[-1] + 1 / rate]).max() > _MAX_GAP + 1 / rate:
        raise InputError(f"{path}: the face is lost for longer than {_MAX_GAP} s; cut the video")
    stacked = np.stack([mesh for mesh in meshes if mesh is not None]) * np.array([1, 1, -1], np.float32)
    for cut in seen[1:][_jumps(stacked, np.diff(seen))]:
        raise InputError(
            f"{path}: the face jumps at {cut:.2f} s, as where another picture begins; cut the video there"
        )
    return _at_even_times(stacked, seen, np.array(times), found, rate)


def _jumps(meshes: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """(N - 1,) bool: between these meshes (N, 468, 3), `steps` s apart, no head moves so far."""
    width = np.ptp(meshes[..., 0], axis=1) + np.ptp(meshes[..., 1], axis=1)
    moved = np.linalg.norm(np.diff(meshes[..., :2].mean(axis=1), axis=0), axis=1) / (width[:-1] / 2)
    share = np.clip(steps / 0.04, 1, 2)
    return (moved > _MOST_MOVE * share) | (np.abs(np.diff(np.log(width))) > np.log(_MOST_GROWTH) * share)


def _even_rate(times: np.ndarray, mean: float) -> float:
    """The mean rate where frames come evenly, else that of most of them."""
    steps = np.diff(times)
    if len(steps) == 0 or np.abs(steps - 1 / mean).max() < 0.25 / mean:
        return mean
    return min(1 / max(float(np.median(steps)), 1e-6), FRAME_RATE)


def _at_even_times(
    meshes: np.ndarray, seen: np.ndarray, times: np.ndarray, found: np.ndarray, rate: float
) -> FaceTrack:
    """Meshes (N, 468, 3) at the times `seen` → at k/rate from 0 to the end of the video.

    Between two frames the mesh goes straight from one to the other. times, found: of all frames.
    """
    grid = np.arange(max(1, round((times[-1] + 1 / rate) * rate))) / rate
    after = np.clip(np.searchsorted(seen, grid), 1, max(len(seen) - 1, 1)) if len(seen) > 1 else None
    nearest = np.abs(times[None] - grid[:, None]).argmin(axis=1)
    there = found[nearest] & (grid > times[0] - 0.5 / rate)
    if after is None:
        return FaceTrack(np.repeat(meshes, len(grid), axis=0), there, rate)
    first, last = seen[after - 1], seen[after]
    share = np.clip((grid - first) / np.maximum(last - first, 1e-9), 0, 1).astype(np.float32)[:, None, None]
    return FaceTrack(meshes[after - 1] * (1 - share) + meshes[after] * share, there, rate)


def _meshes(path: str | os.PathLike[str]) -> Iterator[tuple[float, np.ndarray | None]]:
    """The time of every frame, and its mesh where there is a face."""
    plain, attentive = (FaceMesh(max_faces=1, follows=True, attention=refine) for refine in (False, True))
    for time, frame in timed_frames(path):
        side = max(frame.shape[:2])
        if side < _TRACKING_SIDE:  # a small picture is enlarged, which steadies the mesh
            factor = _TRACKING_SIDE / side
            frame = cv2.resize(frame, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
        found = [*plain(frame), *attentive(frame)]
        yield time, np.mean(found, axis=0) if len(found) == 2 else None


def split_track(track: FaceTrack) -> SplitTrack:
    """Separate expression and head pose.

    Every frame is registered to the video's median face by `RIGID_MESH`, the median face once to the standard
    face: many points and one common scale leave less jitter than registering each frame by itself.
    """
    template = track.meshes[len(track.meshes) // 2].astype(np.float64)
    for _ in range(3):
        registering = umeyama(track.meshes[:, geometry.RIGID_MESH], template[geometry.RIGID_MESH])
        registered = apply_pose(track.meshes.astype(np.float64), registering)
        template = np.median(registered, axis=0)
    standard = geometry.load_standard_face()
    rigid = list(geometry.RIGID_POINTS)
    upright = umeyama(template[geometry.MESH_TO_68][None, rigid], standard[rigid])
    landmarks = apply_pose(
        registered[:, geometry.MESH_TO_68], Pose(*(np.repeat(part, len(registered), 0) for part in upright))
    )
    rotation, translation, camera_yaw = _head_pose(registering, upright)
    confidence = 1 - (np.abs(camera_yaw) - _CLEAR_YAW) / (_LOST_YAW - _CLEAR_YAW)
    return SplitTrack(landmarks, rotation, translation, np.clip(confidence, 0, 1) * track.found)


def _head_pose(registering: Pose, upright: Pose) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Angles (T, 3) and translation (T, 3) about the mean pose, and the yaw (T,) towards the camera."""
    to_video = invert(registering)
    unit = invert(upright)
    rotations = to_video.rotation @ unit.rotation[0]
    scale = to_video.scale * unit.scale[0]
    mean = _mean_rotation(rotations)
    pivot_template = unit.scale[0] * unit.rotation[0] @ geometry.PIVOT + unit.translation[0]
    pivot = apply_pose(pivot_template[None], to_video)[:, 0]
    translation = (pivot - pivot.mean(axis=0)) / scale.mean()
    translation[:, 2] = scale / scale.mean() - 1
    angles = angles_from_rotation(rotations @ mean.T)
    return angles, translation, angles_from_rotation(rotations)[:, 0]


def _mean_rotation(rotations: np.ndarray) -> np.ndarray:
    u, _, vt = np.linalg.svd(rotations.mean(axis=0))
    return u @ np.diag([1, 1, np.linalg.det(u @ vt)]) @ vt


def resample_track(track: SplitTrack, fps: float, frames: int, offset: float = 0.0) -> SplitTrack:
    """A split track at ``fps`` → at the 62.5 Hz of the sound, ``frames`` of them, smoothed a little.

    offset: seconds to add to the time of the sound to find the video's.
    """
    source = np.arange(len(track.landmarks)) / fps
    wanted = np.clip(np.arange(frames) / FRAME_RATE + offset, 0, source[-1])

    def at_sound(values: np.ndarray, smooth: bool = True) -> np.ndarray:
        values = gaussian_filter1d(values, _SMOOTHING * fps, axis=0) if smooth else values
        return PchipInterpolator(source, values, axis=0)(wanted).astype(np.float32)

    return SplitTrack(
        at_sound(track.landmarks),
        at_sound(track.rotation),
        at_sound(track.translation),
        np.clip(at_sound(track.confidence, smooth=False), 0, 1),
    )


def rest_face(landmarks: np.ndarray) -> np.ndarray:
    """The face with its mouth closed, (68, 3): the mean of the tenth of frames with the smallest gap."""
    gap = geometry.inner_gap(landmarks)
    return landmarks[gap <= np.quantile(gap, 0.1)].mean(axis=0)


def sound_frames(samples: int) -> int:
    """Landmark frames that belong to so many samples: one every 256, the first at sample 0."""
    return samples // HOP + 1


def video_samples(track: FaceTrack) -> int:
    """Samples at 16 kHz that last as long as the video."""
    return round(len(track.meshes) / track.fps * SAMPLE_RATE)
