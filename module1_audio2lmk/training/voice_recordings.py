"""Recordings of voices without pictures: a folder with one subfolder of sound files a voice."""

import os
from pathlib import Path

import numpy as np

from ..audio.waveform import SAMPLE_RATE
from ..foundation.errors import InputError
from ..foundation.media import read_audio
from .clips import read_split

_SECONDS = 120.0  # of a voice: more says little more about it


def read_voices(
    folder: str | os.PathLike[str],
) -> tuple[dict[str, list[np.ndarray]], dict[str, list[np.ndarray]]]:
    """Waveforms (N,) at 16 kHz by voice: those to train on, and those that the folder's split.json holds out.

    The short files of a voice are joined; two minutes of each voice are read, from files spread evenly.
    Raises InputError where there is no such folder, it has no subfolder of sound files, or a file cannot be
    read.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"no folder {folder}; give --voice_data a folder with a subfolder for each voice")
    held_out = set(read_split(folder))
    voices = {path.name: [_read(path)] for path in sorted(folder.iterdir()) if path.is_dir()}
    voices = {name: parts for name, parts in voices.items() if len(parts[0])}
    if not voices or not held_out <= set(voices):
        missing = f"lacks {', '.join(sorted(held_out - set(voices)))}" if voices else "has no sound files"
        raise InputError(f"{folder} {missing}; give each voice a subfolder of sound files")
    training = {name: parts for name, parts in voices.items() if name not in held_out}
    return training, {name: voices[name] for name in sorted(held_out)}


def _read(folder: Path) -> np.ndarray:
    """Sound of the files of a folder, joined."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    order = np.random.default_rng(0).permutation(len(files))
    parts, samples = [np.zeros(0, np.float32)], 0
    for index in order:
        if samples > _SECONDS * SAMPLE_RATE:
            break
        parts.append(read_audio(files[index]))
        samples += len(parts[-1])
    return np.concatenate(parts)
