"""Colours of photos → sRGB: those of an ICC profile, of a PNG's gamma, and of HDR."""

import io
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile

from ..errors import InputError
from .container import open_media
from .picture import HDR, shown, standard_range

# Modes of Pillow, without alpha, that hold the colours of a profile's space.
_MODES = {"RGB": ("RGB", "L", "1", "P"), "GRAY": ("L", "1"), "CMYK": ("CMYK",)}
_SAME = 2  # grey levels by which a profile may differ from sRGB and still be it
_BITS, _ZERO_IS, _WHITE, _PLANES = 258, 262, 0, 284  # tags of TIFF, and a value
_DISPLAY = 1 / 2.2  # gamma that a PNG states for an ordinary display


def in_srgb(image: Image.Image, about: Mapping[Any, Any]) -> Image.Image:
    """8-bit photo in the colours of a profile, such as Display P3, Adobe RGB or a press's CMYK → sRGB.

    about: `info` of the file. A profile that is damaged, or of another kind of colours than the photo's, is
    passed over. Without one the gamma of a PNG counts.
    """
    profile, gamma = about.get("icc_profile"), about.get("gamma", _DISPLAY)
    plain, alpha = _apart(image)
    try:
        if profile:
            converted = _by_profile(plain, profile)
        else:
            converted = plain if "srgb" in about else _by_gamma(plain, gamma)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    if converted is plain:
        return image
    if alpha is not None:
        converted.putalpha(alpha)
    return converted


def _apart(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Colours, and alpha where there is any."""
    if not image.has_transparency_data:
        return image, None
    grey = image.mode in ("LA", "La")
    return image.convert("RGBA").convert("L" if grey else "RGB"), image.convert("RGBA").getchannel("A")


def _by_profile(image: Image.Image, profile: bytes) -> Image.Image:
    """Raises PyCMSError, OSError or ValueError where it cannot be used."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    space = source.profile.xcolor_space.strip()
    if image.mode not in _MODES.get(space, ()):
        return image
    mode = {"GRAY": "L"}.get(space, space)
    transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
    if mode == "RGB":
        steps = np.linspace(0, 255, 9).astype(np.uint8)
        cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(9, 81, 3)
        seen = np.asarray(ImageCms.applyTransform(Image.fromarray(cube), transform))
        if np.abs(seen.astype(int) - cube).max() <= _SAME:
            return image
    return ImageCms.applyTransform(image.convert(mode), transform) or image


def _by_gamma(image: Image.Image, gamma: float) -> Image.Image:
    """From values that are light to the power of `gamma`."""
    if not 0.01 < gamma < 100 or 0.95 < _DISPLAY / gamma < 1.05 or image.mode not in ("L", "P", "RGB"):
        return image
    image = image.convert("RGB") if image.mode == "P" else image
    table = np.rint(255 * np.linspace(0, 1, 256) ** (_DISPLAY / gamma)).astype(int).tolist()
    return image.point(table * len(image.getbands()))


def by_ffmpeg(image: Image.Image, path: Path) -> Image.Image | None:
    """A photo that Pillow reads wrongly, upright, in the standard range; None where it reads it right.

    These are AVIF, HEIC and PNG in HDR (PQ or HLG), and TIFF of 16 bits with colours in planes, or with 0
    for white.
    """
    if image.format == "HEIF":
        return _heif_in_hdr(image, path)
    tags = image.tag_v2 if isinstance(image, TiffImageFile) else {}
    odd = tags.get(_BITS, ())[:1] == (16,) and (tags.get(_PLANES) == 2 or tags.get(_ZERO_IS) == _WHITE)
    deep = isinstance(image, PngImageFile) and "16" in str(image.tile)
    if image.format != "AVIF" and not deep and not odd:
        return None
    with suppress(InputError, av.error.FFmpegError), open_media(path, "an image") as container:
        for frame in container.decode(video=0):
            if not odd and frame.color_trc not in HDR:
                return None
            return Image.fromarray(shown(frame, None))
    if odd:
        raise InputError(f"{path} holds 16-bit colours in a way that cannot be read; save it as PNG or JPEG")
    return None


def _heif_in_hdr(image: Image.Image, path: Path) -> Image.Image | None:
    transfer = (image.info.get("nclx_profile") or {}).get("transfer_characteristics")
    if transfer not in HDR:
        return None
    import pi_heif

    file = pi_heif.open_heif(path, convert_hdr_to_8bit=False)
    values = np.array(file)[..., :3]  # a copy, as the array itself does not keep the memory of the file
    signal = values if values.dtype == np.uint16 else values.astype(np.uint16) * 257
    return Image.fromarray(standard_range(signal, transfer))
