import tracemalloc

import numpy as np
import pytest
from reference_tools import assert_matches, load_reference
from scipy import signal

from module1_audio2lmk.published import mel


@pytest.fixture(scope="module")
def reference():
    return {name: array.numpy() for name, array in load_reference("mel_frontend").items()}


@pytest.fixture(scope="module")
def speech(reference):
    """Five seconds that are not the same two seconds over and over."""
    wave = np.concatenate([reference["waveform"], 0.3 * reference["waveform"][::-1], reference["waveform"]])
    return wave[:80001].astype(np.float32)


def cut(wave, size):
    return [wave[start : start + size] for start in range(0, len(wave), size)]


def test_mel_equals_the_published(reference):
    frames = mel.mel_spectrogram(reference["waveform"])
    assert frames.shape == (126, 80) and frames.dtype == np.float32
    assert_matches(frames[::5], reference["mel"])


@pytest.mark.parametrize("samples", [32, 255, 256, 257, 1024, 5000])
def test_mel_frame_count(samples):
    wave = np.random.default_rng(0).normal(0, 0.1, samples).astype(np.float32)
    assert mel.mel_spectrogram(wave).shape == (samples // 256 + 1, 80)


def test_mel_of_silence():
    assert np.allclose(mel.mel_spectrogram(np.zeros(8000, np.float32)), -0.16, atol=1e-6)


@pytest.mark.parametrize("size", [100, 4001, 16000, 10**6])
def test_blockwise_filter_agrees_with_the_whole(speech, size):
    whole = signal.filtfilt(*signal.butter(5, 30 / 8000, "highpass"), speech.astype(np.float64))
    blockwise = np.concatenate(list(mel.highpass_blocks(cut(speech, size))))
    assert blockwise.shape == whole.shape
    assert np.abs(blockwise - whole).max() <= 1e-5


@pytest.mark.parametrize(
    ("samples", "size"), [(80001, 7000), (76800, 16000), (40, 7), (512, 100), (2048, 300)]
)
def test_blockwise_mel_agrees_with_the_whole(speech, samples, size):
    whole = mel.mel_spectrogram(speech[:samples])
    blockwise = np.concatenate(list(mel.mel_blocks(cut(speech[:samples], size))))
    assert blockwise.shape == whole.shape
    assert np.abs(blockwise - whole).max() <= 1e-5


def test_blockwise_mel_needs_constant_memory():
    def peak(seconds):
        rng = np.random.default_rng(0)
        blocks = (rng.normal(0, 0.1, 16000).astype(np.float32) for _ in range(seconds))
        tracemalloc.start()
        frames = sum(len(block) for block in mel.mel_blocks(blocks))
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert frames == seconds * 16000 // 256 + 1
        return used

    peak(2)  # the mel filters are built once
    assert peak(60) < 1.2 * peak(10)


def test_too_few_samples():
    with pytest.raises(ValueError, match="too few"):
        list(mel.mel_blocks([np.zeros(10, np.float32), np.zeros(10, np.float32)]))


def test_content_statistics():
    mean, deviation = mel.content_statistics()
    assert mean.shape == deviation.shape == (80,)
    assert mean[0] == pytest.approx(0.65552288) and deviation[-1] == pytest.approx(0.12796283)
