"""Talking clips as arrays: a few frames of each, far apart in pose and mouth, with their drawings.

A clip is a folder: `photo.npy` (N, 512, 512, 3) uint8, `landmarks.npy` (N, 68, 2) float32 px of 256², and for
every style `STYLE.npy`, (N, 256, 256) or (N, 256, 256, 3) uint8. Any two frames are a photo and the true
drawing of another pose of the same person.
"""

from pathlib import Path

import cv2
import numpy as np

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.align import CROP_SIZE, crop_square, to_crop
from module1_audio2lmk.foundation.face.face_mesh import FaceMesh
from module1_audio2lmk.foundation.face.geometry import MESH_TO_68
from module1_audio2lmk.foundation.face.search import mesh_box
from module1_audio2lmk.foundation.files import atomic_path
from module1_audio2lmk.foundation.media import iter_frames

from .. import styles

SIZE = 256
PHOTO, LANDMARKS = "photo", "landmarks"
LOOKED_AT = 80  # frames of a clip, at most, among which those that are kept are chosen
LARGEST_SHIFT = 0.3  # of a face's box against the middle one's, of its width
MOUTH = slice(48, 68)
MOUTH_WEIGHT, EYE_WEIGHT = 2.0, 2.0  # against the pose of the head, in the distance of two frames


def write_photos(clip: Path, folder: Path, count: int) -> None:
    """Write `count` frames of a clip, or all that show its face. Raises InputError without a face."""
    frames, meshes = _tracked(clip)
    boxes = np.array([mesh_box(mesh) for mesh in meshes])
    box = np.median(boxes, axis=0)
    # Another shot, or another person: their crops would not be aligned.
    near = np.abs(boxes - box).max(1) < LARGEST_SHIFT * (box[2] - box[0])
    frames, meshes = (
        [one for one, kept in zip(all_, near, strict=True) if kept] for all_ in (frames, meshes)
    )
    landmarks = np.stack([to_crop(mesh, tuple(box))[MESH_TO_68, :2] for mesh in meshes])
    chosen = spread(landmarks, count)
    _write(folder / f"{LANDMARKS}.npy", (landmarks[chosen] * (SIZE / CROP_SIZE)).astype(np.float32))
    _write(folder / f"{PHOTO}.npy", np.stack([crop_square(frames[i], tuple(box)) for i in chosen]))


def _tracked(clip: Path) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Frames that show a face, spread over the clip, and its meshes (468, 3) px."""
    total = sum(1 for _ in iter_frames(clip))
    detector, frames, meshes = FaceMesh(max_faces=1, follows=True), [], []
    for number, frame in enumerate(iter_frames(clip)):
        if number % -(-total // LOOKED_AT) == 0 and (found := detector(frame)):
            frames.append(frame)
            meshes.append(found[0])
    if len(frames) < 2:
        raise InputError(f"{clip} shows no face; give a clip of one")
    return frames, meshes


def spread(landmarks: np.ndarray, count: int) -> np.ndarray:
    """(T, 68, 2) px → sorted indices of at most `count` frames, each as far from the others as can be."""
    distances = motion_distances(landmarks)
    chosen = [int(distances.mean(0).argmin())]
    while len(chosen) < min(count, len(landmarks)):
        chosen.append(int(distances[chosen].min(0).argmax()))
    return np.unique(chosen)


def motion_distances(landmarks: np.ndarray) -> np.ndarray:
    """(T, 68, 2) px → (T, T): how far two frames are apart in pose, mouth and lids, px of the same frame."""
    flat = landmarks.reshape(len(landmarks), -1).astype(np.float64)
    shape = landmarks - landmarks[:, 27:36].mean(1, keepdims=True)
    mouth = shape[:, MOUTH].reshape(len(shape), -1)
    lids = (shape[:, [40, 41, 46, 47], 1] - shape[:, [38, 37, 44, 43], 1]).astype(np.float64)
    return (
        _apart(flat) / np.sqrt(68)
        + MOUTH_WEIGHT * _apart(mouth) / np.sqrt(20)
        + EYE_WEIGHT * _apart(lids) / np.sqrt(4)
    )


def _apart(values: np.ndarray) -> np.ndarray:
    return np.sqrt(np.maximum(((values[:, None] - values[None]) ** 2).sum(-1), 0))


def write_drawings(folder: Path, style: str) -> None:
    """The drawings of a clip's photos, by the style's renderer."""
    render = styles.load(style).render
    photos = np.load(folder / f"{PHOTO}.npy", mmap_mode="r")
    _write(folder / f"{style}.npy", np.stack([_reduced(render(np.asarray(photo))) for photo in photos]))


def _reduced(drawing: np.ndarray) -> np.ndarray:
    return cv2.resize(drawing, (SIZE, SIZE), interpolation=cv2.INTER_AREA)


def _write(path: Path, array: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        np.save(file, array)
