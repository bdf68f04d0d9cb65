"""Whose voice is it? The speaker embedding of a whole sound, at constant memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import torch

from ..foundation.checkpoints import Found, load_found
from ..networks.own_weights import is_own, load_own
from ..networks.speaker_encoder import SpeakerEncoder, embed_utterance
from . import speaker_audio, waveform

EMBEDDING_SIZE = 256
#: What is used for a voice without an encoder: a point in the middle of the non-negative sphere.
NEUTRAL_VOICE = np.full(EMBEDDING_SIZE, EMBEDDING_SIZE**-0.5, np.float32)
_PARTIAL = speaker_audio.PARTIAL_FRAMES * waveform.SAMPLE_RATE // 100  # samples
_QUIETER, _SILENT = 20.0, -50.0  # dB under the loudest; dBFS of what is no speech


def embed_voice(
    encoder: SpeakerEncoder | None,
    blocks: Callable[[], Iterable[np.ndarray]],
    device: torch.device | str = "cpu",
) -> np.ndarray:
    """Embedding (256,) float32 of unit length; `NEUTRAL_VOICE` without an encoder.

    Args:
        encoder: in evaluation mode, on ``device``.
        blocks: each call starts the 16 kHz sound anew; it is read twice.
    """
    if encoder is None:
        return NEUTRAL_VOICE
    level = waveform.level_dbfs(blocks())
    gain = waveform.loudness_gain(level, speaker_audio.SPEAKER_DBFS, raise_only=True)
    embeddings = []
    for speech in speaker_audio.speech_segments(blocks(), gain):
        partials = torch.from_numpy(speaker_audio.partial_utterances(speech)).to(device)
        embeddings.append(embed_utterance(encoder, partials).cpu().numpy())
    mean = np.mean(embeddings, axis=0)
    return (mean / max(float(np.linalg.norm(mean)), 1e-9)).astype(np.float32)


class RunningVoice:
    """The speaker embedding of a sound as it comes in: the mean over what was spoken so far.

    Every 0.8 s a partial utterance of 1.6 s is heard, unless it is much quieter than the loudest so far.

    Args:
        encoder: in evaluation mode, one that takes the level out itself; None always gives `NEUTRAL_VOICE`.
    """

    def __init__(self, encoder: SpeakerEncoder | None) -> None:
        self._encoder = encoder
        self._buffer = np.zeros(0, np.float32)
        self._end = _PARTIAL  # sample at which the next partial utterance ends
        self._sum = np.zeros(EMBEDDING_SIZE, np.float32)
        self._loudest = _SILENT
        self._known = [(0, NEUTRAL_VOICE)]  # from which sample on, which embedding

    def push(self, samples: np.ndarray) -> None:
        """Take (n,) samples at 16 kHz in [-1, 1]."""
        if self._encoder is None:
            return
        self._buffer = np.concatenate([self._buffer, np.asarray(samples, np.float32)])
        while len(self._buffer) >= _PARTIAL:
            self._hear(self._buffer[:_PARTIAL])
            self._buffer = self._buffer[_PARTIAL // 2 :]
            self._end += _PARTIAL // 2

    def at(self, sample: int) -> np.ndarray:
        """Embedding (256,) of unit length of the sound before ``sample``; samples are asked for in order."""
        while len(self._known) > 1 and self._known[1][0] <= sample:
            self._known.pop(0)
        return self._known[0][1]

    def _hear(self, samples: np.ndarray) -> None:
        level = waveform.level_dbfs([samples])
        self._loudest = max(level, self._loudest)
        if level < max(self._loudest - _QUIETER, _SILENT):
            return
        mel = speaker_audio.speaker_mel(samples)[None, : speaker_audio.PARTIAL_FRAMES]
        with torch.no_grad():
            self._sum += self._encoder(torch.from_numpy(mel))[0].numpy()  # type: ignore[misc]
        self._known.append((self._end, self._sum / max(float(np.linalg.norm(self._sum)), 1e-9)))


def load_encoder(found: Found | None) -> SpeakerEncoder | None:
    """The speaker encoder of a file, published or own; None for none."""
    if found is None:
        return None
    if is_own(found.path):
        return load_own(found.path, SpeakerEncoder)  # type: ignore[return-value]
    encoder = SpeakerEncoder()
    load_found(encoder, found)
    return encoder.eval()
