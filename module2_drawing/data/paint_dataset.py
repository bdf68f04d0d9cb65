"""Pairs for the paint network: the drawing of a frame, moved to another one, and that one's true drawing."""

import argparse
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.geometry import MIRRORED, mouth_opening

from ..face_parts import expression, part_planes
from ..geometry.landmark_motion import landmark_flow, move_image
from ..networks.overpaint import LEFT, SIDE, TOP
from ..rendering.paint import planes_of
from ..rendering.underlay import moved_drawing, with_mouth
from ..styles import renderer_name
from .base_dataset import BaseDataset
from .motion_pairs_dataset import moving_region
from .pair_clips import LANDMARKS, PHOTO, SIZE, motion_distances
from .photo_augmentation import augment_photo

MARGIN = 8  # px around the window, by which it is displaced
AT_REST = 0.03  # share of pairs of a frame with itself
SHOWN_MOUTH = 0.9  # share of parts that show the mouth, others the eyes
DISPLACED = 14  # px at most, from the middle of the part
MASKED = 0.1  # share of photos whose mouth is not shown
FARTHEST = 45.0  # of a pair, see `motion_distances`: beyond, a moved photo shows nothing that can be learnt
WIDE = 6.0  # by which a target counts more, the wider its mouth is open: gap / width

Item = dict[str, Tensor]


class PaintDataset(BaseDataset):
    """Clips in the folder --dataroot, see `pair_clips`; C: channels of the drawing, s: the window's side.

    An item holds below (C, s, s): the moved drawing, photo (3, s, s): the moved photo, truth (C, s, s), all
    in [−1, 1]; parts (3, s, s) in [0, 1] of the target's face; expressions (2, 10); importance (1, s, s); and
    near (1, s, s), 1 at lips and eyes.

    Pairs are drawn once, those far apart in pose and mouth more often, and kept: a pair is moved when it is
    first asked for.
    """

    @staticmethod
    def add_options(parser: argparse.ArgumentParser, is_train: bool) -> None:
        add = parser.add_argument
        add("--style", type=renderer_name, default="line_drawing", help="style of the drawings")
        add("--pairs", type=int, default=3000, help="pairs that are drawn of the clips")
        add(
            "--selection",
            default="",
            help="clips by which the best weights are chosen: a name a line",
        )
        add("--held_out", default="", help="clips that are not used at all: a name a line")
        add("--window", type=int, default=96, help="px of 256, side of the part that is learnt from")
        add("--elsewhere", type=float, default=0.2, help="importance of the face besides lips and eyes")

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options)
        left_out = names_of(options.selection) | names_of(options.held_out)
        self.pairs = PairStore(options.dataroot, options.style, options.elsewhere)
        self.pairs.choose(lambda name: name not in left_out, options.pairs, options.seed)

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, index: int) -> Item:
        random = self.generator(index)
        item = self.pairs.item(index, self.options.window, random)
        item["photo"] = augment_photo(item["photo"], random)
        if random.random() < MASKED:
            lips = torch.nn.functional.max_pool2d(item["parts"][1:2][None], 9, 1, 4)[0]
            item["photo"] = item["photo"] * (1 - lips)
        return item


