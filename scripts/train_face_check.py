#!/usr/bin/env python3
"""Portraits and talking clips → the weights of the check of a found face (foundation/face/check.py).

    python scripts/train_face_check.py PHOTOS [CLIPS …] --out checkpoints/default/face_check.safetensors

Every picture is turned by several angles and MediaPipe lays its mesh over each: where the mesh lies on the
face it is an example, where it does not, or lies on what is below the face, a counterexample. Patches with
painted sunglasses, masks, noise and blur join them. Every fourth picture is held out; what the check says of
these is printed.
"""

import argparse
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from module1_audio2lmk.foundation.checkpoints import save_network
from module1_audio2lmk.foundation.errors import InputError, run_cli, warn
from module1_audio2lmk.foundation.face.check import LEAST, PLACES, SIDE, features, patch_of
from module1_audio2lmk.foundation.face.geometry import MESH_TO_68, five_points
from module1_audio2lmk.foundation.face.search import detectors, framed_faces
from module1_audio2lmk.foundation.files import VIDEO_SUFFIXES
from module1_audio2lmk.foundation.media import first_frame, read_image
from module1_audio2lmk.networks.face_check import FaceCheck

_DECAY = 3e-4  # of the weights
_ON_FACE, _OFF_FACE = 0.3, 0.6  # mean distance of eyes, nose and mouth, of the distance of the eyes


class Example(NamedTuple):
    patch: np.ndarray
    is_face: bool
    held_out: bool


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("pictures", type=Path, nargs="+", help="folders of photos and clips")
    add("--out", type=Path, required=True, metavar="FILE", help="the weights")
    add("--every", type=int, default=1, help="take every N-th picture (%(default)s)", metavar="N")
    add("--seed", type=int, default=0, help="of turns and of what is painted (%(default)s)")
    return parser.parse_args(arguments)


def examples_of(path: Path, random: np.random.Generator) -> Iterator[Example]:
    """The patches of one picture: upright, turned, and of what is below the face."""
    held_out = zlib.crc32(path.name.encode()) % 4 == 0
    image = first_frame(path) if path.suffix.lower() in VIDEO_SUFFIXES else read_image(path)
    mesh = next(iter(framed_faces(image, detectors()[0])), None)
    if mesh is None:
        return
    yield Example(patch_of(image, mesh), True, held_out)
    five, size = _five(mesh), np.linalg.norm(np.subtract(*_five(mesh)[:2]))
    height, width = image.shape[:2]
    for angle in (90, 180, 270, *random.integers(30, 330, 2)):
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), float(angle), 1.0)
        turned = cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
        expected = np.column_stack([five, np.ones(5)]) @ matrix.T
        for found in framed_faces(turned, detectors()[0])[:1]:
            distance = np.linalg.norm(_five(found) - expected, axis=1).mean() / size
            if not _ON_FACE <= distance < _OFF_FACE:
                yield Example(patch_of(turned, found), bool(distance < _ON_FACE), held_out)
    mouth = int(five[3:, 1].max())
    for top in (mouth, mouth + int(size / 2), mouth + int(size)):
        below = np.ascontiguousarray(image[top:])
        if min(below.shape[:2]) > SIDE:
            for found in framed_faces(below, detectors()[0])[:1]:
                yield Example(patch_of(below, found), False, held_out)


def _five(mesh: np.ndarray) -> np.ndarray:
    return five_points(mesh[MESH_TO_68, :2])


def varied(patch: np.ndarray, is_face: bool, random: np.random.Generator) -> np.ndarray:
    """Mirrored, moved a little; blurred or noisy; a face at times with sunglasses or a mask."""
    patch = patch[:, ::-1] if random.random() < 0.5 else patch
    matrix = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), random.uniform(-8, 8), random.uniform(0.9, 1.12))
    matrix[:, 2] += random.uniform(-2, 2, 2)
    patch = cv2.warpAffine(patch, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
    chance, shade = random.random(), float(random.choice([random.uniform(0, 60), random.uniform(150, 255)]))
    if is_face and chance < 0.12:
        for x, y in PLACES[:2]:
            cv2.ellipse(patch, (int(x), int(y) + 1), (10, 7), 0, 0, 360, min(shade, 60), -1, cv2.LINE_AA)
        cv2.line(patch, (4, 22), (60, 22), min(shade, 60), 2, cv2.LINE_AA)
    elif is_face and chance < 0.2:
        cv2.ellipse(patch, (32, 52), (22, 17), 0, 0, 360, shade, -1, cv2.LINE_AA)
    if random.random() < 0.3:
        patch = cv2.GaussianBlur(patch, (0, 0), random.uniform(0.5, 2.0))
    noise = random.normal(0, random.choice([0, 4, 12]), patch.shape)
    return np.clip(patch * random.uniform(0.3, 1.1) + noise, 0, 255).astype(np.uint8)


def fit(patches: np.ndarray, faces: np.ndarray) -> FaceCheck:
    """Logistic regression on the features of patches, both classes of equal weight."""
    # The decay is of the mean loss, scikit-learn's C weighs the sum.
    regression = LogisticRegression(C=1 / (2 * _DECAY * len(faces)), class_weight="balanced", max_iter=1000)
    regression.fit(patches, faces)
    network = FaceCheck(patches.shape[1])
    network.weight.data.copy_(torch.from_numpy(regression.coef_[0]))
    network.bias.data.fill_(float(regression.intercept_[0]))
    return network


def main(arguments: list[str] | None = None) -> None:
    options = parse_arguments(arguments)
    random = np.random.default_rng(options.seed)
    paths = sorted(path for folder in options.pictures for path in folder.iterdir() if path.is_file())
    examples: list[Example] = []
    for path in tqdm(paths[:: options.every], unit="picture"):
        try:
            examples += examples_of(path, random)
        except InputError as error:
            warn(f"left out: {error}")
    learned = [(example, 3 if example.is_face else 8) for example in examples if not example.held_out]
    patches = [(varied(one.patch, one.is_face, random), one.is_face) for one, n in learned for _ in range(n)]
    patches += [(one.patch, one.is_face) for one, _ in learned]
    if len({is_face for _, is_face in patches}) < 2:
        raise InputError("the pictures give no examples of both kinds; give more of them")
    rows = np.stack([features(patch) for patch, _ in patches])
    network = fit(rows, np.array([is_face for _, is_face in patches]))
    for kind in (True, False):
        chosen = [one.patch for one in examples if one.held_out and one.is_face == kind]
        with torch.no_grad():
            odds = np.array([float(network(torch.from_numpy(features(patch)))) for patch in chosen])
        right = (odds >= LEAST) == kind
        spread = ", ".join(f"{value:.1f}" for value in np.quantile(odds, [0, 0.01, 0.5, 0.99, 1]))
        print(
            f"{'faces' if kind else 'others'} held out: {len(odds)}, right {right.mean():.2%}; odds {spread}"
        )
    about = {"examples": str(len(examples)), "seed": str(options.seed)}
    save_network(options.out, network, {"in_size": rows.shape[1]}, about)
    print(f"output: {options.out}")


if __name__ == "__main__":
    run_cli(main)
