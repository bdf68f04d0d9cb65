"""Pairs of one face in two poses and expressions, from its dense mesh, with the true flow between them."""

import argparse
from pathlib import Path

import numpy as np
import torch
from scipy.spatial.transform import Rotation
from torch import Tensor

from module1_audio2lmk.foundation.data_files import Expected, read_array
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.align import CROP_SIZE
from module1_audio2lmk.foundation.face.geometry import MESH_TO_68, RIGID_MESH, SMALLEST_FACE
from module1_audio2lmk.foundation.face.pose import apply_pose, umeyama

from ..networks import FLOW_NETWORKS
from ..options.flags import Flag
from .base_dataset import BaseDataset
from .clips import talking_clips
from .face_mesh import backward_flow
from .layout import Layout, paths_of


class MeshFlowDataset(BaseDataset):
    """Meshes of the photos of list PHASEA; expressions are changes within talking clips, if there are any.

    An item holds source, target (68, 2) px of the network's frame; flow (2, G, G) px as x, y, from target to
    source, at the nodes of its grid; visibility (G, G): 0 visible, 1 invisible, 2 background.
    """

    FLAGS = (
        Flag("max_turn", 25.0, "degrees of a head turn; half of it for nod and tilt"),
        Flag("max_shift", 12.0, "px of 224² of a head motion"),
        Flag("clip_share", 0.0, "share of pairs that are two frames of a clip"),
    )

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options)
        layout = Layout()
        photos = paths_of(options.dataroot, options.phase, "A", options.max_dataset_size)
        self.photos = [Path(photo) for photo in photos if layout.mesh(photo).is_file()]
        self.meshes = [layout.mesh(photo) for photo in self.photos]
        if not self.meshes:
            raise InputError(
                f"no face meshes as {layout.mesh(photos[0])}; make them with scripts/prepare_portraits.py"
            )
        clips = talking_clips(options.dataroot, options.phase)
        found = [[p for p in map(layout.mesh, clip) if p.is_file()] for clip in clips]
        self.clips = [clip for clip in found if len(clip) > 1]
        network = FLOW_NETWORKS[options.netF]
        self.frame, self.grid = network.frame, network.grid

    def __len__(self) -> int:
        return len(self.meshes)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        random = self.generator(index)
        source, target = (self._posed(mesh, random) for mesh in self._faces(index, random))
        to_grid = (self.grid - 1) / (self.frame - 1)
        flow, visibility = backward_flow(source * to_grid, target * to_grid, self.grid)
        return {
            "source": torch.from_numpy(source[MESH_TO_68, :2].astype(np.float32)),
            "target": torch.from_numpy(target[MESH_TO_68, :2].astype(np.float32)),
            "flow": torch.from_numpy(flow) / to_grid,
            "visibility": torch.from_numpy(visibility),
        }

    def _faces(self, index: int, random: np.random.Generator) -> list[np.ndarray]:
        """Two meshes of one person, (468, 3) px of the frame: expressions of a photo, or frames of a clip."""
        if self.clips and random.random() < self.options.clip_share:
            clip = self.clips[int(random.integers(len(self.clips)))]
            to_frame = np.float32(self.frame / CROP_SIZE)
            return [read_mesh(clip[int(i)]) * to_frame for i in random.integers(len(clip), size=2)]
        mesh = self.mesh(index)
        return [mesh + self._expression(mesh, random) for _ in range(2)]

    def mesh(self, index: int) -> np.ndarray:
        """The mesh of a photo, (468, 3) px of the frame."""
        return read_mesh(self.meshes[index]) * np.float32(self.frame / CROP_SIZE)

    def _expression(self, mesh: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """A change of expression (468, 3) px, from two frames of a clip, carried over to the mesh."""
        if not self.clips:
            return np.zeros_like(mesh)
        clip = self.clips[int(random.integers(len(self.clips)))]
        before, after = (read_mesh(clip[int(i)]) for i in random.integers(len(clip), size=2))
        # Both brought to the mesh's own place and size, so that only the expression is left between them.
        carried = [_registered(face, mesh) for face in (before, after)]
        return (carried[1] - carried[0]) * random.uniform(0.5, 1.5)

    def _posed(self, mesh: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Turned, scaled and moved at random; a little as often as much."""
        turn = self.options.max_turn * random.uniform()
        angles = random.uniform(-1, 1, 3) * (turn / 2, turn, turn / 2)  # nod, turn, tilt
        shift = np.append(random.uniform(-1, 1, 2) * self.options.max_shift * self.frame / 224, 0)
        return posed(mesh, angles, random.uniform(0.9, 1.1)) + shift


def posed(mesh: np.ndarray, angles: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """A mesh (468, 3) nodded, turned and tilted by angles (3,) in degrees around its middle, and scaled."""
    centre = mesh.mean(0)
    rotation = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    return (mesh - centre) @ rotation.T * scale + centre


_MESH = Expected((468, 3), "f", 5120, spread=SMALLEST_FACE)


def read_mesh(path: Path) -> np.ndarray:
    """(468, 3) float32 px of a 512² crop. Raises InputError where the file holds something else."""
    return read_array(path, _MESH, "mesh of 468 points", "make it again").astype(np.float32)


def _registered(face: np.ndarray, to: np.ndarray) -> np.ndarray:
    """A mesh moved, turned and scaled to lie on another, by the points that no expression moves."""
    rigid = list(RIGID_MESH)
    return apply_pose(face, umeyama(face[None, rigid], to[rigid]))[0].astype(np.float32)
