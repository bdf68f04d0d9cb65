"""Face mesh: MediaPipe's 468 points on the surface of a face (Kartynnik et al. 2019) by ONNX Runtime."""

import math

import numpy as np

from ..backends.graphs import shipped
from .blazeface import FaceDetector, Region

_SIDE = 192  # px of the network's picture
_WIDER = 1.5  # side of a face's region as a multiple of its box
_SAME = 0.5  # overlap from which two regions are of one face
_LEVEL = 33, 263  # outer corners of the eyes, which lie level in a region
_DETECTED, _PRESENT = 0.3, 0.5  # probabilities from which a box is tried, and a mesh is that of a face
#: How often a face just found is looked at before it is followed. Its mesh in the detector's region differs
#: from that in a mesh's by 2.2 % of the face's width, and the mouth opens in the second frame; after three
#: looks it is 0.2 %.
_LOOKS = 3


class FaceMesh:
    """(H, W, 3) uint8 RGB → meshes (468, 3) float32 px of its faces, z on the scale of x, small = near.

    follows: pictures are those of a film, and a face is looked for where it was in the one before; faces are
    detected when fewer than `max_faces` are known. attention: the network that sees lips and lids better, and
    jitters more.
    """

    def __init__(self, max_faces: int = 8, follows: bool = False, attention: bool = False) -> None:
        self._detect = FaceDetector(far=False, least=_DETECTED)
        self._run = shipped("face_mesh_attention" if attention else "face_mesh")
        self._most, self._follows = max_faces, follows
        self._known: list[Region] = []

    def __call__(self, image: np.ndarray) -> list[np.ndarray]:
        regions: list[Region] = []
        if len(self._known) < self._most:
            found = self._detect(image)[: self._most]
            regions = [_region(face.box.reshape(2, 2), *face.points[:2]) for face in found]
            if self._follows:
                regions = [self._settled(image, region) for region in regions]
        meshes = [
            mesh
            for region in _of_different_faces([*regions, *self._known])
            for mesh in self._mesh(image, region)
        ]
        if self._follows:
            self._known = [_region(mesh[:, :2], *mesh[_LEVEL, :2]) for mesh in meshes]
        return meshes

    def _settled(self, image: np.ndarray, region: Region) -> Region:
        """A detected region → the one that a face which does not move is followed in."""
        for _ in range(_LOOKS):
            if not (meshes := self._mesh(image, region)):
                break  # no face: no reason to look again
            region = _region(meshes[0][:, :2], *meshes[0][_LEVEL, :2])
        return region

    def _mesh(self, image: np.ndarray, region: Region) -> list[np.ndarray]:
        """The mesh in a region, none where there is no face."""
        picture = region.cut(image, _SIDE)
        points, odds = self._run({"picture": picture[None] / np.float32(255)})
        if odds.item() <= math.log(_PRESENT / (1 - _PRESENT)):
            return []
        return [region.place(points.reshape(468, 3) / np.float32(_SIDE)).astype(np.float32)]


def _region(points: np.ndarray, left: np.ndarray, right: np.ndarray) -> Region:
    """The region of a face with points (N, 2) px whose eyes are left and right, (2,) px."""
    low, high = points.min(axis=0), points.max(axis=0)
    x, y = (low + high) / 2
    across, down = right - left
    return Region(float(x), float(y), float(_WIDER * (high - low).max()), math.atan2(down, across))


def _of_different_faces(regions: list[Region]) -> list[Region]:
    """Regions of different faces; of several that are of one the last stays."""
    kept: list[Region] = []
    for region in regions:
        kept = [*(other for other in kept if region.overlap(other) <= _SAME), region]
    return kept
