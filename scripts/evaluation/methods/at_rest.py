"""Drawings at rest: what metrics give where nothing moves, and figures are held against."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np

from module1_audio2lmk.foundation.face.align import CROP_SIZE, AlignedFace

from ..clips import Portrait
from ..drive import Drive
from . import Method


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


class AtRest(Method):
    """The static drawing: how far off landmark detectors are on drawings."""

    name = "at_rest"
    label = "Drawing at rest"
    asked = "rest"
    measured = ("landmark_error", "net_error")

    def targets(self, portrait: Portrait, drive: Drive) -> np.ndarray:
        return portrait.face.landmarks[None, :, :2].astype(np.float32)

    def frames(self, portrait: Portrait, asked: np.ndarray) -> Iterator[np.ndarray]:
        yield self.studio.draw(portrait.face)


class Redrawn(Method):
    """Static drawings of the photo turned, scaled, moved and lit otherwise: what drawings of the same face
    have in common."""

    name = "redrawn"
    label = "Same face, redrawn"
    asked = "redrawn"
    measured = ("identity",)

    def targets(self, portrait: Portrait, drive: Drive) -> np.ndarray:
        return np.stack([landmarks for _, landmarks in variants(portrait.face)])

    def frames(self, portrait: Portrait, asked: np.ndarray) -> Iterator[np.ndarray]:
        for image, landmarks in variants(portrait.face):
            yield self.studio.draw(replace(portrait.face, image=image, landmarks=landmarks))


def variants(face: AlignedFace) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Other photos (512, 512, 3) uint8 of the same face, and their landmarks (68, 2) float32 px of 512²."""
    centre = face.landmarks[:, :2].mean(0)
    for variant in VARIANTS:
        matrix = cv2.getRotationMatrix2D(centre.tolist(), variant.angle, variant.scale)
        matrix[:, 2] += variant.shift
        settings = {"flags": cv2.INTER_CUBIC, "borderMode": cv2.BORDER_REFLECT_101}
        moved = cv2.warpAffine(face.image, matrix, (CROP_SIZE, CROP_SIZE), **settings)
        lit = variant.gain * (moved.astype(np.float32) / 255) ** variant.gamma
        landmarks = face.landmarks[:, :2] @ matrix[:, :2].T + matrix[:, 2]
        yield np.round(255 * np.clip(lit, 0, 1)).astype(np.uint8), landmarks.astype(np.float32)
