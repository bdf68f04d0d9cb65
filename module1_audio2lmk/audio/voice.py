"""Voices: the speaker embedding of a sound, whole or as it comes in.

The speaker encoder (GE2E, Wan et al. 2018) hears speech without its pauses, as 40-band power mel in partial
utterances of 1.6 s; the constants are the published ones. Waveforms are mono, 16 kHz, float in [-1, 1].
"""

import numpy as np
import torch

from ..foundation.checkpoints import Found, build
from ..networks.speaker_encoder import SpeakerEncoder, embed_utterance
from .embedding import EMBEDDING_SIZE, NEUTRAL_VOICE
from .waveform import SAMPLE_RATE, level_dbfs, loudness_gain

SPEAKER_DBFS = -30.0  # quieter speech is raised to this level first, see `normalise_loudness`
SPEAKER_BANDS = 40
PARTIAL_FRAMES = 160  # 1.6 s
PARTIAL_STEP = 50  # frames from one partial utterance to the next: two a second
_LEAST_COVERAGE = 0.75  # share of speech in a last partial utterance, else it is left out
SEGMENT_SAMPLES = 60 * SAMPLE_RATE

_HOP, _FFT_SIZE = SAMPLE_RATE // 100, SAMPLE_RATE // 40  # 10 ms, 25 ms
_GATE = 30 * SAMPLE_RATE // 1000  # speech is told from silence in windows of 30 ms
_GATE_SMOOTH, _GATE_WIDEN = 8, 7  # windows
_PARTIAL = PARTIAL_FRAMES * SAMPLE_RATE // 100  # samples
_QUIETER, _SILENT = 20.0, -50.0  # dB under the loudest; dBFS of what is no speech


def embed_voice(
    encoder: SpeakerEncoder | None, waveform: np.ndarray, device: torch.device | str = "cpu"
) -> np.ndarray:
    """Embedding (256,) float32 of unit length of (N,) samples; `NEUTRAL_VOICE` without an encoder.

    encoder: in evaluation mode, on ``device``.
    """
    if encoder is None:
        return NEUTRAL_VOICE
    gain = np.float32(loudness_gain(level_dbfs(waveform), SPEAKER_DBFS, raise_only=True))
    embeddings = []
    for speech in speech_segments(gain * waveform):
        partials = torch.from_numpy(partial_utterances(speech)).to(device)
        embeddings.append(embed_utterance(encoder, partials).cpu().numpy())
    mean = np.mean(embeddings, axis=0)
    return (mean / max(float(np.linalg.norm(mean)), 1e-9)).astype(np.float32)


