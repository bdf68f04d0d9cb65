"""Single portraits for the helper networks: photo, matte, drawings, landmarks and who it is."""

import argparse
from typing import Any

import numpy as np
import torch
from torch import Tensor

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.retarget import carried, most_alike

from ..options.flags import Flag
from ..rendering.underlay import moved_drawing, with_mouth
from .augmentation import augment_photo
from .base_dataset import BaseDataset
from .clip_poses import STRONGEST, WEAKEST
from .clips import Clip, talking_clips
from .layout import Layout, list_path, open_image, paths_of, read_landmarks
from .transforms import choose_transform


class PortraitImagesDataset(BaseDataset):
    """Photos of the list PHASEA. S is the crop size, C the drawing's channels.

    An item holds photo (3, S, S) in [−1, 1], matte (1, S, S) in [0, 1], drawing (C, S, S), the static drawing
    in one of `--styles`, chosen at random, style: its number, landmarks (68, 2) px, window (left, right, top,
    bottom) px, and identity: the photo's number. With `--unpaired` also example (C, S, S), another portrait
    in the first style. drawn_landmarks (68, 2) px are those of the drawing, which differ from the photo's
    where it is moved as the head of a talking clip moves (`--moved`).
    """

    FLAGS = (
        Flag("styles", "line_drawing", "styles of the drawings, with commas"),
        Flag("unpaired", False, "also draw an example of the list PHASEB, of any portrait"),
        Flag("clips", False, "also the frames of the clips of the list PHASEPairs", published="films"),
        Flag("moved", 0.0, "share of drawings moved as heads of the clips move"),
        Flag("no_augmentation", False, "leave light, colour and sharpness as they are"),
    )

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options)
        self.layouts = [Layout(style.strip()) for style in options.styles.split(",")]
        self.mode = "L" if options.output_nc == 1 else "RGB"
        self.photos = paths_of(options.dataroot, options.phase, "A", options.max_dataset_size)
        clips = self._clips() if options.clips or options.moved > 0 else []
        self.motions = [self._motion(clip) for clip in clips] if options.moved > 0 else []
        self.photos += [f for clip in clips for f in self._drawn(clip)] if options.clips else []
        style = self.layouts[0].style
        listed = options.dataroot, options.phase, "B"
        self.examples = paths_of(*listed, style=style) if options.unpaired else []
        for layout in self.layouts:
            if not layout.static(self.photos[0]).is_file():
                raise InputError(
                    f"no drawing {layout.static(self.photos[0])}; make it with scripts/prepare_portraits.py "
                    f"--style {layout.style}"
                )

    def __len__(self) -> int:
        return len(self.photos)

    def __getitem__(self, index: int) -> dict[str, Any]:
        random = self.generator(index)
        path = self.photos[index]
        style = int(random.integers(len(self.layouts)))
        layout = self.layouts[style]
        image = open_image(path)
        transform = choose_transform(self.options, image.size, random)
        photo = transform.tensor(image)
        item = {
            "photo": photo if self.options.no_augmentation else augment_photo(photo, random),
            "matte": self._matte(path, layout, transform.mask, photo),
            "drawing": transform.tensor(open_image(layout.static(path), self.mode)),
            "style": style,
            "landmarks": transform.landmarks(read_landmarks(layout.landmarks(path)), image.size),
            "window": transform.window(),
            "identity": index,
        }
        item["drawn_landmarks"] = item["landmarks"]
        if random.random() < self.options.moved:
            item |= self._moved(item["drawing"], item["landmarks"], random)
        if self.examples:
            example = open_image(self.examples[int(random.integers(len(self.examples)))], self.mode)
            item["example"] = choose_transform(self.options, example.size, random).tensor(example)
        return item

    def _clips(self) -> list[Clip]:
        clips = talking_clips(self.options.dataroot, self.options.phase)
        if not clips:
            missing = list_path(self.options.dataroot, f"{self.options.phase}Pairs")
            raise InputError(
                f"--clips and --moved: no clips in {missing}; make it with scripts/prepare_clip.py --pairs"
            )
        return clips

    def _drawn(self, clip: Clip) -> Clip:
        """The frames that have drawings in every style."""
        return [frame for frame in clip if all(at.static(frame).is_file() for at in self.layouts)]

    def _motion(self, clip: Clip) -> np.ndarray:
        return np.stack([read_landmarks(self.layouts[0].landmarks(frame)) for frame in clip])

    def _moved(self, drawing: Tensor, landmarks: Tensor, random: np.random.Generator) -> dict[str, Tensor]:
        """The drawing moved to one of a clip's frames from that in which the clip's face is most like it."""
        motion, points = self.motions[int(random.integers(len(self.motions)))], landmarks.numpy()
        rest, now = motion[most_alike(points, motion)], motion[[int(random.integers(len(motion)))]]
        target = torch.from_numpy(carried(points, now, rest, random.uniform(WEAKEST, STRONGEST)))
        moved = moved_drawing(drawing[None], landmarks[None], target, mode="bilinear", parts=True)
        moved = with_mouth(moved, landmarks[None], target)
        return {"drawing": moved[0], "drawn_landmarks": target[0]}

    def _matte(self, path: str, layout: Layout, cut: Any, photo: Tensor) -> Tensor:
        file = layout.matte(path)
        return cut(open_image(file, "L")) if file.is_file() else torch.ones_like(photo[:1])


def jittered(windows: Tensor, random: np.random.Generator, amount: float = 0.08) -> Tensor:
    """Windows (B, 4) px, moved and scaled by up to `amount` of their side."""
    windows = windows.float()
    side = (windows[:, 1] - windows[:, 0])[:, None]
    draw = torch.from_numpy(random.uniform(-amount, amount, (len(windows), 3))).to(windows)
    grow = draw[:, 2:] * side
    moved = windows + draw[:, [0, 0, 1, 1]] * side
    return moved + torch.cat((-grow, grow, -grow, grow), 1)
