"""What is measured of one portrait: of its static drawing, and of the frames that a method made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import cv2
import numpy as np

from module1_audio2lmk.foundation.face.align import CROP_SIZE, AlignedFace
from module1_audio2lmk.foundation.face.geometry import LIPS

from ..films import SIZE
from ..judge import Judge
from ..metrics.identity import aligned, cosine, mean_similarity
from ..metrics.inter_frame_ssim import ssim
from ..metrics.landmark_error import mean_distance
from ..sample import Sample
from .landmark_net import LandmarkNet

#: (112, 112, 3) uint8 aligned face → vector.
Embed = Callable[[np.ndarray], np.ndarray]


class Variant(NamedTuple):
    """Another photo of the same face: turned (degrees), scaled, moved (px of 512²), with another light."""

    angle: float
    scale: float
    shift: tuple[float, float]
    gain: float
    gamma: float


VARIANTS = (
    Variant(4, 1.04, (6, -4), 1.08, 0.9),
    Variant(-4, 0.96, (-6, 4), 0.92, 1.1),
    Variant(2, 0.97, (4, 6), 1.04, 1.15),
    Variant(-2, 1.03, (-4, -6), 0.96, 0.85),
)


def still_scores(
    static: np.ndarray,
    landmarks: np.ndarray,
    others: list[tuple[np.ndarray, np.ndarray]],
    judge: Judge,
    net: LandmarkNet | None,
    embed: Embed,
) -> dict[str, float]:
    """What the judges are off on a drawing at rest, and how alike drawings of the same face are.

    static: (256, 256, 3) uint8, landmarks: (68, 2) px of 256², others: drawings of variants and their
    landmarks. Distances in px; NaN where the judge finds no face.
    """
    located = judge(static[None], landmarks[None]).landmarks
    scores = _distances("landmark_error", located, landmarks[None])
    if net is not None:
        scores |= _distances("net_error", net(static[None]), landmarks[None])
    face = embed(aligned(static, landmarks))
    alike = [cosine(embed(aligned(drawing, points)), face) for drawing, points in others]
    return scores | {"same_face": float(np.mean(alike))}


def moving_scores(sample: Sample, net: LandmarkNet | None, embed: Embed) -> dict[str, float]:
    """Scores of the frames of one method; see `figures` for what they are held against."""
    scores = _distances("landmark_error", sample.located.landmarks, sample.scene.asked)
    if net is not None:
        scores |= _distances("net_error", net(sample.frames), sample.scene.asked)
    return scores | {
        "face_found": 100 * float(sample.located.found.mean()),
        "identity": mean_similarity(sample, embed),
        "background": identical_part(sample.frames, sample.scene.masks.background),
    }


def pair_scores(sample: Sample) -> dict[str, np.ndarray]:
    """Of neighbouring frames, (T − 1,): their SSIM, and the mean px that the asked landmarks move."""
    pairs = zip(sample.grey[:-1], sample.grey[1:], strict=True)
    steps = np.linalg.norm(np.diff(sample.scene.asked, axis=0), axis=-1).mean(1)
    return {"ssim": np.array([ssim(first, second) for first, second in pairs]), "step": steps}


def identical_part(frames: np.ndarray, background: np.ndarray) -> float:
    """Per cent of the background that neighbouring frames show in exactly the same colours.

    frames: (T, H, W, 3) uint8; background: (T, H, W) bool. A pixel counts where it is background in both
    frames; NaN where none is.
    """
    both = background[:-1] & background[1:]
    same = (frames[:-1] == frames[1:]).all(-1)
    count = int(both.sum())
    return 100 * int((same & both).sum()) / count if count else float("nan")


def variants(face: AlignedFace) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Other photos (512, 512, 3) uint8 of the same face, and their landmarks (68, 2) px of 256²."""
    centre = face.landmarks[:, :2].mean(0)
    for variant in VARIANTS:
        matrix = cv2.getRotationMatrix2D(centre.tolist(), variant.angle, variant.scale)
        matrix[:, 2] += variant.shift
        moved = cv2.warpAffine(
            face.image,
            matrix,
            (CROP_SIZE, CROP_SIZE),
            flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REFLECT_101,
        )
        lit = variant.gain * (moved.astype(np.float32) / 255) ** variant.gamma
        landmarks = face.landmarks[:, :2] @ matrix[:, :2].T + matrix[:, 2]
        image = np.round(255 * np.clip(lit, 0, 1)).astype(np.uint8)
        yield image, (landmarks * (SIZE / CROP_SIZE)).astype(np.float32)


def _distances(name: str, found: np.ndarray, asked: np.ndarray) -> dict[str, float]:
    """Mean distance px of all landmarks and of the lips, (T, 68, 2) each."""
    return {
        name: mean_distance(found, asked),
        f"{name}_lips": mean_distance(found[:, LIPS], asked[:, LIPS]),
    }
