"""Frames to draw: a photo with its landmarks, and the landmarks that it is to take on."""

import argparse
from typing import Any

import numpy as np

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.align import CROP_SIZE

from .base_dataset import BaseDataset
from .layout import Layout, open_image, paths_of, read_landmarks, stem_of
from .transforms import choose_transform

SIZE = 256  # px that the generator works at
LAYOUT = Layout()


class PortraitTestDataset(BaseDataset):
    """Item i: photo i of list A and landmarks i of list B (drawn at random without `--serial_batches`).

    Target landmarks are in px of a picture as large as the photo's file. The lists are sorted, and the
    shorter one is repeated.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options)
        self.photos, self.targets = (
            paths_of(options.dataroot, options.phase, domain, options.max_dataset_size) for domain in "AB"
        )

    def __len__(self) -> int:
        return max(len(self.photos), len(self.targets))

    def __getitem__(self, index: int) -> dict[str, Any]:
        """photo (256, 256, 3) uint8, or all of an aligned crop (512, 512, 3); landmarks and target (68, 2) px
        of 256²; window of the target's face (left, right, top, bottom) px; name of the frame; photo_key,
        equal for equal photos."""
        photo_path = self.photos[index % len(self.photos)]
        random = self.generator(index)
        serial = self.options.serial_batches
        target_path = self.targets[
            index % len(self.targets) if serial else random.integers(len(self.targets))
        ]
        photo = open_image(photo_path)
        own, other = (choose_transform(self.options, photo.size, random) for _ in range(2))
        image = own.image(photo)
        if image.size != (SIZE, SIZE):
            raise InputError(
                f"{photo_path} becomes {image.width}x{image.height} px; the generator works at {SIZE}: "
                f"use --load_size {SIZE} --crop_size {SIZE} --preprocess resize_and_crop"
            )
        if photo.size == (CROP_SIZE, CROP_SIZE) and own.size == image.size:
            image = photo  # made smaller by each stage itself: matte and static drawing see all of its pixels
        return {
            "photo": np.asarray(image),
            "landmarks": own.landmarks(read_landmarks(LAYOUT.landmarks(photo_path)), photo.size),
            "target": other.landmarks(read_landmarks(LAYOUT.landmarks(target_path)), photo.size),
            "window": other.window(),
            "name": f"{stem_of(photo_path)}->{stem_of(target_path)}",
            "photo_key": (photo_path, own),
        }