class RunningVoice:
    """The speaker embedding of a sound as it comes in: the mean over what was spoken so far.

    Every 0.8 s a partial utterance of 1.6 s is heard, unless it is much quieter than the loudest so far; a
    quiet one is raised to `SPEAKER_DBFS` first.

    encoder: in evaluation mode; None always gives `NEUTRAL_VOICE`.
    """

    def __init__(self, encoder: SpeakerEncoder | None) -> None:
        self._encoder = encoder
        self._buffer = np.zeros(0, np.float32)
        self._end = _PARTIAL  # sample at which the next partial utterance ends
        self._sum = np.zeros(EMBEDDING_SIZE, np.float32)
        self._loudest = _SILENT
        self._known = [(0, NEUTRAL_VOICE)]  # from which sample on, which embedding

    def listen(self, samples: np.ndarray) -> None:
        """Take (n,) samples at 16 kHz in [-1, 1]."""
        if self._encoder is None:
            return
        self._buffer = np.concatenate([self._buffer, np.asarray(samples, np.float32)])
        while len(self._buffer) >= _PARTIAL:
            self._hear(self._encoder, self._buffer[:_PARTIAL])
            self._buffer = self._buffer[_PARTIAL // 2 :]
            self._end += _PARTIAL // 2

    def at(self, sample: int) -> np.ndarray:
        """Embedding (256,) of unit length of the sound before ``sample``; samples are asked for in order."""
        while len(self._known) > 1 and self._known[1][0] <= sample:
            self._known.pop(0)
        return self._known[0][1]

    def _hear(self, encoder: SpeakerEncoder, samples: np.ndarray) -> None:
        level = level_dbfs(samples)
        self._loudest = max(level, self._loudest)
        if level < max(self._loudest - _QUIETER, _SILENT):
            return
        gain = loudness_gain(level, SPEAKER_DBFS, raise_only=True)
        mel = speaker_mel(np.float32(gain) * samples)[None, :PARTIAL_FRAMES]
        with torch.no_grad():
            self._sum += encoder(torch.from_numpy(mel))[0].numpy()
        self._known.append((self._end, self._sum / max(float(np.linalg.norm(self._sum)), 1e-9)))


def load_encoder(found: Found | None) -> SpeakerEncoder | None:
    """The speaker encoder of a file, published or own; None for none."""
    return None if found is None else build(found, SpeakerEncoder)


def speaker_mel(waveform: np.ndarray) -> np.ndarray:
    """Power mel spectrogram, no logarithm: (N,) -> (N // 160 + 1, 40) float32, 25 ms windows every 10 ms."""
    import librosa  # with numba, a second to import

    padded = np.pad(waveform, _FFT_SIZE // 2, mode="reflect" if len(waveform) > 1 else "constant")
    mel = librosa.feature.melspectrogram(
        y=padded,
        sr=SAMPLE_RATE,
        n_fft=_FFT_SIZE,
        hop_length=_HOP,
        n_mels=SPEAKER_BANDS,
        center=False,
    )
    return mel.T.astype(np.float32)


def trim_silences(waveform: np.ndarray) -> np.ndarray:
    """Cut the pauses out of a waveform, (N,) -> (n,), n <= N; pauses shorter than 0.2 s stay.

    Windows of 30 ms count as speech by their level, against a threshold between the quiet (10 %) and loud
    (95 %) level of this waveform; the decision is smoothed and widened. Silence throughout gives n = 0.
    """
    from scipy.ndimage import binary_dilation, uniform_filter1d

    count = len(waveform) // _GATE
    windows = waveform[: count * _GATE].reshape(count, _GATE)
    if count == 0:
        return waveform[:0]
    level = 10 * np.log10(np.mean(np.square(windows, dtype=np.float64), axis=1) + 1e-10)
    quiet, loud = np.percentile(level, [10, 95])
    if loud < -75:
        return waveform[:0]
    threshold = np.clip(quiet + 0.3 * (loud - quiet), loud - 35, loud - 10)
    share = uniform_filter1d((level > threshold).astype(np.float64), _GATE_SMOOTH, mode="constant")
    speech = binary_dilation(share > 0.5, np.ones(_GATE_WIDEN))
    return windows[speech].reshape(-1)


def speech_segments(waveform: np.ndarray) -> list[np.ndarray]:
    """Speech (N,) without pauses in segments of 60 s, float32.

    As published, what is left over is dropped, unless it is all there is: a short recording gives one
    shorter segment (perhaps of no samples).
    """
    parts = [
        trim_silences(waveform[start : start + SEGMENT_SAMPLES])
        for start in range(0, len(waveform), SEGMENT_SAMPLES)
    ]
    speech = np.concatenate([*parts, np.zeros(0, np.float32)]).astype(np.float32)
    ends = range(SEGMENT_SAMPLES, len(speech) + 1, SEGMENT_SAMPLES)
    return [speech[end - SEGMENT_SAMPLES : end] for end in ends] or [speech]


def partial_utterances(waveform: np.ndarray) -> np.ndarray:
    """Mel frames of overlapping partial utterances of speech (N,), padded: (P, 160, 40) float32, P >= 1."""
    frames = len(waveform) // _HOP + 1
    starts = list(range(0, max(1, frames - PARTIAL_FRAMES + PARTIAL_STEP + 1), PARTIAL_STEP))
    coverage = (len(waveform) - starts[-1] * _HOP) / (PARTIAL_FRAMES * _HOP)
    if coverage < _LEAST_COVERAGE and len(starts) > 1:
        starts.pop()
    missing = (starts[-1] + PARTIAL_FRAMES) * _HOP - len(waveform)
    mel = speaker_mel(np.pad(waveform, (0, max(missing, 0))))
    return np.stack([mel[start : start + PARTIAL_FRAMES] for start in starts])
