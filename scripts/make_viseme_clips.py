#!/usr/bin/env python3
"""Synthetic speech with phoneme times → training clips that teach what the lips do to each sound.

    python scripts/make_viseme_clips.py --out CACHE [--minutes 40] [--seed 0]

espeak-ng and flite read random sentences in many voices, at several speeds and pitches. A clip holds the
sound and its phonemes; a coarticulation model turns them into lip and jaw targets when a network is trained.
Clips that are there already stay: an interrupted run is continued by the same command.
"""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from module1_audio2lmk.audio.embedding import NEUTRAL_VOICE
from module1_audio2lmk.audio.waveform import HOP, SAMPLE_RATE, normalise_loudness
from module1_audio2lmk.foundation.errors import InputError, is_quiet, run_cli, say, set_quiet
from module1_audio2lmk.foundation.face.geometry import load_standard_face
from module1_audio2lmk.foundation.worker import Worker
from module1_audio2lmk.training import clips, sentences, voices
from module1_audio2lmk.training.clips import Clip
from module1_audio2lmk.training.coarticulation import Segment
from module1_audio2lmk.training.voices import Utterance

_ENGLISH = ("en-us", "en", "en-gb-scotland")
_SECONDS_A_CLIP = 20.0


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--out", type=Path, required=True, metavar="CACHE", help="folder for the clips")
    add("--minutes", type=float, default=40.0, help="of speech in all (%(default)s)")
    add("--flite_share", type=float, default=0.35, help="share of flite's voices (%(default)s)")
    add("--foreign_share", type=float, default=0.2, help="share of other languages (%(default)s)")
    add("--seed", type=int, default=0, help="start of everything that is random")
    add("--quiet", action="store_true", help="only warnings and errors")
    return parser.parse_args(arguments)


class Voice(NamedTuple):
    """A synthetic speaker: program, voice, its speed and pitch."""

    program: str
    name: str
    language: str
    stretch: float
    pitch: int
    pitch_range: int

    def say(self, random: np.random.Generator) -> voices.Utterance:
        """A random sentence in this voice."""
        english = self.language in _ENGLISH
        pick = sentences.english_sentence if english else partial(sentences.other_sentence, self.language)
        text = pick(random)
        if self.program == "flite":
            return voices.flite(text, self.name, self.stretch)
        speed = int(170 / self.stretch)
        return voices.espeak()(text, self.language + self.name, speed, self.pitch, self.pitch_range)


def random_voice(random: np.random.Generator, flite_share: float, foreign_share: float) -> Voice:
    """A voice of either program at a random speed and pitch."""
    drawn = random.random()
    stretch, pitch, spread = (
        random.uniform(0.82, 1.3),
        int(random.integers(25, 76)),
        int(random.integers(20, 81)),
    )
    if drawn < flite_share:
        return Voice("flite", str(random.choice(voices.FLITE_VOICES[:3])), "en-us", stretch, pitch, spread)
    foreign = drawn < flite_share + foreign_share
    language = str(random.choice(list(sentences.OTHER_LANGUAGES) if foreign else list(_ENGLISH)))
    return Voice("espeak-ng", str(random.choice(voices.ESPEAK_VARIANTS)), language, stretch, pitch, spread)


def random_clip(name: str, options: argparse.Namespace, index: int) -> clips.Clip:
    """About 20 s of sentences by one voice; depends on the seed and the index only, in a fresh process."""
    random = np.random.default_rng([options.seed, index])
    voice = random_voice(random, options.flite_share, options.foreign_share)
    utterances: list[voices.Utterance] = []
    while sum(len(u.waveform) for u in utterances) < _SECONDS_A_CLIP * SAMPLE_RATE:
        utterance = voice.say(random)
        if len(utterance.waveform) > SAMPLE_RATE // 2:
            utterances.append(utterance._replace(waveform=normalise_loudness(utterance.waveform)))
    return synthetic_clip(name, utterances, random, f"{voice.program} {voice.name or 'default'}")


def synthetic_clip(name: str, utterances: list[Utterance], random: np.random.Generator, speaker: str) -> Clip:
    """Utterances one after the other, each after a pause of 0.1 to 0.6 s, and a pause at the end.

    The clip's landmarks are those of the standard face at rest: what the mouth does is decided in training,
    from the sounds and the statistics of the real clips.
    """
    parts: list[np.ndarray] = []
    segments: list[Segment] = []
    count = 0
    for utterance in utterances:
        pause = np.zeros(int(random.uniform(0.1, 0.6) * SAMPLE_RATE), np.float32)
        start = (count + len(pause)) / SAMPLE_RATE
        if segments:
            segments.append(Segment("", count / SAMPLE_RATE, start))
        segments += [Segment(s.ipa, s.start + start, s.end + start) for s in utterance.segments]
        parts += [pause, utterance.waveform]
        count += len(pause) + len(utterance.waveform)
    waveform = np.concatenate([*parts, np.zeros(SAMPLE_RATE // 4, np.float32)])
    rest = load_standard_face().astype(np.float32)
    frames = len(waveform) // HOP + 1
    return Clip(
        name=name,
        waveform=waveform,
        landmarks=np.repeat(rest[None], frames, axis=0),
        rest=rest,
        rotation=np.zeros((frames, 3), np.float32),
        translation=np.zeros((frames, 3), np.float32),
        confidence=np.ones(frames, np.float32),
        speaker_embedding=NEUTRAL_VOICE,
        kind="viseme",
        speaker=speaker,
        segments=segments,
    )


def make(job: tuple[Path, argparse.Namespace, int], tell: Callable[[Any], None]) -> None:
    """Write one clip: the job of a `Worker`."""
    path, options, index = job
    clips.write_clip(path, random_clip(path.stem, options, index))


def main(arguments: list[str] | None = None) -> None:
    options = parse_arguments(arguments)
    set_quiet(options.quiet)
    if options.minutes <= 0:
        raise InputError("--minutes must be positive")
    count = max(1, round(options.minutes * 60 / _SECONDS_A_CLIP))
    worker = Worker(make)
    for index in tqdm(range(count), unit="clip", disable=is_quiet()):
        path = options.out / f"viseme_{options.seed}_{index:04d}.npz"
        if not path.exists():
            list(worker.run((path, options, index)))
            # espeak-ng keeps state: in one process a clip would depend on those before it.
            worker.close()
    say(f"{count} clips of synthetic speech are in {options.out}")


if __name__ == "__main__":
    run_cli(main)
