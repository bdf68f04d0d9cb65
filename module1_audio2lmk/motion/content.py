"""Speech → shapes of the mouth with own weights, as a stream: bounded look-ahead, constant memory."""

from __future__ import annotations

import os

import numpy as np
import torch

from ..audio.streaming_mel import StreamingMel
from ..foundation.checkpoints import read_metadata
from ..foundation.face.geometry import inner_gap
from ..networks.own_weights import load_own
from ..networks.streaming_content_branch import StreamingContentBranch
from .face_rig import opening_direction

_PIECE = 16000 * 10  # samples fed at a time where a whole waveform is at hand


class ContentStream:
    """Feed 16 kHz samples in chunks of any size, get one mouth every 16 ms.

    A mouth is K + 1 numbers: its shape, and the probability that the lips touch.

    N samples in all give N // 256 + 1 shapes, shape k for sample 256 k; they come ``latency`` seconds late at
    most. How the samples are cut into chunks makes no difference beyond rounding.

    Args:
        network: in evaluation mode; shared by any number of streams.
    """

    def __init__(self, network: StreamingContentBranch) -> None:
        self.network = network
        self._mel = StreamingMel()
        self._session = network.session()

    @property
    def latency(self) -> float:
        """Seconds of sound that a shape needs after its own time: network and half a mel window."""
        return (self.network.look_ahead * 256 + 512) / 16000

    def push(self, samples: np.ndarray) -> np.ndarray:
        """Take (n,) samples in [-1, 1], return the (t, K + 1) float32 mouths that are ready."""
        return self._answer(self._mel.push(samples), last=False)

    def flush(self) -> np.ndarray:
        """End the stream: the last mouths, (t, K + 1)."""
        return self._answer(self._mel.flush(), last=True)

    def _answer(self, mel: np.ndarray, last: bool) -> np.ndarray:
        if not len(mel) and not last:
            return np.zeros((0, self.network.basis.shape[0] + 1), np.float32)
        with torch.inference_mode():
            frames = torch.from_numpy(mel[None]).to(self.network.basis.device)
            shapes, closures = self._session.push(frames, last)
        return torch.cat([shapes[0], closures[0, :, None]], dim=1).cpu().numpy()


def close_softly(gap: np.ndarray, width: float) -> np.ndarray:
    """Close a mouth that is nearly closed: gap (...) → a parabola up to 2 widths, gap - width above.

    A network that is unsure of a closure leaves a little gap where lips would touch.
    """
    if width <= 0:
        return gap
    near = np.clip(gap, 0, 2 * width)
    return np.where(gap > 2 * width, gap - width, np.where(gap > 0, near**2 / (4 * width), gap))


def decided(probability: np.ndarray, low: float = 0.5, high: float = 0.9) -> np.ndarray:
    """How far lips close at a probability (...) that they touch: not below `low`, entirely above `high`."""
    share = np.clip((probability - low) / (high - low), 0, 1)
    return share * share * (3 - 2 * share)


class ContentModel:
    """Loaded own content weights: makes streams and turns shapes into displacements.

    Args:
        network: the weights.
        metadata: of their file. ``closing`` (normalised units) is the width for `close_softly`, ``gain`` a
            factor on all displacements, ``touch_low`` and ``touch_high`` the probabilities for `decided`.
    """

    def __init__(self, network: StreamingContentBranch, metadata: dict[str, str] | None = None) -> None:
        self.network = network.eval()
        self.metadata = metadata or {}
        self.basis = network.basis.cpu().numpy() * float(self.metadata.get("gain", 1))
        self.opening_direction = opening_direction(self.basis)
        self._closing = float(self.metadata.get("closing", 0))
        self._touch = float(self.metadata.get("touch_low", 0.5)), float(self.metadata.get("touch_high", 0.9))

    def stream(self) -> ContentStream:
        """A new stream at its beginning."""
        return ContentStream(self.network)

    def displacement(self, shapes: np.ndarray, closures: np.ndarray) -> np.ndarray:
        """Shapes (T, K) and closures (T,) → displacement (T, 68, 3) of the face at rest, normalised units."""
        moved = (shapes @ self.basis).reshape(-1, 68, 3)
        gap = inner_gap(moved)
        closed = close_softly(gap * (1 - decided(closures, *self._touch)), self._closing)
        return moved + (closed - gap)[:, None, None] * self.opening_direction

    def mouths(self, waveform: np.ndarray) -> np.ndarray:
        """Displacement (N // 256 + 1, 68, 3) for a whole waveform (N,)."""
        stream = self.stream()
        parts = [stream.push(waveform[start : start + _PIECE]) for start in range(0, len(waveform), _PIECE)]
        mouths = np.concatenate([*parts, stream.flush()])
        return self.displacement(mouths[:, :-1], mouths[:, -1])

    def opening(self, waveform: np.ndarray) -> np.ndarray:
        """Gap of the inner lips (T,) at 62.5 Hz, normalised units."""
        return inner_gap(self.mouths(waveform))


def load_content_stream(path: str | os.PathLike[str], device: torch.device | str = "cpu") -> ContentModel:
    """Load own content weights (.safetensors).

    Raises:
        InputError: the file is damaged, of another kind, or its tensors do not fit.
    """
    network = load_own(path, StreamingContentBranch)
    return ContentModel(network.to(device), read_metadata(path))
