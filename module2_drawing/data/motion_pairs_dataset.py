"""Supervised pairs: photos moved by the motion of talking clips, and pairs of frames of those clips."""

import argparse

import cv2
import numpy as np
import torch
from PIL import Image
from torch import Tensor

from module1_audio2lmk.foundation.face.geometry import mouth_opening

from ..options.flags import Flag
from ..rendering.mouth import mouth_overlay
from .augmentation import augment_photo
from .base_dataset import BaseDataset
from .clip_poses import ClipPoses
from .clips import talking_clips
from .layout import Layout, open_image, paths_of, read_landmarks
from .masks import moving_region
from .pair_sampling import TRIED, far_frame, without_mouth
from .transforms import Transform, choose_transform

AT_REST = 0.12  # share of photos that are drawn as they are

Item = dict[str, Tensor]


class MotionPairsDataset(BaseDataset):
    """Photos of the lists PHASEA and clips of the lists PHASEPairs; S is the crop size, C the channels.

    An item holds photo (3, S, S) in [−1, 1], matte (1, S, S) in [0, 1], static (C, S, S), landmarks and
    target (68, 2) px; what the static drawing, moved to the target, is overlaid with: truth (C, S, S) with
    opacity truth_region (1, S, S); and importance (1, S, S), at least 1, higher at lips and eyes.

    A photo's target is its own pose plus a change of expression of a clip and a small head motion; a mouth
    that opens gets a dark inside with teeth over it. A clip's target is another of its frames, the most
    different one of a few, whose true lips and eyes are the overlay.
    """

    FLAGS = (
        Flag("pair_probability", 0.45, "share of true pairs of clips"),
        Flag("moving_importance", 2.0, "extra weight of lips and eyes"),
        Flag("inside_importance", 6.0, "extra weight of an opening mouth's inside"),
        Flag("hidden_mouths", 0.0, "share of true pairs whose photo does not show its mouth"),
    )

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options)
        self.layout = Layout(options.style)
        self.mode = "L" if options.output_nc == 1 else "RGB"
        self.photos = paths_of(options.dataroot, options.phase, "A", options.max_dataset_size)
        self.clips = talking_clips(options.dataroot, options.phase, self.layout)
        self.poses = ClipPoses(self.clips, self.layout)

    def __len__(self) -> int:
        return len(self.photos)

    def __getitem__(self, index: int) -> Item:
        random = self.generator(index)
        if random.random() < self.options.pair_probability:
            item = self._clip_pair(random)
        else:
            item = self._moved_photo(self.photos[index], random)
        item["photo"] = augment_photo(item["photo"], random)
        item |= self._inside(item)
        return item

    def _inside(self, item: Item) -> Item:
        """The inside of a mouth that opens, laid over the truth; and what is important."""
        size, target = self.options.crop_size, item["target"].numpy()
        near = cv2.GaussianBlur(moving_region(target, size), (0, 0), 2)
        importance = 1 + self.options.moving_importance * torch.from_numpy(near)[None]
        overlay = mouth_overlay(float(mouth_opening(item["landmarks"])), target, size, len(item["truth"]))
        mouth, opacity = (torch.tensor(x).float() for x in overlay)
        if not opacity.any():
            return {"importance": importance}
        found = {"importance": importance + self.options.inside_importance * opacity}
        if item["truth_region"].any():
            return found  # a clip's mouth is known
        return found | {"truth": mouth, "truth_region": opacity}

    def _moved_photo(self, path: str, random: np.random.Generator) -> Item:
        size, channels = self.options.crop_size, self.options.output_nc
        item, _ = self._photo(path, random)
        item["target"] = item["landmarks"]
        if random.random() >= AT_REST:
            item["target"] = torch.from_numpy(self.poses(item["landmarks"].numpy(), random)[0])
        return item | {"truth": torch.zeros(channels, size, size), "truth_region": torch.zeros(1, size, size)}

    def _clip_pair(self, random: np.random.Generator) -> Item:
        number = int(random.integers(len(self.clips)))
        clip, motion = self.clips[number], self.poses.motions[number]
        first, *others = (int(i) for i in random.integers(len(clip), size=1 + TRIED))
        second = others[far_frame(motion[first], [motion[i] for i in others])]
        item, transform = self._photo(clip[first], random)
        image = open_image(clip[second])
        item["target"] = transform.landmarks(motion[second], image.size)
        item["truth"] = self._static(clip[second], transform)
        region = moving_region(item["target"].numpy(), self.options.crop_size)
        item["truth_region"] = torch.from_numpy(cv2.GaussianBlur(region, (0, 0), 2))[None]
        if random.random() < self.options.hidden_mouths:
            item |= {name: without_mouth(item[name], item["landmarks"]) for name in ("photo", "static")}
        return item

    def _photo(self, path: str, random: np.random.Generator) -> tuple[Item, Transform]:
        image = open_image(path)
        transform = choose_transform(self.options, image.size, random)
        landmarks = transform.landmarks(read_landmarks(self.layout.landmarks(path)), image.size)
        item = {
            "photo": transform.tensor(image),
            "landmarks": landmarks,
            "static": self._static(path, transform),
            "matte": transform.mask(open_image(self.layout.matte(path), "L")),
        }
        return item, transform

    def _static(self, path: str, transform: Transform) -> Tensor:
        image: Image.Image = open_image(self.layout.static(path), self.mode)
        return transform.tensor(image)
