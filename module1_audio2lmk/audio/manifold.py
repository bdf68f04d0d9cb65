"""Speech manifold: a person's speech features, and the projection of anybody's speech onto them.

After Live Speech Portraits (Lu, Chai and Cao, SIGGRAPH Asia 2021): a feature becomes the combination of its
K nearest among the person's own that comes closest to it, with weights of sum 1 (locally linear embedding).
A foreign voice then gives features such as the person's own, before the content branch hears them. Each
feature is projected for itself, so that streams and files give the same, and nothing comes later.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import save

from ..foundation.checkpoints.tensors import open_safetensors, sort_metadata
from ..foundation.data_files import UNREADABLE
from ..foundation.errors import InputError
from ..foundation.files import SOUND_SUFFIXES, VIDEO_SUFFIXES, atomic_path, files_in, input_file
from .front_ends import FeatureStream, FrontEnd, weights_hash
from .sound import Sound
from .waveform import FRAME_RATE, SAMPLE_RATE

NEIGHBOURS = 10  # as published
#: Features that are kept, 2 minutes or, thinned out evenly, more; and the fewest, 3 s.
MOST, LEAST = 8192, 188
_LARGEST = 1e4  # absolute value; features are standardised
_WIDEST = 4096  # numbers a feature
_CANDIDATES = 4 * NEIGHBOURS  # that are compared exactly
_REGULARISATION = 1e-3  # share of the trace, as usual for locally linear embedding
_PIECE = 64  # features that are compared at once: their distances take 2 MiB
_KIND = "speech manifold"
_ADVICE = "make it again with scripts/make_voice.py"


class SpeechManifold:
    """The features of one person's speech.

    features: (N, size) float32, N from 188 on.
    front_end: name of the front-end that they come from. weights: hash of its network's.
    sounds: recordings that they come from. seconds: their length in all.
    Raises InputError for too few features, or numbers that are not finite or above 1e4.
    """

    def __init__(
        self, features: np.ndarray, front_end: str, weights: str = "", sounds: int = 1, seconds: float = 0.0
    ) -> None:
        if len(features) < LEAST:
            raise InputError(f"a voice needs {LEAST / FRAME_RATE:.0f} s of speech; give more of it")
        if not (np.abs(features) <= _LARGEST).all():
            raise InputError(f"a voice with numbers that are not finite or above {_LARGEST:g}; {_ADVICE}")
        self.features = np.ascontiguousarray(features, np.float32)
        self.front_end, self.weights = front_end, weights
        self.sounds, self.seconds = sounds, seconds
        self._squares = np.einsum("nd,nd->n", self.features, self.features)

    def project(self, features: np.ndarray, strength: float = 1.0) -> np.ndarray:
        """Features (t, size) → (t, size) float32, moved by ``strength`` of the way to the manifold."""
        pieces = [features[start : start + _PIECE] for start in range(0, len(features), _PIECE)]
        done = [piece + strength * self._way(piece) for piece in pieces]
        return np.concatenate([features[:0], *done]).astype(np.float32)

    def distance(self, features: np.ndarray) -> np.ndarray:
        """Euclidean distance (t,) of features (t, size) to the nearest of the person's own."""
        pieces = [features[start : start + _PIECE] for start in range(0, len(features), _PIECE)]
        nearest = [np.linalg.norm(self._nearest(piece)[:, 0], axis=-1) for piece in pieces]
        return np.concatenate([np.zeros(0), *nearest])

    def _way(self, features: np.ndarray) -> np.ndarray:
        """From features (t, size) to their projections, (t, size) float64."""
        offsets = self._nearest(features)
        gram = offsets @ offsets.transpose(0, 2, 1)
        # Added so that neighbours that lie alike, or upon the feature, share the weight.
        diagonal = _REGULARISATION * np.trace(gram, axis1=1, axis2=2) + 1e-9
        gram += diagonal[:, None, None] * np.eye(NEIGHBOURS)
        weights = np.linalg.solve(gram, np.ones((len(gram), NEIGHBOURS, 1)))[..., 0]
        weights /= weights.sum(axis=1, keepdims=True)
        return np.einsum("tk,tkd->td", weights, offsets)

    def _nearest(self, features: np.ndarray) -> np.ndarray:
        """From each feature to the K nearest of the manifold, nearest first, (t, K, size) float64."""
        rough = self._squares - 2 * features.astype(np.float32) @ self.features.T
        likely = np.argpartition(rough, _CANDIDATES - 1, axis=1)[:, :_CANDIDATES]
        # The product rounds differently with the number of features: the choice must not hang on it.
        offsets = self.features[likely].astype(np.float64) - features[:, None]
        order = np.argsort(np.einsum("tcd,tcd->tc", offsets, offsets), axis=1)[:, :NEIGHBOURS]
        return np.take_along_axis(offsets, order[..., None], axis=1)


class ProjectedFrontEnd:
    """A `FrontEnd` whose features are projected onto a manifold.

    front_end: what hears. manifold: of the same features. strength: of the projection, 0 to 1.
    """

    def __init__(self, front_end: FrontEnd, manifold: SpeechManifold, strength: float = 1.0) -> None:
        self.size, self.hop, self.look_ahead = front_end.size, front_end.hop, front_end.look_ahead
        self.weights = front_end.weights
        self._front_end, self._manifold, self._strength = front_end, manifold, strength

    def stream(self) -> _ProjectedStream:
        return _ProjectedStream(self._front_end.stream(), self._manifold, self._strength)

    def batch(self, waveforms: Sequence[np.ndarray]) -> list[np.ndarray]:
        heard = self._front_end.batch(waveforms)
        return [self._manifold.project(features, self._strength) for features in heard]


