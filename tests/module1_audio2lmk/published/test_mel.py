import numpy as np
import pytest
from reference_tools import assert_matches, load_reference

from module1_audio2lmk.published import mel


@pytest.fixture(scope="module")
def reference():
    return {name: array.numpy() for name, array in load_reference("mel_frontend").items()}


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


def test_mel_by_pieces_is_that_of_the_whole(reference, monkeypatch):
    whole = mel.mel_spectrogram(reference["waveform"])
    monkeypatch.setattr(mel, "_PIECE", 50)
    assert np.allclose(mel.mel_spectrogram(reference["waveform"]), whole, atol=1e-6)


def test_content_statistics():
    mean, deviation = mel.content_statistics()
    assert mean.shape == deviation.shape == (80,)
    assert mean[0] == pytest.approx(0.65552288) and deviation[-1] == pytest.approx(0.12796283)
