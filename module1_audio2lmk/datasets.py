"""Training data of the content branch: clips of a cache folder → batches of augmented sequences.

A batch is drawn from random numbers that depend on the seed, the step and the place in the batch alone: a
resumed run sees the same data, and processes that share a batch see together what one process would.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .foundation.errors import InputError
from .training import augment as aug
from .training.clips import Clip
from .training.coarticulation import mouth_parameters
from .training.face_space import (
    FaceSpace,
    displacement_of,
    fit_face_space,
    fit_measure_map,
    measures_of_synthetic,
)
from .training.features import normalise_batch, raw_mel

FrontEnd = Callable[[np.ndarray], np.ndarray]
_SAMPLING_POWER = 0.7  # long clips are drawn more often, but not in proportion
_DEFAULT_AUGMENT = aug.AugmentOptions()


class Sequence(NamedTuple):
    """One clip ready to be drawn from: versions of its mel (T, 80), shape (T, K), weight (T,)."""

    name: str
    mels: list[np.ndarray]
    shape: np.ndarray
    weight: np.ndarray


class Batch(NamedTuple):
    """features (B, T, 80) normalised; shape (B, T, K); weight (B, T); viseme (B,) bool: synthetic speech."""

    features: np.ndarray
    shape: np.ndarray
    weight: np.ndarray
    viseme: np.ndarray


class ContentDataset:
    """Random sequences of talking clips and synthetic speech.

    Args:
        talking: clips of films, the training part only.
        viseme: clips of synthetic speech, perhaps none.
        frames: length of a sequence.
        viseme_share: share of sequences from synthetic speech.
        rooms: reverberated versions made of each clip at the start.
        shape_size: coordinates of the face space.
        augment: what recordings do to a voice; None leaves them clean.
        seed: of everything random.
        front_end: other features (T, 80) of a waveform (N,), ready for the network; they are not augmented.

    Raises:
        InputError: there is no talking clip.
    """

    def __init__(
        self,
        talking: list[Clip],
        viseme: list[Clip] = (),
        frames: int = 250,
        viseme_share: float = 0.3,
        rooms: int = 2,
        shape_size: int = 16,
        augment: aug.AugmentOptions | None = _DEFAULT_AUGMENT,
        seed: int = 0,
        front_end: FrontEnd | None = None,
    ) -> None:
        self._front_end = front_end
        if front_end is not None:
            augment, rooms = None, 0
        if not talking:
            raise InputError("no talking clip to train on; see scripts/prepare_talking_clips.py")
        displacements = [displacement_of(clip) for clip in talking]
        self.space: FaceSpace = fit_face_space(displacements, shape_size)
        shapes = [self.space.shape_of(displacement) for displacement in displacements]
        measure_map = fit_measure_map(talking, shapes)
        self.frames, self.augment, self.seed = frames, augment, seed
        self.viseme_share = viseme_share if viseme else 0.0
        random = np.random.default_rng([seed, 1])
        self.talking = [
            Sequence(clip.name, self._versions(clip, rooms, random), shape, clip.confidence)
            for clip, shape in zip(talking, shapes, strict=True)
        ]
        rooms = min(rooms, 1)
        self.viseme = [self._viseme_sequence(clip, measure_map, rooms, random) for clip in viseme]
        self._voices = [sequence.mels[0] for sequence in self.talking]
        lengths = np.array([len(sequence.shape) for sequence in self.talking], float) ** _SAMPLING_POWER
        self._chances = lengths / lengths.sum()

    def batch(self, step: int, size: int, first: int = 0, every: int = 1) -> Batch:
        """The batch of a step, ``size`` sequences; of these each ``every``-th from ``first`` on."""
        drawn = [self._draw(np.random.default_rng([self.seed, step, i])) for i in range(first, size, every)]
        features = np.stack([mel for mel, *_ in drawn])
        if self._front_end is None:
            features = normalise_batch(features)
        kept = np.stack([features[i, start : start + self.frames] for i, (*_, start) in enumerate(drawn)])
        if self.augment is not None:
            for i, sequence in enumerate(kept):
                random = np.random.default_rng([self.seed, step, first + i * every, 1])
                if random.random() < self.augment.mask_chance:
                    aug.mask_bands(sequence, random)
        cut = [(shape[s : s + self.frames], weight[s : s + self.frames]) for _, shape, weight, _, s in drawn]
        shapes, weights = (np.stack(part).astype(np.float32) for part in zip(*cut, strict=True))
        return Batch(kept, shapes, weights, np.array([viseme for *_, viseme, _ in drawn]))

    def _draw(self, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, bool, int]:
        """mel, shape, weight (twice the length, for the normaliser to settle), viseme?, start of the part."""
        length = 2 * self.frames
        start = int(random.integers(2)) * self.frames
        options = self.augment
        if options is not None and random.random() < options.still_chance:
            shape = np.zeros((length, self.talking[0].shape.shape[1]), np.float32)
            return aug.still(length, random), shape, np.ones(length, np.float32), True, start
        viseme = random.random() < self.viseme_share
        if viseme:
            sequence = self.viseme[random.integers(len(self.viseme))]
        else:
            sequence = self.talking[random.choice(len(self.talking), p=self._chances)]
        factor = 1.0 if options is None else 1 + random.uniform(-options.speed, options.speed)
        mel = sequence.mels[random.integers(len(sequence.mels))]
        needed = int(length * factor) + 2
        offset = random.integers(max(1, len(mel) - needed + 1))
        parts = (mel, sequence.shape, sequence.weight[:, None])
        parts = [np.take(part, range(offset, offset + needed), axis=0, mode="wrap") for part in parts]
        mel, shape, weight = aug.change_speed(parts, factor, length)
        if options is not None:
            mel = aug.augment(mel, self._voices, options, random)
            if random.random() < options.pause_chance:
                mel, shape = aug.insert_pause(mel, shape, random)
        return mel, shape, weight[:, 0], viseme, start

    def _versions(self, clip: Clip, rooms: int, random: np.random.Generator) -> list[np.ndarray]:
        """The features of a clip as recorded, and in some rooms."""
        versions = [clip.waveform] + [aug.reverberate(clip.waveform, random) for _ in range(rooms)]
        front_end = self._front_end or raw_mel
        return [front_end(version)[: len(clip.landmarks)] for version in versions]

    def _viseme_sequence(
        self, clip: Clip, measure_map: np.ndarray, rooms: int, random: np.random.Generator
    ) -> Sequence:
        mels = self._versions(clip, rooms, random)
        parameters = mouth_parameters(clip.segments, np.arange(len(mels[0])) / 62.5)
        shape = (measures_of_synthetic(parameters) @ measure_map).astype(np.float32)
        return Sequence(clip.name, mels, shape, np.ones(len(shape), np.float32))
