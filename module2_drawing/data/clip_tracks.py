"""Clips → stretches in which one face is seen all the time, with its mesh in every frame."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.align import crop_square, to_crop
from module1_audio2lmk.foundation.face.face_mesh import FaceMesh
from module1_audio2lmk.foundation.face.geometry import MESH_TO_68
from module1_audio2lmk.foundation.face.search import Box, face_size, mesh_box
from module1_audio2lmk.foundation.media import timed_frames

#: A face that moves further between two frames, as a share of its size, is another one: the clip was cut.
LARGEST_STEP = 0.2
#: A picture that changes more between two frames, in mean grey values of 255, is another shot.
LARGEST_CHANGE = 25.0
#: Frames further apart, s, are no neighbours.
LONGEST_PAUSE = 0.25
MIN_FRAMES = 8
_THUMBNAIL = (24, 24)
_TRACKING_SIDE = 512  # smaller pictures are enlarged, which steadies the mesh
_WINDOW = 1.2  # side of a face window, relative to the smaller side of the face


@dataclass(frozen=True, eq=False)
class Stretch:
    """Frames of a clip from number `first` on: times (T,) s, meshes (T, 468, 3) px, and one crop for all."""

    first: int
    times: np.ndarray
    meshes: np.ndarray
    box: Box

    def mesh(self, index: int) -> np.ndarray:
        """(468, 3) px of the 512² crop."""
        return to_crop(self.meshes[index], self.box)

    def landmarks(self, index: int) -> np.ndarray:
        """(68, 2) px of the 512² crop."""
        return self.mesh(index)[MESH_TO_68, :2]

    def window(self, index: int) -> tuple[float, float, float, float]:
        """Face window (left, right, top, bottom) px of the 512² crop: a square around the face's box."""
        (x1, y1), (x2, y2) = (f(self.mesh(index)[:, :2], axis=0) for f in (np.min, np.max))
        half = _WINDOW * min(x2 - x1, y2 - y1) / 2
        x, y = (x1 + x2) / 2, (y1 + y2) / 2
        return float(x - half), float(x + half), float(y - half), float(y + half)


def follow(path: str | os.PathLike[str]) -> list[Stretch]:
    """The stretches of a clip, at least 8 frames each. Raises InputError where there is none."""
    stretches: list[Stretch] = []
    run: list[tuple[float, np.ndarray]] = []
    number = -1
    before: np.ndarray | None = None
    for number, (time, mesh, picture) in enumerate(_meshes(path)):
        if run and (mesh is None or _is_apart(run[-1], time, mesh) or _is_cut(before, picture)):
            stretches += _stretch(run, number)
            run = []
        before = picture
        if mesh is not None:
            run.append((time, mesh))
    stretches += _stretch(run, number + 1)
    if not stretches:
        raise InputError(f"{path} shows no face for {MIN_FRAMES} frames on end")
    return stretches


def spread(times: np.ndarray, fps: float) -> np.ndarray:
    """(T,) bool: the frames to take of those at these times, s, so that about `fps` a second are left."""
    kept, due = np.zeros(len(times), bool), float(times[0])
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    for index, time in enumerate(times):
        if time > due - step / 2 - 1e-4:
            kept[index] = True
            due = max(due, time - step) + 1 / fps
    return kept


def crops(
    path: str | os.PathLike[str], stretches: list[Stretch]
) -> Iterator[tuple[Stretch, int, np.ndarray]]:
    """The clip once more: (stretch, index in it, crop (512, 512, 3) uint8) of the frames of stretches."""
    waiting = list(stretches)
    for number, (_, frame) in enumerate(timed_frames(path)):
        if waiting and number >= waiting[0].first + len(waiting[0].meshes):
            waiting.pop(0)
        if not waiting:
            return
        if number >= waiting[0].first:
            yield waiting[0], number - waiting[0].first, crop_square(frame, waiting[0].box)


def _meshes(path: str | os.PathLike[str]) -> Iterator[tuple[float, np.ndarray | None, np.ndarray]]:
    """The time of every frame, its mesh, and the frame made very small."""
    detector = FaceMesh(max_faces=1, follows=True)
    for time, frame in timed_frames(path):
        factor = max(1.0, _TRACKING_SIDE / max(frame.shape[:2]))
        if factor > 1:
            frame = cv2.resize(frame, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
        found = detector(frame)
        small = cv2.resize(frame, _THUMBNAIL, interpolation=cv2.INTER_AREA).astype(np.float32)
        yield time, (found[0] / np.float32(factor) if found else None), small


def _is_cut(before: np.ndarray | None, after: np.ndarray) -> bool:
    return before is not None and float(np.abs(after - before).mean()) > LARGEST_CHANGE


def _is_apart(before: tuple[float, np.ndarray], time: float, mesh: np.ndarray) -> bool:
    """True where a mesh at a time s does not go on from the one before."""
    return time - before[0] > LONGEST_PAUSE or _step(before[1], mesh) > LARGEST_STEP


def _step(before: np.ndarray, after: np.ndarray) -> float:
    """Mean motion of a mesh, relative to the face's size."""
    return float(np.abs(after[:, :2] - before[:, :2]).mean()) / max(face_size(before), 1.0)


def _stretch(run: list[tuple[float, np.ndarray]], end: int) -> list[Stretch]:
    if len(run) < MIN_FRAMES:
        return []
    times, meshes = zip(*run, strict=True)
    x1, y1, x2, y2 = np.median([mesh_box(mesh) for mesh in meshes], axis=0).tolist()
    return [Stretch(end - len(run), np.array(times), np.stack(meshes), (x1, y1, x2, y2))]
