"""Training data of the content branch: clips of a cache folder → batches of augmented sequences.

A batch is drawn from random numbers that depend on the seed, the step and the place in the batch alone: a
resumed run sees the same data, and processes that share a batch see together what one process would.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter1d

from ..audio.mel import normalised, raw_mel
from ..audio.waveform import FRAME_RATE
from ..foundation.errors import InputError
from ..foundation.face.geometry import inner_gap
from . import augment as aug
from . import face_space
from .clips import Clip
from .phonemes import is_bilabial
from .pseudo_labels import PseudoLabels, fit_labeller

#: Waveform (N,) → features (T, C), ready for the network.
Hear = Callable[[np.ndarray], np.ndarray]
#: Inner lips touch below this share of the typical opening range.
TOUCHING = 0.05
_CLIP_TOUCHING = 0.3  # trust in closures seen in clips, where tracking blurs them
_PSEUDO_TOUCHING = 0.5  # the same, heard by a teacher
_VISEMES_HEARD = 4  # every so many synthetic clips say what a closure sounds like to the teacher
_SAMPLING_POWER = 0.7  # long clips are drawn more often, but not in proportion


class Sequence(NamedTuple):
    """One clip ready to be drawn from: versions of its mel (T, 80) and what is wanted in each frame.

    shape (T, K); weight (T,), how far it is to be trusted; touching (T,), 1 where the lips touch, and how far
    that is to be trusted (T,). heard (T, F): what a teacher hears; F = 0 or None without one.
    """

    name: str
    mels: list[np.ndarray]
    shape: np.ndarray
    weight: np.ndarray
    touching: np.ndarray
    sure: np.ndarray
    heard: np.ndarray | None


class Batch(NamedTuple):
    """B sequences of T frames.

    features (B, T, 80), normalised. shape (B, T, K) and its weight (B, T): 0 where there is no telling, as in
    pauses put into the speech. touching (B, T), 1 where the lips touch, and its weight (B, T). heard
    (B, T, F), what a teacher hears, and its weight (B, T); F = 0 without one. resting (B, T), 1 where
    nobody speaks. viseme (B,) bool: synthetic speech, or no speech.
    """

    features: np.ndarray
    shape: np.ndarray
    weight: np.ndarray
    touching: np.ndarray
    touching_weight: np.ndarray
    heard: np.ndarray
    heard_weight: np.ndarray
    resting: np.ndarray
    viseme: np.ndarray


class SequenceOptions(NamedTuple):
    """How sequences are drawn from clips.

    frames: length of a sequence. viseme_share: share of sequences from synthetic speech. rooms: reverberated
    versions made of each clip at the start. shape_size: coordinates of the face space. smoothing: standard
    deviation in frames by which shapes of talking clips and pseudo-labels are smoothed; what is quicker is
    mostly noise of tracking, that lips meet is taught apart. certain: how much more than others lips count
    that surely touch: on p, b, m of synthetic speech, in silence and steady noise. pseudo_label_share: share
    of sequences from pseudo-labels of other sounds than clips. augment: what recordings do to a voice; None
    leaves them clean. seed: of everything random.
    """

    frames: int = 250
    viseme_share: float = 0.3
    rooms: int = 2
    shape_size: int = 16
    smoothing: float = 0.0
    certain: float = 1.0
    pseudo_label_share: float = 0.45
    augment: aug.AugmentOptions | None = aug.AugmentOptions()
    seed: int = 0


class ContentDataset:
    """Random sequences of talking clips and synthetic speech.

    talking: clips of people who talk, the training part only.
    viseme: clips of synthetic speech, perhaps none.
    pseudo_labels: speech that a teacher has labelled, and what it hears in the clips of the same names.
    hear: features (T, C) of a waveform (N,) in the place of the mel, ready for the network; they are not
    augmented.
    Raises InputError where there is no talking clip.
    """

    def __init__(
        self,
        talking: list[Clip],
        viseme: list[Clip] | tuple[()] = (),
        options: SequenceOptions | None = None,
        pseudo_labels: list[PseudoLabels] | tuple[()] = (),
        hear: Hear | None = None,
    ) -> None:
        options = options or SequenceOptions()
        if hear is not None:
            options = options._replace(augment=None, rooms=0)
        self.hear, self._options, self.frames = hear, options, options.frames
        if not talking:
            raise InputError("no talking clip to train on; see scripts/prepare_talking_clips.py")
        displacements = [face_space.displacement_of(clip) for clip in talking]
        self.space: face_space.FaceSpace = face_space.fit_face_space(displacements, options.shape_size)
        shapes = [self.space.shape_of(displacement) for displacement in displacements]
        #: the median speaker's range of opening over the typical one, to which all clips are brought
        self.amplitude = float(np.median([1 / face_space.opening_scale(clip) for clip in talking]))
        measure_map = face_space.fit_measure_map(talking, shapes)
        self.viseme_share = options.viseme_share if viseme else 0.0
        self.heard = {labels.name: labels.heard for labels in pseudo_labels}
        #: features of the teacher, 0 without pseudo-labels
        self.heard_size = pseudo_labels[0].heard.shape[1] if pseudo_labels else 0
        self.pseudo_labels = [self._pseudo_labelled(labels) for labels in pseudo_labels if len(labels.mels)]
        self.pseudo_label_share = options.pseudo_label_share if self.pseudo_labels else 0.0
        random = np.random.default_rng([options.seed, 1])
        self.talking = [
            self._sequence(clip, shape, _CLIP_TOUCHING * clip.confidence, options.rooms, random)._replace(
                shape=self._smoothed(shape), weight=clip.confidence
            )
            for clip, shape in zip(talking, shapes, strict=True)
        ]
        rooms = min(options.rooms, 1)
        self.viseme = [self._viseme_sequence(clip, measure_map, rooms, random) for clip in viseme]
        self._label_closures()
        self._voices = [sequence.mels[0] for sequence in (*self.talking, *self.pseudo_labels)]
        lengths = np.array([len(sequence.shape) for sequence in self.talking], float) ** _SAMPLING_POWER
        self._chances = lengths / lengths.sum()

    def batch(self, step: int, size: int, first: int = 0, every: int = 1) -> Batch:
        """The batch of a step, ``size`` sequences; of these each ``every``-th from ``first`` on."""
        seed, augment = self._options.seed, self._options.augment
        drawn = [self._draw(np.random.default_rng([seed, step, i])) for i in range(first, size, every)]
        features = np.stack([one.features for one, _ in drawn])
        if self.hear is None:
            features = normalised(features)
        starts = [start for _, start in drawn]
        features = np.stack([part[s : s + self.frames] for part, s in zip(features, starts, strict=True)])
        if augment is not None:
            for i, sequence in enumerate(features):
                random = np.random.default_rng([seed, step, first + i * every, 1])
                if random.random() < augment.mask_chance:
                    aug.mask_bands(sequence, random)

        def cut(name: str) -> np.ndarray:
            parts = [getattr(one, name)[start:][: self.frames] for one, start in drawn]
            return np.stack(parts).astype(np.float32)

        wanted = {name: cut(name) for name in Batch._fields[1:-1]}
        return Batch(features, **wanted, viseme=np.array([one.viseme for one, _ in drawn]))

    def _draw(self, random: np.random.Generator) -> tuple[Batch, int]:
        """One sequence of twice the length, for the normaliser to settle, its mel not normalised; and the
        start of the part to use."""
        length = 2 * self.frames
        start = int(random.integers(2)) * self.frames
        options = self._options.augment
        if options is not None and random.random() < options.still_chance:
            return self._still(length, random), start
        sequence, viseme = self._choose(random)
        factor = 1.0 if options is None else 1 + random.uniform(-options.speed, options.speed)
        mel = sequence.mels[random.integers(len(sequence.mels))]
        needed = int(length * factor) + 2
        offset = random.integers(max(1, len(mel) - needed + 1))
        tracks = np.stack([sequence.weight, sequence.touching, sequence.sure], axis=1)
        heard = sequence.heard if sequence.heard is not None else np.zeros((len(mel), self.heard_size))
        parts = [mel, sequence.shape, tracks, heard]
        parts = [np.take(part, range(offset, offset + needed), axis=0, mode="wrap") for part in parts]
        mel, shape, tracks, heard = aug.change_speed(parts, factor, length)
        weight, touching, sure = tracks.T
        known = np.full(length, float(sequence.heard is not None))
        resting = np.zeros(length, np.float32)
        if options is not None:
            mel = aug.augment(mel, self._voices, options, random)
            if random.random() < options.pause_chance:
                mel, paused = aug.insert_pause(mel, random)
                resting = paused
                weight, touching = weight * (1 - paused), np.maximum(touching, paused)
                sure, known = np.maximum(sure, self._options.certain * paused), known * (1 - paused)
        return Batch(mel, shape, weight, touching, sure, heard, known, resting, np.array(viseme)), start

    def _still(self, length: int, random: np.random.Generator) -> Batch:
        """Silence or noise, for which the lips touch."""
        shape = np.zeros((length, self.talking[0].shape.shape[1]), np.float32)
        heard = np.zeros((length, self.heard_size), np.float32)
        ones, none = np.ones(length, np.float32), np.zeros(length, np.float32)
        sure = self._options.certain * ones
        mel = aug.still(length, random)
        return Batch(mel, shape, none, ones, sure, heard, none, ones, np.array(True))

    def _choose(self, random: np.random.Generator) -> tuple[Sequence, bool]:
        """A sequence to draw from, and whether it is of synthetic speech."""
        drawn = random.random()
        if drawn < self.viseme_share:
            return self.viseme[random.integers(len(self.viseme))], True
        if drawn < self.viseme_share + self.pseudo_label_share:
            return self.pseudo_labels[random.integers(len(self.pseudo_labels))], False
        return self.talking[random.choice(len(self.talking), p=self._chances)], False

    def _versions(self, clip: Clip, rooms: int, random: np.random.Generator) -> list[np.ndarray]:
        """The features of a clip as recorded, and in some rooms."""
        versions = [clip.waveform] + [aug.reverberate(clip.waveform, random) for _ in range(rooms)]
        hear = self.hear or raw_mel
        return [hear(version)[: len(clip.landmarks)] for version in versions]

    def _viseme_sequence(
        self, clip: Clip, measure_map: np.ndarray, rooms: int, random: np.random.Generator
    ) -> Sequence:
        shape = face_space.synthetic_shapes(clip, measure_map)
        pressed = pressed_together(clip, len(shape))
        return self._sequence(clip, shape, 1 + (self._options.certain - 1) * pressed, rooms, random)

    def _smoothed(self, shape: np.ndarray) -> np.ndarray:
        smoothing = self._options.smoothing
        return gaussian_filter1d(shape, smoothing, axis=0) if smoothing > 0 else shape

    def _pseudo_labelled(self, labels: PseudoLabels) -> Sequence:
        """The teacher's shapes in this face space; for lips that touch, see `_label_closures`."""
        shape = self.space.shape_of(labels.shape.astype(np.float32) @ labels.basis).astype(np.float32)
        shape = self._smoothed(shape)
        ones, none = np.ones(len(shape), np.float32), np.zeros(len(shape), np.float32)
        return Sequence(labels.name, list(labels.mels), shape, ones, none, none, labels.heard)

    def _label_closures(self) -> None:
        """Lips that touch in pseudo-labels, as clips teach it by what the teacher hears in them."""
        sequences = (*self.talking, *self.viseme[::_VISEMES_HEARD])
        known = [(one.heard, one.touching[:, None]) for one in sequences if one.heard is not None]
        if not known or not self.pseudo_labels:
            return
        labeller = fit_labeller([heard for heard, _ in known], [touching for _, touching in known])

        def labelled(sequence: Sequence) -> Sequence:
            assert sequence.heard is not None  # as of all pseudo-labels
            told = labeller(sequence.heard)[:, 0]
            sure = _PSEUDO_TOUCHING * np.minimum(1, np.abs(told - 0.5) / 0.25)
            return sequence._replace(touching=(told > 0.5).astype(np.float32), sure=sure)

        self.pseudo_labels = [labelled(sequence) for sequence in self.pseudo_labels]

    def _sequence(
        self,
        clip: Clip,
        shape: np.ndarray,
        sure: np.ndarray,
        rooms: int,
        random: np.random.Generator,
    ) -> Sequence:
        """``sure`` (T,): trust in lips that touch. The shape is trusted."""
        gap = inner_gap((shape @ self.space.basis).reshape(-1, 68, 3))
        touching = (gap < TOUCHING * face_space.TYPICAL_RANGE).astype(np.float32)
        heard = self.heard.get(clip.name)
        heard = None if heard is None else heard[: len(shape)]
        mels = self._versions(clip, rooms, random)
        ones = np.ones(len(shape), np.float32)
        return Sequence(clip.name, mels, shape, ones, touching, sure.astype(np.float32), heard)


def pressed_together(clip: Clip, frames: int) -> np.ndarray:
    """1 in the frames (T,) at 62.5 Hz in which a clip of synthetic speech says p, b or m, else 0."""
    pressed = np.zeros(frames, np.float32)
    for segment in clip.segments:
        if segment.ipa and is_bilabial(segment.ipa):
            pressed[round(segment.start * FRAME_RATE) : round(segment.end * FRAME_RATE) + 1] = 1
    return pressed