class _ProjectedStream:
    def __init__(self, stream: FeatureStream, manifold: SpeechManifold, strength: float) -> None:
        self._stream, self._manifold, self._strength = stream, manifold, strength

    def add(self, samples: np.ndarray) -> np.ndarray:
        return self._manifold.project(self._stream.add(samples), self._strength)

    def finish(self) -> np.ndarray:
        return self._manifold.project(self._stream.finish(), self._strength)


def in_voice(
    front_end: FrontEnd, name: str, voice_of: str | os.PathLike[str], strength: float = 1.0
) -> ProjectedFrontEnd:
    """The front-end of a name, its features projected onto a person's.

    voice_of: a file of `write_manifold`, or a sound, a clip, or a folder of these, heard now. Raises
    InputError for a strength beyond 0 to 1, a file that cannot be used or is of another front-end.
    """
    if not 0 <= strength <= 1:
        raise InputError(f"--voice_strength {strength} is out of range; choose 0 to 1")
    if Path(voice_of).suffix != ".safetensors":
        return ProjectedFrontEnd(front_end, hear_voice(front_end, name, [Path(voice_of)]), strength)
    manifold = read_manifold(voice_of)
    if manifold.front_end != name:
        raise InputError(
            f"{voice_of} holds features of {manifold.front_end}, not {name}; make it with --front_end {name}"
        )
    if manifold.weights != weights_hash(front_end) or manifold.features.shape[1] != front_end.size:
        raise InputError(f"{voice_of} was made with other weights of the front-end {name}; {_ADVICE}")
    return ProjectedFrontEnd(front_end, manifold, strength)


def hear_voice(front_end: FrontEnd, name: str, places: Iterable[Path]) -> SpeechManifold:
    """The manifold of all sounds and clips named, or below the folders named. Raises InputError where there
    are none, one cannot be read or is silent, or all are under 3 s long."""
    files = files_in(places, SOUND_SUFFIXES + VIDEO_SUFFIXES, "sounds or clips")
    kept = _Thinned()
    seconds = 0.0
    for file in files:
        sound = Sound(file)
        for features in _features(front_end.stream(), sound):
            kept.add(features)
        if sound.silent:
            raise InputError(f"{file} is silent; leave it out")
        seconds += sound.samples / SAMPLE_RATE
    return SpeechManifold(kept.features(), name, weights_hash(front_end), len(files), seconds)


def _features(stream: FeatureStream, sound: Sound) -> Iterator[np.ndarray]:
    for block in sound.blocks():
        for start in range(0, len(block), SAMPLE_RATE):
            yield stream.add(block[start : start + SAMPLE_RATE])
    yield stream.finish()


class _Thinned:
    """Every n-th of the features added, n the power of two with which there are at most `MOST`."""

    def __init__(self) -> None:
        self._kept: list[np.ndarray] = []
        self._step, self._added = 1, 0

    def add(self, features: np.ndarray) -> None:
        self._kept.append(features[-self._added % self._step :: self._step])
        self._added += len(features)
        while -(-self._added // self._step) > MOST:
            self._kept = [np.concatenate(self._kept)[::2]]
            self._step *= 2

    def features(self) -> np.ndarray:
        return np.concatenate(self._kept)


def write_manifold(path: str | os.PathLike[str], manifold: SpeechManifold) -> None:
    """Store a manifold in half precision (.safetensors); the file appears when complete."""
    metadata = {
        "kind": _KIND,
        "front_end": manifold.front_end,
        "weights": manifold.weights,
        "features": str(len(manifold.features)),
        "sounds": str(manifold.sounds),
        "seconds": f"{manifold.seconds:.2f}",
    }
    content = save({"features": manifold.features.astype(np.float16)}, metadata)
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)
        sort_metadata(temporary)


def read_manifold(path: str | os.PathLike[str]) -> SpeechManifold:
    """Read what `write_manifold` stored; sizes are checked before anything is allocated. Raises InputError
    where the file is missing, damaged or of another kind."""
    path = input_file(path, "voice")
    with open_safetensors(path) as file:
        metadata = file.metadata() or {}
        if metadata.get("kind") != _KIND:
            raise InputError(f"{path} holds no voice; make one with scripts/make_voice.py")
        try:
            part = file.get_slice("features")
            count, size = part.get_shape()
            if (
                part.get_dtype() not in ("F16", "F32")
                or not LEAST <= count <= MOST
                or not 0 < size <= _WIDEST
            ):
                raise ValueError(f"features {count} x {size} {part.get_dtype()}")
            if count != int(metadata["features"]):
                raise ValueError(f"{count} features, not {metadata['features'][:20]}")
            counted = int(metadata["sounds"]), float(metadata["seconds"])
            features = file.get_tensor("features").astype(np.float32)
            return SpeechManifold(features, metadata["front_end"], metadata["weights"], *counted)
        except (SafetensorError, *UNREADABLE, InputError) as error:
            raise InputError(f"{path} is no voice or is damaged ({error}); {_ADVICE}") from None
