"""The drawings that set metrics compare with: the clips' own frames drawn one by one, or a folder's."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.media import read_image
from module2_drawing.util.images import resized

from .films import IMAGE_SUFFIXES, SIZE, Film
from .methods import Studio
from .metrics import Features


def film_features(
    film: Film, studio: Studio, makers: dict[str, Features], step: int
) -> dict[str, np.ndarray]:
    """Features by metric of every `step`-th frame of a film, drawn by the style's renderer or network."""
    crops = (crop for index, crop in enumerate(film.crops()) if index % step == 0)
    drawn = np.stack([studio.draw(crop) for crop in crops])
    return {metric: make(drawn) for metric, make in makers.items()}


def folder_features(folder: Path, makers: dict[str, Features]) -> dict[str, np.ndarray]:
    """Features by metric of the drawings in a folder, resized to 256²."""
    drawn = np.stack([resized(read_image(path), SIZE) for path in drawings(folder)])
    return {metric: make(drawn) for metric, make in makers.items()}


def drawings(folder: Path) -> list[Path]:
    """The pictures of a folder, at least two. Raises InputError otherwise."""
    if not folder.is_dir():
        raise InputError(f"no folder {folder}; name the folder of the reference drawings")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES)
    if len(files) < 2:
        raise InputError(f"{folder} holds {len(files)} drawings; a Fréchet distance needs at least 2")
    return files
