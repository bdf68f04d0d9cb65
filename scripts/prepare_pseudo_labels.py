#!/usr/bin/env python3
"""Recordings of speech → pseudo-labels: what the speech encoder hears, and the mouths that go with it.

    python scripts/prepare_pseudo_labels.py SOUNDS --clips CLIPS [--viseme_data VISEMES] --out CACHE

A few minutes of talking clips show what mouths do, but not all the voices there are. The speech encoder has
heard them: a linear map from its features to the mouths of the clips (the training part of CLIPS) labels
any speech. SOUNDS is a folder of recordings of people speaking, in any language, alone and without music;
short ones of one folder are joined. The own sound of talking and synthetic clips is labelled, too. What is
there already stays: an interrupted run is continued by the same command.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from module1_audio2lmk.audio.front_ends import FrontEnd, front_end_named
from module1_audio2lmk.audio.mel import normalised, raw_mel
from module1_audio2lmk.audio.waveform import SAMPLE_RATE, normalise_loudness
from module1_audio2lmk.foundation.errors import InputError, is_quiet, run_cli, say, set_quiet, warn
from module1_audio2lmk.foundation.files import SOUND_SUFFIXES, files_in
from module1_audio2lmk.foundation.media import is_silent, read_audio
from module1_audio2lmk.training import augment
from module1_audio2lmk.training.clips import Clip, clip_files, read_clip, read_clips
from module1_audio2lmk.training.face_space import FaceSpace, displacement_of, fit_face_space
from module1_audio2lmk.training.pseudo_labels import Labeller, PseudoLabels, fit_labeller, write_pseudo_labels

_SECONDS = 20.0
_BLOCK = 8  # neighbouring files that are taken together
_SHORTEST = 0.4  # s


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("sounds", type=Path, metavar="DIR", help="folder of recordings, with its subfolders")
    add("--clips", type=Path, required=True, metavar="CACHE", help="prepared talking clips")
    add("--viseme_data", type=Path, metavar="CACHE", help="clips of make_viseme_clips.py")
    add("--out", type=Path, required=True, metavar="CACHE", help="folder for the pseudo-labels")
    add("--minutes", type=float, help="of recordings at most, drawn at random (all)")
    add("--shape_size", type=int, default=16, help="dimensions of the face space")
    add("--rooms", type=int, default=1, help="reverberated versions (%(default)s)")
    add("--seed", type=int, default=0, help="start of everything that is random")
    add("--quiet", action="store_true", help="only warnings and errors")
    return parser.parse_args(arguments)


class Teacher:
    """Turns waveforms into pseudo-labels: a front-end, the map to mouths, and the face space of these.

    front_end: what hears. clips: what the map is fitted to. shape_size: of the face space.
    """

    def __init__(self, front_end: FrontEnd, clips: list[Clip], shape_size: int) -> None:
        self._front_end = front_end
        displacements = [displacement_of(clip) for clip in clips]
        self.space: FaceSpace = fit_face_space(displacements, shape_size)
        features = [self._features(clip.waveform, raw_mel(clip.waveform)) for clip in clips]
        lengths = [min(len(part), len(moved)) for part, moved in zip(features, displacements, strict=True)]
        shapes = [self.space.shape_of(moved) for moved in displacements]
        self._map: Labeller = fit_labeller(
            [part[:length] for part, length in zip(features, lengths, strict=True)],
            [part[:length] for part, length in zip(shapes, lengths, strict=True)],
        )
        heard = np.concatenate([part[:, :-80] for part in features])
        self._mean, self._deviation = heard.mean(axis=0), heard.std(axis=0) + 1e-3

    def _features(self, waveform: np.ndarray, mel: np.ndarray) -> np.ndarray:
        return np.concatenate([*self._front_end.batch([waveform]), normalised(mel[None])[0]], axis=1)

    def labels(self, name: str, waveform: np.ndarray, versions: list[np.ndarray] | None) -> PseudoLabels:
        """Pseudo-labels of (N,) samples; ``versions`` to learn from, None for a clip, which has its own."""
        mel = raw_mel(waveform)
        features = self._features(waveform, mel)
        mels = [mel if version is waveform else raw_mel(version) for version in versions or []]
        heard = (features[:, :-80] - self._mean) / self._deviation
        stacked = np.stack(mels) if mels else np.zeros((0, len(features), 80))
        return PseudoLabels(name, stacked, self._map(features), heard, self.space.basis)


def recordings(files: list[Path], random: np.random.Generator) -> Iterator[np.ndarray]:
    """Waveforms (N,) of about 20 s, from neighbouring files of random places in the list.

    Short recordings come one after the other, each at the usual loudness and after a pause of 0.1 to 0.6 s.
    """
    blocks = [files[start : start + _BLOCK] for start in range(0, len(files), _BLOCK)]
    for index in random.permutation(len(blocks)):
        parts: list[np.ndarray] = []
        for file in blocks[index]:
            for waveform in _pieces(file):
                pause = np.zeros(int(random.uniform(0.1, 0.6) * SAMPLE_RATE), np.float32)
                parts += [pause, normalise_loudness(waveform)]
                if sum(map(len, parts)) > _SECONDS * SAMPLE_RATE:
                    yield np.concatenate(parts)
                    parts = []
        if sum(map(len, parts)) > SAMPLE_RATE:
            yield np.concatenate(parts)


def _pieces(file: Path) -> list[np.ndarray]:
    """A recording in pieces of 20 s at most; none where it is silent, shorter than 0.4 s or damaged."""
    try:
        waveform = read_audio(file)
    except InputError as error:
        warn(f"skipped {error}")
        return []
    size = round(_SECONDS * SAMPLE_RATE)
    pieces = [waveform[start : start + size] for start in range(0, len(waveform), size)]
    return [piece for piece in pieces if len(piece) >= _SHORTEST * SAMPLE_RATE and not is_silent(piece)]


def main(arguments: list[str] | None = None) -> None:
    options = parse_arguments(arguments)
    set_quiet(options.quiet)
    files = files_in([options.sounds], SOUND_SUFFIXES, "recordings")
    clips, _ = read_clips(options.clips)
    teacher = Teacher(front_end_named("moonshine", look_ahead="whole"), clips, options.shape_size)
    visemes = clip_files(options.viseme_data) if options.viseme_data else []
    for clip in tqdm([*clips, *map(read_clip, visemes)], unit="clip", disable=is_quiet()):
        path = options.out / f"{clip.name}.npz"
        if not path.exists():
            write_pseudo_labels(path, teacher.labels(clip.name, clip.waveform, None))
    seconds, count = 0.0, 0
    random = np.random.default_rng(options.seed)
    progress = tqdm(unit="recording", disable=is_quiet())
    for waveform in recordings(files, random):
        path = options.out / f"speech_{options.seed}_{count:05d}.npz"
        if not path.exists():
            rooms = np.random.default_rng([options.seed, count])
            versions = [waveform, *(augment.reverberate(waveform, rooms) for _ in range(options.rooms))]
            write_pseudo_labels(path, teacher.labels(path.stem, waveform, versions))
        progress.update()
        seconds, count = seconds + len(waveform) / SAMPLE_RATE, count + 1
        if options.minutes and seconds >= 60 * options.minutes:
            break
    progress.close()
    say(f"pseudo-labels of {count} pieces, {seconds / 60:.0f} minutes, are in {options.out}")


if __name__ == "__main__":
    run_cli(main)
