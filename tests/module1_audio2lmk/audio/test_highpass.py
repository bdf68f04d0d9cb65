import numpy as np
from scipy import signal

from module1_audio2lmk.audio.highpass import HighPass


def test_the_filter_is_the_butterworth_one_and_chunks_change_not_a_bit():
    samples = np.random.default_rng(0).normal(size=4000) + 0.5
    sections = signal.butter(5, 30 / 8000, "highpass", output="sos")
    whole, stream = HighPass()(samples), HighPass()
    parts = [stream(part) for part in np.split(samples, (1, 63, 64, 65, 700, 701, 3000))]
    assert np.abs(whole - signal.sosfilt(sections, samples)).max() < 1e-11
    assert np.array_equal(np.concatenate(parts), whole)
