"""Find the faces of a photo, large or small: a detector proposes boxes, the face mesh confirms them.

Both models ship in the mediapipe wheel; nothing is downloaded.
"""

import threading
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np

from ..native import mediapipe, silenced
from .check import LEAST, likeness

#: Boxes are (x1, y1, x2, y2) in px.
Box = tuple[float, float, float, float]

_DETECTOR_SIDE = 384  # the detector itself sees 192²
_MESH_SIDE = 512
# Tiles are halved down to this side: the detector finds faces wider than a tenth of it.
_SMALL_TILE = 640
_MARGIN = 0.25
# Run once at the start: the graph is set up in another thread, which logs until the first result is there.
_BLANK = np.zeros((16, 16, 3), np.uint8)


class MeshDetector:
    """MediaPipe face mesh: (H, W, 3) uint8 RGB → list of (468, 3) float32 px, z on the scale of x."""

    name = "mediapipe"

    def __init__(self, max_faces: int = 8, static: bool = True) -> None:
        with silenced():
            self._mesh = mediapipe().solutions.face_mesh.FaceMesh(
                static_image_mode=static, max_num_faces=max_faces, min_detection_confidence=0.3
            )
        _run(self._mesh, _BLANK)

    def __call__(self, image: np.ndarray) -> list[np.ndarray]:
        found = _run(self._mesh, image).multi_face_landmarks or []
        height, width = image.shape[:2]
        scale = np.array([width, height, width], np.float32)
        return [
            np.array([(p.x, p.y, p.z) for p in face.landmark], np.float32)[:468] * scale for face in found
        ]


class BoxDetector:
    """MediaPipe's full-range face detector: (H, W, 3) uint8 RGB → list of boxes, px.

    Finds faces wider than about a tenth of the picture.
    """

    def __init__(self) -> None:
        with silenced():
            self._detector = mediapipe().solutions.face_detection.FaceDetection(
                model_selection=1, min_detection_confidence=0.4
            )
        _run(self._detector, _BLANK)

    def __call__(self, image: np.ndarray) -> list[Box]:
        found = _run(self._detector, image).detections or []
        height, width = image.shape[:2]
        boxes = [detection.location_data.relative_bounding_box for detection in found]
        return [
            (b.xmin * width, b.ymin * height, (b.xmin + b.width) * width, (b.ymin + b.height) * height)
            for b in boxes
        ]


_own = threading.local()


def detectors() -> tuple[MeshDetector, BoxDetector]:
    """This thread's detectors for photos, made once: MediaPipe keeps the memory of every one that is made."""
    if not hasattr(_own, "detectors"):
        _own.detectors = MeshDetector(), BoxDetector()
    return _own.detectors


def _run(graph: Any, image: np.ndarray) -> Any:
    with silenced():
        return graph.process(np.ascontiguousarray(image))


def mesh_box(mesh: np.ndarray) -> Box:
    """Bounding box of a face mesh (468, 3)."""
    (x1, y1), (x2, y2) = mesh[:, :2].min(0), mesh[:, :2].max(0)
    return float(x1), float(y1), float(x2), float(y2)


def face_size(mesh: np.ndarray) -> float:
    """The smaller side of the bounding box of a mesh, px."""
    return float(np.ptp(mesh[:, :2], axis=0).min())


def find_faces(image: np.ndarray, at_least: int = 1) -> list[np.ndarray]:
    """The faces of a (H, W, 3) uint8 RGB photo as meshes (468, 3) px, the largest first; [] where none is.

    The whole photo is searched, then tiles of half the side and so on, until `at_least` faces are found, and
    one level more: faces of about half the size count as other faces of the photo, those of a crowd behind do
    not. A mesh counts where what lies under it looks like an upright face, see `check`.
    """
    meshes, boxes = detectors()
    found = _checked(image, framed_faces(image, meshes))
    enough = False
    for side in _tile_sides(image):
        if enough:
            break
        enough = len(found) >= at_least
        for tile, x, y in _tiles(image, side):
            for box in _scaled_boxes(boxes, tile, x, y):
                if not any(_overlap(mesh_box(mesh), box) > 0.3 for mesh in found):
                    _add(found, _checked(image, mesh_in_box(image, box, meshes)))
    return sorted(found, key=face_size, reverse=True)


