"""The published data layout: lists of paths, and what lies beside a photo or a drawing.

DATA/Photo/CLIP/x.png has its landmarks at DATA/Alm_txt/MTCNN/CLIP/x.txt and its masks at
DATA/Amask/{nose,eyes,lips}/CLIP/x.png; DATA/Drawing/… has /Blm_txt/MTCNN/ and /Bmask/….
"""

from __future__ import annotations

import math
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.files import input_file

LISTS = Path("datasets/list")
_SUFFIXES = {".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".tif", ".tiff", ".webp"}


def paths_of(dataroot: str, phase: str, domain: str, limit: float = math.inf) -> list[str]:
    """The sorted paths of domain "A" (photos) or "B" (drawings, target landmarks).

    From `datasets/list/PHASE{A,B}/DATAROOT.txt`, below the current folder or this package; without such a
    list the images of the folder DATAROOT/PHASE{A,B}. Raises InputError where there is neither.
    """
    name = Path(phase + domain) / f"{dataroot}.txt"
    for root in (Path(), Path(__file__).resolve().parents[1]):
        if (listed := root / LISTS / name).is_file():
            paths = sorted(line.strip() for line in listed.read_text().splitlines() if line.strip())
            break
    else:
        listed = Path(dataroot) / (phase + domain)
        paths = sorted(str(path) for path in listed.rglob("*") if path.suffix.lower() in _SUFFIXES)
    if not paths:
        raise InputError(f"no data for --dataroot {dataroot}: neither {LISTS / name} nor images in {listed}")
    return paths if len(paths) <= limit else paths[: int(limit)]


def landmarks_path(image_path: str) -> Path:
    """Where the landmarks of a photo, a drawing or a landmark image are written."""
    text = image_path.replace("/Photo/", "/Alm_txt/MTCNN/").replace("/Alm/MTCNN/", "/Alm_txt/MTCNN/")
    return Path(
        text.replace("/Drawing/", "/Blm_txt/MTCNN/").replace("/Blm/MTCNN/", "/Blm_txt/MTCNN/")
    ).with_suffix(".txt")


def mask_path(image_path: str, part: str) -> Path:
    """Where the mask of "nose", "eyes" or "lips" of a photo or a drawing is."""
    return Path(image_path.replace("/Photo/", f"/Amask/{part}/").replace("/Drawing/", f"/Bmask/{part}/"))


def static_path(photo_path: str) -> Path:
    """Where the static drawing of a photo is."""
    return Path(photo_path.replace("/Photo/", "/fakeB_static/"))


def read_landmarks(path: Path) -> np.ndarray:
    """A text file of 68 lines "x y" → (68, 2) float32 px. Further columns are ignored."""
    try:
        rows = [
            line.split()[:2]
            for line in input_file(path, "landmark file").read_text().splitlines()
            if line.strip()
        ]
        points = np.array(rows, dtype=np.float64)
    except ValueError:
        raise InputError(f"{path} holds something else than lines of two numbers; write it again") from None
    if points.shape != (68, 2) or not np.isfinite(points).all():
        raise InputError(f"{path} must hold 68 lines with two finite numbers each; write it again")
    return points.astype(np.float32)


def open_image(path: str | Path, mode: str = "RGB") -> Image.Image:
    """The pixels as stored (no EXIF rotation: landmarks belong to them), converted to `mode` by Pillow."""
    path = input_file(path, "image")
    try:
        with Image.open(path) as image:
            return image.convert(mode)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InputError(f"{path} cannot be read as an image ({error}); make it again") from None


def stem_of(path: str) -> str:
    return PurePosixPath(path).stem
