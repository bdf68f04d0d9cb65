"""Photo → aligned 512² crop and 68 3-D landmarks (stage 1 of the published system)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .foundation.errors import InputError

CROP_SIZE = 512
#: iBUG 68-point subset of the MediaPipe 468-point face mesh, in iBUG order.
MESH_TO_68 = np.array(
    [162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 389]
    + [71, 63, 105, 66, 107, 336, 296, 334, 293, 301]
    + [168, 197, 5, 4, 75, 97, 2, 326, 305]
    + [33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380]
    + [61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181]
    + [78, 82, 13, 312, 308, 317, 14, 87]
)


@dataclass(frozen=True)
class AlignedFace:
    """A face photo in the frame that every later stage works in.

    image: (512, 512, 3) uint8 RGB crop, white where it leaves the photo.
    landmarks: (68, 3) float32, iBUG order, px of the crop; z on the scale of x and y.
    backend: name of the landmark detector.
    """

    image: np.ndarray
    landmarks: np.ndarray
    backend: str


class MeshDetector:
    """MediaPipe face mesh (its model ships in the wheel): (H, W, 3) uint8 RGB → list of (468, 3) px."""

    name = "mediapipe"

    def __init__(self, max_faces: int = 8, static: bool = True) -> None:
        import mediapipe as mp

        self._mesh = mp.solutions.face_mesh.FaceMesh(
            static_image_mode=static, max_num_faces=max_faces, min_detection_confidence=0.3
        )

    def __call__(self, image: np.ndarray) -> list[np.ndarray]:
        found = self._mesh.process(np.ascontiguousarray(image)).multi_face_landmarks or []
        height, width = image.shape[:2]
        scale = np.array([width, height, width], np.float32)
        return [
            np.array([(p.x, p.y, p.z) for p in face.landmark], np.float32)[:468] * scale for face in found
        ]


def crop_square(image: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
    """The published alignment: box (x1, y1, x2, y2) px → (512, 512, 3) crop of side 1.2·min side/0.7."""
    x1, y1, x2, y2 = box
    width, height = x2 - x1 + 1, y2 - y1 + 1
    side = round(int(min(width, height) * 1.2) / 0.7)
    left = int(x1 + width // 2 - side // 2)
    top = int(y1 + height // 2 - side * 11 // 20)
    crop = np.full((side, side, 3), 255, np.uint8)
    rows, columns = image.shape[:2]
    ya, yb, xa, xb = max(0, top), min(rows, top + side), max(0, left), min(columns, left + side)
    crop[ya - top : yb - top, xa - left : xb - left] = image[ya:yb, xa:xb]
    return cv2.resize(crop, (CROP_SIZE, CROP_SIZE), interpolation=cv2.INTER_CUBIC)


def mesh_box(mesh: np.ndarray) -> tuple[float, float, float, float]:
    """Bounding box of the face mesh (468, 3): stands in for the published MTCNN box."""
    return (*mesh[:, :2].min(0), *mesh[:, :2].max(0))


def align_face(image: np.ndarray, detector: MeshDetector | None = None) -> AlignedFace:
    """(H, W, 3) uint8 RGB photo → AlignedFace. Raises InputError where no face is found."""
    detector = detector or MeshDetector()
    meshes = detector(image)
    if not meshes:
        raise InputError("no face found in the photo; use a photo in which one face is seen from the front")
    largest = max(meshes, key=lambda mesh: np.prod(np.ptp(mesh[:, :2], axis=0)))
    crop = crop_square(image, mesh_box(largest))
    again = detector(crop)
    if not again:
        raise InputError("the face was lost after cropping; use a larger or a more frontal photo")
    mesh = max(again, key=lambda mesh: np.prod(np.ptp(mesh[:, :2], axis=0)))
    return AlignedFace(crop, mesh[MESH_TO_68].astype(np.float32), detector.name)
