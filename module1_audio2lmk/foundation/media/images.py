"""Photo files of any kind → RGB arrays, and back. Decoded by Pillow."""

import os
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.TiffImagePlugin import TiffImageFile

from ..data_files import UNREADABLE
from ..errors import InputError
from ..files import atomic_path, input_file
from .colours import by_ffmpeg, in_srgb

#: Largest photo that is opened, in pixels: about 0.5 GB when decoded. Camera phones reach 108 million.
MAX_PIXELS = 150_000_000
_NEW_SUBFILE_TYPE = 254  # tag of a TIFF's page, whose lowest bit says that it is a preview
_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "HEIF", "PPM", "JPEG2000", "TGA")


def read_image(path: str | os.PathLike[str]) -> np.ndarray:
    """Photo → (H, W, 3) uint8 sRGB, upright (EXIF), transparency on white, 16 bits scaled to 8.

    Profiles and gamma are followed, HDR is brought to the standard range.
    Raises InputError for a missing, empty, truncated or oversized file, and for what is no image.
    """
    path = input_file(path, "photo")
    register_formats()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=[f for f in _FORMATS if f in Image.OPEN]) as image:
                _to_full_size(image, path)
                _check_size(image, path)
                other = by_ffmpeg(image, path)
                image.load()
                return _to_rgb(other or ImageOps.exif_transpose(image))
    except Image.DecompressionBombError:
        raise _too_large(path) from None
    except UnidentifiedImageError:
        raise InputError(f"{path} is not an image that can be read; give a JPEG or PNG photo") from None
    except MemoryError:
        raise InputError(f"not enough memory to open {path}; make the photo smaller") from None
    except UNREADABLE as error:
        raise InputError(f"{path} is damaged or cut short ({error}); copy it again") from None


def register_formats() -> None:
    """All formats of Pillow, and HEIC, which phones take photos in."""
    import pi_heif

    Image.init()
    pi_heif.register_heif_opener()


def write_image(path: str | os.PathLike[str], image: np.ndarray) -> None:
    """(H, W, 3) RGB or (H, W) grey, uint8 → an image file; the format follows the name (.png, .jpg, …).

    Raises InputError where it cannot be written.
    """
    if Path(path).suffix.lower() not in Image.registered_extensions():
        raise InputError(f"unknown image format of {path}; end the name in .png or .jpg")
    with atomic_path(path) as temporary:
        Image.fromarray(np.ascontiguousarray(image)).save(temporary, quality=95)


def _to_full_size(image: Image.Image, path: Path) -> None:
    """To the first page of a TIFF that is no preview of another: those of cameras begin with one."""
    if not isinstance(image, TiffImageFile):
        return
    for page in range(getattr(image, "n_frames", 1)):
        image.seek(page)
        if not int(image.tag_v2.get(_NEW_SUBFILE_TYPE, 0)) & 1:
            return
    raise InputError(f"of {path} only a small preview can be read; develop it and give a JPEG or PNG photo")


def _check_size(image: Image.Image, path: Path) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise _too_large(path)


def _too_large(path: Path) -> InputError:
    return InputError(f"{path} has over {MAX_PIXELS // 1_000_000} million pixels; make the photo smaller")


def _to_rgb(image: Image.Image) -> np.ndarray:
    about = image.info
    if image.mode.startswith("I") or image.mode == "F":
        image = Image.fromarray(_to_8_bits(np.asarray(image)))
    image = in_srgb(image, about)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.array(image.convert("RGB"))


def _to_8_bits(grey: np.ndarray) -> np.ndarray:
    """Grey in 16 or 32 bits or float → uint8. Pillow itself would clip at 255 instead of scaling."""
    grey = np.nan_to_num(grey.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    peak = float(grey.max(initial=0.0))
    full = next(limit for limit in (1.0, 255.0, 65535.0, float("inf")) if peak <= limit)
    full = peak if full == float("inf") else full
    return np.clip(grey * (255.0 / full) + 0.5, 0, 255).astype(np.uint8)
