"""Face search: the faces of a photo, large or small; a detector proposes, the face mesh confirms."""

from collections.abc import Iterator
from functools import cache

import cv2
import numpy as np

from .blazeface import FaceDetector
from .check import LEAST, face_odds
from .face_mesh import FaceMesh

#: Boxes are (x1, y1, x2, y2) in px.
Box = tuple[float, float, float, float]

_DETECTOR_SIDE = 384  # the detector itself sees 192²
_MESH_SIDE = 512
# Tiles are halved down to this side: the detector finds faces wider than a tenth of it.
_SMALL_TILE = 640
_MARGIN = 0.25
_DETECTED = 0.6  # probability from which a box of the detector is looked into


@cache
def detectors() -> tuple[FaceMesh, FaceDetector]:
    """The detectors of photos, made once."""
    return FaceMesh(), FaceDetector(far=True, least=_DETECTED)


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
    return [mesh for mesh in meshes if face_odds(image, mesh) >= LEAST]


def mesh_in_box(image: np.ndarray, box: Box, detector: FaceMesh) -> list[np.ndarray]:
    """The mesh of the face in a box, found on a square around it of twice its size; at most one, photo px."""
    side = max(8, round(2 * max(box[2] - box[0], box[3] - box[1])))
    x, y = round((box[0] + box[2] - side) / 2), round((box[1] + box[3] - side) / 2)
    # The square can stand half outside of the photo: the border is repeated there.
    rows = np.clip(np.arange(y, y + side), 0, image.shape[0] - 1)
    columns = np.clip(np.arange(x, x + side), 0, image.shape[1] - 1)
    view = _resized(image[rows[:, None], columns], _MESH_SIDE)
    meshes = [mesh * (side / _MESH_SIDE) + np.array([x, y, 0], np.float32) for mesh in detector(view)]
    return [mesh for mesh in meshes if _overlap(mesh_box(mesh), box) > 0.3][:1]


def framed_faces(image: np.ndarray, detector: FaceMesh) -> list[np.ndarray]:
    """Faces that fill a (H, W, 3) uint8 RGB picture: searched enlarged, with a border; meshes (468, 3) px."""
    small = _resized(image, _MESH_SIDE)
    border = round(_MARGIN * _MESH_SIDE)
    framed = cv2.copyMakeBorder(small, border, border, border, border, cv2.BORDER_REPLICATE)
    ratio = max(image.shape[:2]) / _MESH_SIDE
    corner = np.array([border, border, 0], np.float32)
    return [np.multiply(mesh - corner, ratio) for mesh in detector(framed)]


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


def _scaled_boxes(detector: FaceDetector, tile: np.ndarray, x: int, y: int) -> list[Box]:
    small = _resized(tile, _DETECTOR_SIDE)
    ratio = max(tile.shape[:2]) / max(small.shape[:2])
    boxes = (face.box for face in detector(small))
    return [(b[0] * ratio + x, b[1] * ratio + y, b[2] * ratio + x, b[3] * ratio + y) for b in boxes]


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


def mesh_on_crop(crop: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """The mesh (468, 3) px found anew on a crop (S, S, 3), the one that lies where it is expected.

    Where the detector does not find it a second time, the mesh found in the photo stands.
    """

    def distance(mesh: np.ndarray) -> float:
        return float(np.abs(mesh[:, :2] - expected[:, :2]).mean())

    nearest = min(detectors()[0](crop), key=distance, default=expected)
    return nearest if distance(nearest) < face_size(expected) / 10 else expected
