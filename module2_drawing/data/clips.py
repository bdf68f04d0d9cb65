"""Clips of neighbouring frames: drawn ones for the coherence discriminator, talking ones for true pairs."""

from pathlib import Path

import numpy as np

from .layout import Layout, find_list, read_list

#: Folders beside the drawings' that hold the frames of one clip each: published, made now, and made once.
DRAWN_FOLDERS = ("scanner_frag_*_MTCNN", "clip_*", "film_*")

Clip = list[str]


def drawn_clips(drawings: list[str]) -> list[Clip]:
    """The drawn clips of a data set, sorted frame paths each, at least two a clip.

    drawings: the data set's list of drawings; clips lie beside the folder of the first.
    """
    root = Path(drawings[0]).parent.parent
    folders = sorted({folder for pattern in DRAWN_FOLDERS for folder in root.glob(pattern)})
    return _frames(folders)


def talking_clips(dataroot: str, phase: str, layout: Layout | None = None) -> list[Clip]:
    """Photos of talking clips from the list of folders PHASEPairs/DATAROOT; none without that list.

    With a layout, a clip's frames without a static drawing in its style are left out, if others have one.
    """
    listed = find_list(dataroot, f"{phase}Pairs")
    clips = _frames([Path(line) for line in read_list(listed)]) if listed else []
    return [_drawn(clip, layout) for clip in clips] if layout else clips


def neighbours(clip: Clip, random: np.random.Generator) -> tuple[str, str]:
    """Two frames in a row, drawn at random."""
    first = int(random.integers(len(clip) - 1))
    return clip[first], clip[first + 1]


def _drawn(clip: Clip, layout: Layout) -> Clip:
    drawn = [path for path in clip if layout.static(path).is_file()]
    return drawn if len(drawn) > 1 else clip


def _frames(folders: list[Path]) -> list[Clip]:
    clips = [sorted(str(path) for path in folder.glob("*.png")) for folder in folders]
    return [clip for clip in clips if len(clip) > 1]
