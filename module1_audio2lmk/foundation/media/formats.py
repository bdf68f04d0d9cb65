"""Formats of animations, chosen by the suffix of a name: containers, codecs, transparency."""

from dataclasses import dataclass, field
from pathlib import Path

from ..errors import InputError


@dataclass(frozen=True)
class Format:
    """What PyAV is told of one kind of file.

    container, codec: FFmpeg's names. pixels: of opaque frames; transparent: of frames with alpha, None where
    there is none. sound: the codec of a sound track, None where the format is silent. coding, writing:
    options of the encoder and of the container.
    """

    container: str
    codec: str
    pixels: str
    transparent: str | None = None
    sound: str | None = None
    coding: dict[str, str] = field(default_factory=dict)
    writing: dict[str, str] = field(default_factory=dict)


_MP4 = Format(
    "mp4",
    "libx264",
    "yuv420p",
    sound="aac",
    # No B-frames: both streams start at 0 even in players that ignore edit lists.
    coding={"preset": "medium", "bf": "0", "tune": "animation", "crf": "16"},
    # The index stands before the data, so that the video plays while it loads.
    writing={"movflags": "+faststart"},
)
_WEBM = Format(
    "webm",
    "libvpx-vp9",
    "yuv420p",
    "yuva420p",
    "libopus",
    # Frames of alpha are coded on their own; reference frames that are never shown would not fit them.
    coding={"crf": "24", "b": "0", "deadline": "good", "cpu-used": "4", "auto-alt-ref": "0"},
)
_WEBP = Format("webp", "libwebp_anim", "yuv420p", "bgra", coding={"quality": "85"}, writing={"loop": "0"})
_GIF = Format("gif", "gif", "pal8", "pal8", writing={"loop": "0"})

FORMATS = {".mp4": _MP4, ".m4v": _MP4, ".webm": _WEBM, ".webp": _WEBP, ".gif": _GIF}
HINT = "end the name in .mp4, .webm, .gif or .webp, or name a folder or name_%05d.png for pictures"


def format_of(path: Path, transparent: bool = False) -> Format:
    """The format of a file by its suffix. Raises InputError where it is none that is written, or holds no
    transparency and that is asked for."""
    found = FORMATS.get(path.suffix.lower())
    if found is None:
        raise InputError(f"cannot write {path}: {HINT}")
    if transparent and found.transparent is None:
        raise InputError(f"{path} can hold no transparency; {HINT.replace('.mp4, ', '')}")
    return found
