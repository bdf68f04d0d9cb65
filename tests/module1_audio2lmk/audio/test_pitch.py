import numpy as np
import pytest
from reference_tools import load_reference

from module1_audio2lmk.audio import pitch


def test_quantisation_equals_the_published():
    reference = load_reference("f0_quantise")
    onehot = pitch.quantise_f0(reference["f0_normalised"].numpy())
    assert onehot.shape == (100, 257) and (onehot.sum(axis=1) == 1).all()
    assert np.array_equal(onehot.argmax(axis=1), reference["bins"].numpy())


def test_quantisation_refuses_what_is_not_normalised():
    for bad in (np.array([1.2]), np.array([np.nan])):
        with pytest.raises(ValueError, match="at most 1"):
            pitch.quantise_f0(bad)


def test_normalisation():
    log_f0 = np.array([pitch.UNVOICED, 4.0, 5.0, 6.0, pitch.UNVOICED])
    normalised = pitch.normalise_log_f0(log_f0)
    spread = np.sqrt(2 / 3)
    assert normalised[1:4] == pytest.approx([0.5 - 1 / (8 * spread), 0.5, 0.5 + 1 / (8 * spread)])
    assert (normalised[[0, 4]] < 0).all()


def test_normalisation_of_extremes():
    outlier = np.concatenate([np.linspace(4.99, 5.01, 1000), [9.0]])
    assert pitch.normalise_log_f0(outlier)[-1] == 1
    assert pitch.normalise_log_f0(np.full(5, 5.0)) == pytest.approx(0.5)
    assert (pitch.normalise_log_f0(np.full(5, pitch.UNVOICED)) < 0).all()


def test_tracking_a_glide_in_pieces(monkeypatch):
    monkeypatch.setattr(pitch, "_PIECE", 100)
    time = np.arange(5 * 16000) / 16000
    frequency = 200 * 2 ** (0.3 * np.sin(np.pi * time))
    phase = 2 * np.pi * np.cumsum(frequency) / 16000
    wave = 0.1 * sum(np.sin(k * phase) / k for k in range(1, 8))
    wave[32000:40000] = 0
    wave = wave.astype(np.float32)
    tracked = pitch.log_f0(wave)
    assert tracked.shape == (len(wave) // 256 + 1,)
    voiced = tracked > pitch.UNVOICED
    assert voiced[:120].mean() > 0.95 and voiced[165:].mean() > 0.95
    assert not voiced[130:150].any()
    truth = np.log(frequency[np.minimum(np.arange(len(tracked)) * 256, len(wave) - 1)])
    assert np.abs(tracked - truth)[voiced].max() < 0.05
