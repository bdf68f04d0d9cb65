"""Content branch at work: speech → mouths with own weights, at a bounded look-ahead and constant memory."""

import os

import numpy as np

from ..audio.front_ends import FrontEnd, front_end_named
from ..audio.waveform import HOP, SAMPLE_RATE
from ..foundation.backends import Network, Runtime, load, running
from ..foundation.checkpoints import read_metadata
from ..foundation.errors import InputError
from ..foundation.face.geometry import inner_gap
from .lips import TOUCH_HIGH, TOUCH_LOW, close_softly, closing_share, opening_direction

_PIECE = SAMPLE_RATE * 10  # samples fed at a time where a whole waveform is at hand
_ENDLESS = 2**62


class _Sequence:
    """One entry of the content branch on frames that come in pieces; see `advance_shapes`."""

    def __init__(self, network: Runtime, entry: str, look_ahead: int) -> None:
        self._network, self._entry, self._look_ahead = network, entry, look_ahead
        self._memory = network.zeros(entry, "memory")
        self._fed = 0

    def feed(self, frames: np.ndarray, last: bool) -> np.ndarray:
        """The next frames (t, size), at least one unless they are the last: the outputs that are ready."""
        end = self._fed + len(frames) if last else _ENDLESS
        if last:
            frames = np.pad(frames, ((0, self._look_ahead), (0, 0)))
        place = np.array([self._fed]), np.array([end])
        found, self._memory = self._network(self._entry, frames[None], *place, self._memory)
        before = max(0, self._look_ahead - self._fed)  # outputs of frames before the first
        self._fed += len(frames)
        return found[0, before:]


class ContentStream:
    """Feed 16 kHz samples in chunks of any size, get one mouth every 16 ms.

    A mouth is K + 1 numbers: its shape, and the probability that the lips touch.

    N samples in all give N // 256 + 1 shapes, shape k for sample 256 k; they come ``latency`` seconds late at
    most. How the samples are cut into chunks makes no difference beyond rounding.

    network: in evaluation mode; shared by any number of streams.
    front_end: what the network hears.
    """

    def __init__(self, network: Runtime, front_end: FrontEnd) -> None:
        numbers = self._numbers = network.numbers
        self._front_end, self._features = front_end, front_end.stream()
        self._shape_sequence = _Sequence(network, "advance_shapes", numbers["look_ahead"])
        self._closure_sequence = _Sequence(network, "advance_closures", numbers["look_ahead"])
        self._size = len(network.tensor("basis")) + 1

    @property
    def latency(self) -> float:
        """Seconds of sound that a mouth needs after its own time: of the network and of what it hears."""
        samples = self._numbers["look_ahead"] * self._front_end.hop + self._front_end.look_ahead
        return samples / SAMPLE_RATE

    def articulate(self, samples: np.ndarray) -> np.ndarray:
        """Take (n,) samples in [-1, 1], return the (t, K + 1) float32 mouths that are ready."""
        return self._answer(self._features.add(samples), last=False)

    def finish(self) -> np.ndarray:
        """End the stream: the last mouths, (t, K + 1)."""
        return self._answer(self._features.finish(), last=True)

    def _answer(self, features: np.ndarray, last: bool) -> np.ndarray:
        if not (len(features) or last):
            return np.zeros((0, self._size), np.float32)
        shapes = self._shape_sequence.feed(features, last)
        closures = self._closure_sequence.feed(features, last)
        return np.concatenate([shapes, closures[:, None]], axis=1)


class ContentModel:
    """Loaded own content weights: makes streams and turns shapes into displacements.

    network: the weights, a `StreamingContentBranch` or what runs one.
    metadata: of their file. ``features`` names the front-end, by default the mel; ``gain`` is a factor on all
    displacements, ``closing`` (normalised units) the width for `lips.close_softly`, ``touch_low`` and
    ``touch_high`` the probabilities for `lips.closing_share`.
    look_ahead: of the front-end, one of `front_ends.LOOK_AHEADS`.
    heard is the front-end's name; front_end may be replaced by one of the same size. Raises InputError where
    the front-end is unknown, or its features are not of the network's size and rate.
    """

    def __init__(
        self, network: Network | Runtime, metadata: dict[str, str] | None = None, look_ahead: str = "live"
    ) -> None:
        self.network = network
        self._runtime = running(network)
        self.backend = self._runtime.backend
        self.metadata = metadata or {}
        self.heard = self.metadata.get("features", "mel")
        self.front_end: FrontEnd = front_end_named(self.heard, self._runtime.backend, look_ahead)
        in_size = self._runtime.numbers["in_size"]
        if (self.front_end.size, self.front_end.hop) != (in_size, HOP):
            raise InputError(
                f"weights of {in_size} features every {HOP} samples do not fit the front-end "
                f"{self.heard}; train them with it"
            )
        self.basis = self._runtime.tensor("basis") * float(self.metadata.get("gain", 1))
        self.opening_direction = opening_direction(self.basis)
        self.closing = float(self.metadata.get("closing", 0))
        low, high = self.metadata.get("touch_low", TOUCH_LOW), self.metadata.get("touch_high", TOUCH_HIGH)
        self.touch = float(low), float(high)

    def stream(self) -> ContentStream:
        """A new stream at its beginning."""
        return ContentStream(self._runtime, self.front_end)

    def displacement(self, shapes: np.ndarray, closures: np.ndarray) -> np.ndarray:
        """Shapes (T, K) and closures (T,) → displacement (T, 68, 3) of the face at rest, normalised units."""
        moved = (shapes @ self.basis).reshape(-1, 68, 3)
        gap = inner_gap(moved)
        closed = close_softly(gap * (1 - closing_share(closures, *self.touch)), self.closing)
        return moved + (closed - gap)[:, None, None] * self.opening_direction

    def mouths(self, waveform: np.ndarray) -> np.ndarray:
        """Displacement (N // 256 + 1, 68, 3) for a whole waveform (N,)."""
        stream = self.stream()
        pieces = [waveform[start : start + _PIECE] for start in range(0, len(waveform), _PIECE)]
        mouths = np.concatenate([*(stream.articulate(piece) for piece in pieces), stream.finish()])
        return self.displacement(mouths[:, :-1], mouths[:, -1])

    def opening(self, waveform: np.ndarray) -> np.ndarray:
        """Gap of the inner lips (T,) at 62.5 Hz, normalised units."""
        return inner_gap(self.mouths(waveform))


def load_content_stream(
    path: str | os.PathLike[str], backend: str = "auto", look_ahead: str = "live"
) -> ContentModel:
    """Load own content weights (.safetensors), to be run by a backend, see `backends.load`.

    look_ahead: as of `ContentModel`. Raises InputError where the file is damaged, of another kind, or its
    tensors do not fit.
    """
    return ContentModel(load(path, "StreamingContentBranch", backend), read_metadata(path), look_ahead)