class PairStore:
    """The clips of a folder that have drawings of a style, and pairs of their frames."""

    def __init__(self, folder: str | Path, style: str, elsewhere: float) -> None:
        self.style, self.elsewhere = style, elsewhere
        self.folders = sorted(path.parent for path in Path(folder).glob(f"*/{style}.npy"))
        if not self.folders:
            raise InputError(f"{folder} holds no clips with drawings of {style}; see prepare_pairs.py")
        self._arrays: dict[str, dict[str, np.ndarray]] = {}
        self._kept: dict[int, dict[str, np.ndarray]] = {}
        self.chosen: list[tuple[Path, int, int]] = []

    def __len__(self) -> int:
        return len(self.chosen)

    def choose(self, wanted, count: int, seed: int) -> None:
        """`count` pairs, as many of each clip that is wanted, weighted by their distance."""
        random = np.random.default_rng(seed)
        folders = [folder for folder in self.folders if wanted(folder.name)]
        if not folders:
            raise InputError("no clips are left for training; shorten the lists of those left out")
        for folder in folders:
            weights = pair_weights(np.load(folder / f"{LANDMARKS}.npy"))
            if not weights.any():
                continue
            share = (weights / weights.sum()).ravel()
            taken = random.choice(weights.size, -(-count // len(folders)), p=share)
            self.chosen += [(folder, int(one) // len(weights), int(one) % len(weights)) for one in taken]
        self.chosen = [self.chosen[one] for one in random.permutation(len(self.chosen))[:count]]

    def item(self, index: int, side: int = SIDE, random: np.random.Generator | None = None) -> Item:
        """The window of a pair; or, at random, a part of it around the mouth or the eyes, maybe mirrored."""
        kept = self._kept.get(index)
        if kept is None:
            kept = self._kept[index] = self._made(*self.chosen[index])
        points = kept["points"] - (LEFT - MARGIN, TOP - MARGIN)
        x, y = (MARGIN, MARGIN) if random is None else _corner(points[1], side, random)
        images = {
            name: planes_of(kept[name][y : y + side, x : x + side]) for name in ("below", "photo", "truth")
        }
        points = points - (x, y)
        if random is not None and random.random() < 0.5:
            images = {name: image.flip(-1) for name, image in images.items()}
            points = points[:, MIRRORED] * (-1, 1) + (side - 1, 0)
        near = moving_region(points[1], side, SIZE)
        face = np.zeros_like(near)
        _fill_face(face, points[1])
        importance = np.maximum(near, self.elsewhere * face)
        return images | {
            "parts": torch.from_numpy(part_planes(points[1], side)),
            "expressions": torch.from_numpy(expression(points)),
            "importance": torch.from_numpy(importance)[None],
            "near": torch.from_numpy(near)[None],
        }

    def _made(self, folder: Path, first: int, second: int) -> dict[str, np.ndarray]:
        clip = self._clip(folder)
        points = clip[LANDMARKS][[first, second]]
        source, target = torch.from_numpy(points).split(1)
        flow = landmark_flow(source, target, stride=4)
        drawing = planes_of(clip[self.style][first])[None]
        photo = planes_of(cv2.resize(clip[PHOTO][first], (SIZE, SIZE), interpolation=cv2.INTER_AREA))[None]
        moved = {
            "below": with_mouth(moved_drawing(drawing, source, target, flow, "bilinear"), source, target),
            "photo": move_image(photo, flow, "bilinear"),
            "truth": planes_of(clip[self.style][second])[None],
        }
        rows, columns = (slice(start - MARGIN, start + SIDE + MARGIN) for start in (TOP, LEFT))
        return {"points": points} | {
            name: ((image[0, :, rows, columns] + 1) * 127.5)
            .round()
            .byte()
            .permute(1, 2, 0)
            .contiguous()
            .numpy()
            for name, image in moved.items()
        }

    def _clip(self, folder: Path) -> dict[str, np.ndarray]:
        if folder.name not in self._arrays:
            self._arrays[folder.name] = {
                name: np.load(folder / f"{name}.npy", mmap_mode="r" if name == PHOTO else None)
                for name in (PHOTO, LANDMARKS, self.style)
            }
        return self._arrays[folder.name]


def pair_weights(landmarks: np.ndarray) -> np.ndarray:
    """(T, 68, 2) px of 256² → (T, T): how often a frame is the photo of another, up to a factor.

    Frames far apart in pose and mouth, and targets with an open mouth, more often; frames whose eyes or mouth
    leave the window never.
    """
    distances = motion_distances(landmarks) * (1 + WIDE * mouth_opening(landmarks))
    moving = landmarks[:, 36:] - (LEFT, TOP)
    shown = ((moving > 0) & (moving < SIDE)).all((1, 2))
    weights = distances * (motion_distances(landmarks) < FARTHEST)
    weights += AT_REST * np.eye(len(weights)) * weights.sum() / len(weights)
    return weights * (shown[:, None] & shown)


def _corner(points: np.ndarray, side: int, random: np.random.Generator) -> tuple[int, int]:
    """Left and top px of a part of the window that shows the mouth or, less often, the eyes."""
    part = slice(48, 68) if random.random() < SHOWN_MOUTH else slice(36, 48)
    middle = points[part].mean(0) + random.uniform(-DISPLACED, DISPLACED, 2) - side / 2
    left, top = np.clip(middle.round(), 0, SIDE + 2 * MARGIN - side)
    return int(left), int(top)


def _fill_face(plane: np.ndarray, points: np.ndarray) -> None:
    cv2.fillConvexPoly(plane, cv2.convexHull(points.round().astype(np.int32)), 1.0)


def names_of(path: str) -> set[str]:
    if not path:
        return set()
    try:
        return set(Path(path).read_text(encoding="utf-8").split())
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
