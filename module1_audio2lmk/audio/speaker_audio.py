"""What the speaker encoder hears: speech without its pauses, as 40-band power mel in partial utterances.

Waveforms are mono, 16 kHz, float in [-1, 1]; the constants are those of the published GE2E encoder
(Wan et al. 2018).
"""

from collections.abc import Iterable, Iterator

import librosa
import numpy as np
from scipy.ndimage import binary_dilation, uniform_filter1d

from .waveform import SAMPLE_RATE

SPEAKER_DBFS = -30.0  # quieter speech is raised to this level first, see `audio.normalise_loudness`
SPEAKER_BANDS = 40
PARTIAL_FRAMES = 160  # 1.6 s
PARTIAL_STEP = 50  # frames from one partial utterance to the next: two a second
SEGMENT_SAMPLES = 60 * SAMPLE_RATE

_HOP, _FFT_SIZE = SAMPLE_RATE // 100, SAMPLE_RATE // 40  # 10 ms, 25 ms
_GATE = 30 * SAMPLE_RATE // 1000  # speech is told from silence in windows of 30 ms
_GATE_SMOOTH, _GATE_WIDEN = 8, 7  # windows


def speaker_mel(waveform: np.ndarray) -> np.ndarray:
    """Power mel spectrogram, no logarithm: (N,) -> (N // 160 + 1, 40) float32, 25 ms windows every 10 ms."""
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


def speech_segments(blocks: Iterable[np.ndarray], gain: float = 1.0) -> Iterator[np.ndarray]:
    """Speech without pauses in segments of 60 s, from a waveform in blocks, at constant memory.

    As published, what is left over is dropped, unless it is all there is: a short recording gives one
    shorter segment (perhaps of no samples).

    Args:
        blocks: consecutive pieces of the waveform.
        gain: linear factor, to bring the whole recording to `SPEAKER_DBFS`.
    """
    speech, raw = np.zeros(0, np.float32), np.zeros(0, np.float32)
    found = False
    for block in blocks:
        for start in range(0, len(block), SEGMENT_SAMPLES):
            raw = np.concatenate([raw, gain * block[start : start + SEGMENT_SAMPLES]])
            if len(raw) < SEGMENT_SAMPLES:
                continue
            speech = np.concatenate([speech, trim_silences(raw[:SEGMENT_SAMPLES])])
            raw = raw[SEGMENT_SAMPLES:]
            if len(speech) >= SEGMENT_SAMPLES:
                yield speech[:SEGMENT_SAMPLES].astype(np.float32)
                speech, found = speech[SEGMENT_SAMPLES:], True
    speech = np.concatenate([speech, trim_silences(raw)])
    if len(speech) >= SEGMENT_SAMPLES or not found:
        yield speech[:SEGMENT_SAMPLES].astype(np.float32)


def partial_utterances(
    waveform: np.ndarray, step: int = PARTIAL_STEP, min_coverage: float = 0.75
) -> np.ndarray:
    """Mel frames of overlapping partial utterances, (N,) -> (P, 160, 40) float32, P >= 1.

    Args:
        waveform: speech, any length; it is padded with silence.
        step: frames (10 ms) between the starts of two partials.
        min_coverage: a last partial with less speech than this share is left out.

    Raises:
        ValueError: a step outside 1 to 160.
    """
    if not 1 <= step <= PARTIAL_FRAMES:
        raise ValueError(f"step {step} is not between 1 and {PARTIAL_FRAMES} frames")
    frames = len(waveform) // _HOP + 1
    starts = list(range(0, max(1, frames - PARTIAL_FRAMES + step + 1), step))
    coverage = (len(waveform) - starts[-1] * _HOP) / (PARTIAL_FRAMES * _HOP)
    if coverage < min_coverage and len(starts) > 1:
        starts.pop()
    missing = (starts[-1] + PARTIAL_FRAMES) * _HOP - len(waveform)
    mel = speaker_mel(np.pad(waveform, (0, max(missing, 0))))
    return np.stack([mel[start : start + PARTIAL_FRAMES] for start in starts])
