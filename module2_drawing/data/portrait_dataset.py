"""Training items of the portrait model: a photo, two neighbouring poses, real drawings, drawn clips."""

import argparse
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.geometry import LIPS

from ..options.flags import Flag
from .augmentation import augment_photo
from .base_dataset import BaseDataset
from .clip_poses import ClipPoses, mouth_insides
from .clips import drawn_clips, neighbours, talking_clips
from .layout import PARTS, Layout, open_image, paths_of, read_landmarks, read_window
from .masks import part_mask
from .pair_sampling import TRIED, far_frame
from .transforms import FACE_WINDOW, Transform, Window, choose_transform

LARGEST_FREE_OFFSET = 3.0  # px; above it the second pose is the first one shifted as a whole

Item = dict[str, Any]


class PortraitDataset(BaseDataset):
    """Photos with the poses of other portraits, mixed with true pairs from talking clips where there are any.

    S is the crop size, C the drawing's channels. An item holds

    - photo (3, S, S) in [−1, 1], landmarks (68, 2) px, window (left, right, top, bottom) px of the face;
      matte (1, S, S) in [0, 1] and static drawing (C, S, S), where such files lie beside the first photo;
    - target1, target2 (68, 2) px, two poses of neighbouring frames, target_window1, target_window2, and
      target_masks1, target_masks2 (3, S, S) in [0, 1]: nose, eyes, lips;
    - truth1, truth2 (C, S, S): the drawings in these poses where has_truth is 1, else zeros;
    - inside1, inside2 (C, S, S) and inside_opacity1, inside_opacity2 (1, S, S), with `--truth moved`: what an
      opened mouth shows;
    - real (C, S, S), a drawing, and real_masks (3, S, S);
    - with `--coherent`: clip1, clip2, neighbouring frames of a clip, other1, other2, frames of any clips, or
      of one that are no neighbours.
    """

    FLAGS = (
        Flag("pair_probability", 0.5, "share of true pairs, where there are any"),
        Flag("augment_photos", False, "change light, colour and sharpness of the photos"),
        Flag(
            "hard_negatives", 0.0, "share of the coherence discriminator's foreign pairs that are of one clip"
        ),
    )

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options)
        self.layout = Layout(options.style)
        self.mode = "L" if options.output_nc == 1 else "RGB"
        data = options.dataroot, options.phase
        self.photos = paths_of(*data, "A", options.max_dataset_size)
        self.drawings = paths_of(*data, "B", options.max_dataset_size, options.style)
        self.clips = drawn_clips(self.drawings)
        self.pairs = talking_clips(options.dataroot, options.phase, self.layout)
        self.poses = ClipPoses(self.pairs, self.layout) if options.clip_poses > 0 else None
        self.has_static = self.layout.static(self.photos[0]).is_file()
        self.has_matte = self.layout.matte(self.photos[0]).is_file()
        if not self.clips and (options.coherent or options.select_target12_thre > 0):
            raise InputError(
                f"no drawn clips beside {self.drawings[0]}; make some with scripts/prepare_clip.py, or train "
                "with --coherent 0 --select_target12_thre 0"
            )

    def __len__(self) -> int:
        return max(len(self.photos), len(self.drawings))

    def __getitem__(self, index: int) -> Item:
        random = self.generator(index)
        options = self.options
        chosen = index % len(self.drawings) if options.serial_batches else random.integers(len(self.drawings))
        real_path = self.drawings[int(chosen)]
        size = open_image(real_path).size
        real = self._drawing(real_path, choose_transform(options, size, random))
        item = {"real": real["drawing"], "real_masks": real["masks"]}
        frames = self._clip_frames(random) if self.clips else None
        if self.pairs and random.random() < options.pair_probability:
            item |= self._true_pair(random)
        else:
            photo, pose, _ = self._photo(self.photos[index % len(self.photos)], random)
            item |= photo | self._targets(pose, real, frames, random)
            empty = torch.zeros_like(real["drawing"])
            item |= {"truth1": empty, "truth2": empty.clone(), "has_truth": torch.tensor(0.0)}
        if options.truth == "moved":
            item |= mouth_insides(item, options.crop_size, len(real["drawing"]))
        if options.augment_photos:
            item["photo"] = augment_photo(item["photo"], random)
        if options.coherent and frames:
            item |= {f"clip{k}": frame["drawing"] for k, frame in enumerate(frames, 1)}
            hard = random.random() < options.hard_negatives
            others = self._far_frames(random) if hard else [self._any_frame(random) for _ in range(2)]
            item |= {f"other{k}": frame for k, frame in enumerate(others, 1)}
        return item

    def _photo(
        self, path: str, random: np.random.Generator, transform: Transform | None = None
    ) -> tuple[Item, Item, Transform]:
        """What an item holds of a photo, its pose, and its transform."""
        image = open_image(path)
        transform = transform or choose_transform(self.options, image.size, random)
        pose = self._pose(path, transform, image.size, self._face())
        item = {name: pose[name] for name in ("landmarks", "window")} | {"photo": transform.tensor(image)}
        if self.has_static:
            item["static"] = transform.tensor(open_image(self.layout.static(path), self.mode))
        if self.has_matte:
            item["matte"] = transform.mask(open_image(self.layout.matte(path), "L"))
        return item, pose, transform

    def _drawing(self, path: str, transform: Transform, window: Window | None = None) -> Item:
        image = open_image(path, self.mode)
        pose = self._pose(path, transform, image.size, window or self._face())
        return pose | {"drawing": transform.tensor(image)}

    def _pose(self, path: str, transform: Transform, size: tuple[int, int], window: Window) -> Item:
        """Landmarks, masks and face window of a photo or a drawing of this size, px."""
        points = read_landmarks(self.layout.landmarks(path))
        return {
            "landmarks": transform.landmarks(points, size),
            "masks": self._masks(path, transform, points, size),
            "window": transform.window(window),
        }

    def _clip_frames(self, random: np.random.Generator) -> tuple[Item, Item]:
        """Two neighbouring frames of a clip under one transform that keeps both faces inside."""
        paths = neighbours(self.clips[int(random.integers(len(self.clips)))], random)
        windows = [self._window(path) for path in paths]
        (left, top), (right, bottom) = np.min(windows, 0)[:2], np.max(windows, 0)[2:]
        union = float(left), float(top), float(right), float(bottom)
        transform = choose_transform(self.options, open_image(paths[0]).size, random, union)
        first, second = (self._drawing(p, transform, w) for p, w in zip(paths, windows, strict=True))
        return first, second

    def _window(self, path: str) -> Window:
        """Face window of a clip's frame as fractions left, top, right, bottom."""
        file = self.layout.window(path)
        if not file.is_file():
            return FACE_WINDOW
        width, height = open_image(path).size
        left, right, top, bottom = read_window(file)
        return left / width, top / height, right / width, bottom / height

    def _any_frame(self, random: np.random.Generator) -> Tensor:
        clip = self.clips[int(random.integers(len(self.clips)))]
        image = open_image(clip[int(random.integers(len(clip)))], self.mode)
        return choose_transform(self.options, image.size, random).tensor(image)

    def _far_frames(self, random: np.random.Generator) -> list[Tensor]:
        """Two frames of a clip that differ much, under one transform: of one person, but no neighbours."""
        clip = self.clips[int(random.integers(len(self.clips)))]
        first, *others = (clip[int(i)] for i in random.integers(len(clip), size=1 + TRIED))
        images = [open_image(path, self.mode) for path in (first, self._farthest(first, others))]
        transform = choose_transform(self.options, images[0].size, random)
        return [transform.tensor(image) for image in images]

    def _farthest(self, first: str, others: list[str]) -> str:
        """Of some frames of a clip the one whose face differs most from the first."""
        marks = [read_landmarks(self.layout.landmarks(path)) for path in (first, *others)]
        return others[far_frame(marks[0], marks[1:])]

    def _targets(
        self, own: Item, real: Item, frames: tuple[Item, Item] | None, random: np.random.Generator
    ) -> Item:
        """Two poses: of a clip's frames, or another portrait's or the photo's own pose and a motion of it."""
        if self.poses is not None and random.random() < self.options.clip_poses:
            return self._clip_poses(self.poses, own, random)
        choice = random.random()
        if frames and choice <= self.options.select_target12_thre:
            return _poses(*frames)
        pose = real if choice <= self.options.select_noniden_thre else own
        return _poses(pose, neighbouring_pose(pose, self.options.max_offset, random))

    def _clip_poses(self, poses: ClipPoses, own: Item, random: np.random.Generator) -> Item:
        """The photo's own pose with the expressions of two neighbouring frames of a clip."""
        size, found = self.options.crop_size, []
        for target in poses(own["landmarks"].numpy(), random):
            masks = np.stack([part_mask(target, part, (size, size)) for part in PARTS])
            marks = {"landmarks": torch.from_numpy(target), "masks": torch.from_numpy(masks).float() / 255}
            found.append(own | marks)
        return _poses(*found)

    def _true_pair(self, random: np.random.Generator) -> Item:
        """Two neighbouring frames of a talking clip as targets and truth, one unlike them as the photo."""
        clip = self.pairs[int(random.integers(len(self.pairs)))]
        targets = neighbours(clip, random)
        tried = [clip[int(i)] for i in random.integers(len(clip), size=TRIED)]
        source, _, transform = self._photo(self._farthest(targets[0], tried), random)
        pair = [self._photo(path, random, transform) for path in targets]
        (first, first_pose, _), (second, second_pose, _) = pair
        if "static" not in first:
            raise InputError(
                f"no drawings of the clip {clip[0]}; make them with scripts/prepare_clip.py --pairs"
            )
        truths = {"truth1": first["static"], "truth2": second["static"], "has_truth": torch.tensor(1.0)}
        return source | _poses(first_pose, second_pose) | truths

    def _masks(self, path: str, transform: Transform, points: np.ndarray, size: tuple[int, int]) -> Tensor:
        """(3, S, S) from the mask files, or where there is none from the landmarks."""
        masks = []
        for part in PARTS:
            file = self.layout.mask(path, part)
            drawn = (
                open_image(file, "L") if file.is_file() else Image.fromarray(part_mask(points, part, size))
            )
            masks.append(transform.mask(drawn))
        return torch.cat(masks)

    def _face(self) -> Window:
        left, top, side = self.options.rx, self.options.ry, self.options.rs
        return left, top, left + side, top + side


def neighbouring_pose(pose: Item, max_offset: float, random: np.random.Generator) -> Item:
    """A neighbouring pose: every landmark by up to `max_offset` px in x and y, the lips together.

    Above 3 px everything, masks included, moves together.
    """
    together = max_offset > LARGEST_FREE_OFFSET
    offset = random.uniform(0, max_offset, (1 if together else 68, 2)).astype(np.float32)
    if together:
        x, y = (round(float(v)) for v in offset[0])
        masks = torch.roll(pose["masks"], (y, x), (1, 2))
        masks[:, :y], masks[:, :, :x] = 0, 0
    else:
        offset[list(LIPS)] = random.uniform(0, max_offset, (1, 2))
        masks = pose["masks"].clone()
    return {**pose, "landmarks": pose["landmarks"] + torch.from_numpy(offset), "masks": masks}


def _poses(first: Item, second: Item) -> Item:
    item: Item = {}
    for k, pose in ((1, first), (2, second)):
        item |= {
            f"target{k}": pose["landmarks"],
            f"target_masks{k}": pose["masks"],
            f"target_window{k}": pose["window"],
        }
    return item
