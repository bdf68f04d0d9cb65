import numpy as np
import pytest

from module1_audio2lmk.audio import waveform


def test_level_and_gain():
    square = np.tile(np.array([0.1, -0.1], np.float32), 500)
    assert waveform.level_dbfs(square) == pytest.approx(-20, abs=1e-4)
    assert waveform.level_dbfs(np.zeros(10)) == -np.inf
    assert waveform.level_dbfs(np.zeros(0)) == -np.inf
    assert waveform.loudness_gain(-40) == pytest.approx(10)
    assert waveform.loudness_gain(-20, -30) == pytest.approx(10**-0.5)
    assert waveform.loudness_gain(-20, -30, raise_only=True) == 1
    assert waveform.loudness_gain(-np.inf) == 1


def test_normalise_loudness_clips_and_leaves_its_input():
    wave = np.full(1000, 0.001, np.float32)
    wave[0] = 0.9
    before = wave.copy()
    louder = waveform.normalise_loudness(wave, -3.0)
    assert louder.max() == 1 and louder.dtype == np.float32
    assert np.array_equal(wave, before)
    assert np.array_equal(waveform.normalise_loudness(np.zeros(5, np.float32)), np.zeros(5))


def test_frame_energy():
    wave = np.concatenate([np.zeros(16000), np.full(16000, 0.1)]).astype(np.float32)
    energy = waveform.frame_energy(wave)
    assert energy.shape == (126,)
    assert energy[:60] == pytest.approx(-100)
    assert energy[66:] == pytest.approx(-20, abs=1e-3)
    assert energy[62] > -100  # its window reaches 384 samples into the sound
    assert energy[62] == pytest.approx(10 * np.log10(0.01 * 384 / 1024), abs=1e-3)