def _checked(image: np.ndarray, meshes: list[np.ndarray]) -> list[np.ndarray]:
    return [mesh for mesh in meshes if likeness(image, mesh) >= LEAST]


def mesh_in_box(image: np.ndarray, box: Box, detector: MeshDetector) -> list[np.ndarray]:
    """The mesh of the face in a box, found on a square around it of twice its size; at most one, photo px."""
    side = max(8, round(2 * max(box[2] - box[0], box[3] - box[1])))
    x, y = round((box[0] + box[2] - side) / 2), round((box[1] + box[3] - side) / 2)
    # The square can stand half outside of the photo: the border is repeated there.
    rows = np.clip(np.arange(y, y + side), 0, image.shape[0] - 1)
    columns = np.clip(np.arange(x, x + side), 0, image.shape[1] - 1)
    view = _resized(image[rows[:, None], columns], _MESH_SIDE)
    meshes = [mesh * (side / _MESH_SIDE) + np.array([x, y, 0], np.float32) for mesh in detector(view)]
    return [mesh for mesh in meshes if _overlap(mesh_box(mesh), box) > 0.3][:1]


def framed_faces(image: np.ndarray, detector: MeshDetector) -> list[np.ndarray]:
    """Faces that fill a (H, W, 3) uint8 RGB picture: searched enlarged, with a border; meshes (468, 3) px."""
    small = _resized(image, _MESH_SIDE)
    border = round(_MARGIN * _MESH_SIDE)
    framed = cv2.copyMakeBorder(small, border, border, border, border, cv2.BORDER_REPLICATE)
    ratio = max(image.shape[:2]) / _MESH_SIDE
    return [(mesh - np.array([border, border, 0], np.float32)) * ratio for mesh in detector(framed)]  # type: ignore[misc]


def _tile_sides(image: np.ndarray) -> Iterator[int]:
    """Sides of the square tiles from level to level: the whole photo first, then half of it and so on."""
    side = max(image.shape[:2])
    yield side
    while side > _SMALL_TILE:
        side //= 2
        yield side


def _tiles(image: np.ndarray, side: int) -> Iterator[tuple[np.ndarray, int, int]]:
    """(tile, x, y): tiles that overlap by half and cover the photo."""
    for y in _starts(image.shape[0], side):
        for x in _starts(image.shape[1], side):
            yield image[y : y + side, x : x + side], x, y


def _starts(length: int, side: int) -> list[int]:
    count = max(1, -(-2 * (length - side) // side) + 1)
    return [round(i * (length - side) / (count - 1)) for i in range(count)] if count > 1 else [0]


def _scaled_boxes(detector: BoxDetector, tile: np.ndarray, x: int, y: int) -> list[Box]:
    small = _resized(tile, _DETECTOR_SIDE)
    ratio = max(tile.shape[:2]) / max(small.shape[:2])
    return [(b[0] * ratio + x, b[1] * ratio + y, b[2] * ratio + x, b[3] * ratio + y) for b in detector(small)]


def _resized(image: np.ndarray, side: int) -> np.ndarray:
    scale = side / max(image.shape[:2])
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)


def _add(found: list[np.ndarray], meshes: list[np.ndarray]) -> None:
    for mesh in meshes:
        if not any(_overlap(mesh_box(mesh), mesh_box(other)) > 0.3 for other in found):
            found.append(mesh)


def _overlap(a: Box, b: Box) -> float:
    """Intersection over the smaller of two boxes."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return width * height / min(areas)
