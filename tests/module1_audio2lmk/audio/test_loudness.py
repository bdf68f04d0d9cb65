import numpy as np
import pytest
from speech_data import voice

from module1_audio2lmk.audio.moonshine import TARGET_DBFS, RunningLoudness
from module1_audio2lmk.audio.waveform import level_dbfs


def levelled(samples, cuts=()):
    loudness = RunningLoudness()
    parts = [loudness.add(part) for part in np.split(samples, cuts)]
    return np.concatenate([*parts, loudness.finish()])


def test_the_chunks_change_not_a_bit():
    samples = voice(1.0)[0]
    assert np.array_equal(levelled(samples), levelled(samples, (1, 5, 64, 700, 701, 9000)))
    assert len(levelled(samples[:1001])) == 1001


@pytest.mark.parametrize("decibel", [0, -20, -40])
def test_a_voice_from_afar_comes_out_like_one_that_is_near(decibel):
    samples = voice(3.0)[0]
    quiet = levelled(samples * np.float32(10 ** (decibel / 20)))
    assert level_dbfs(quiet[16000:]) == pytest.approx(TARGET_DBFS, abs=3)
    near = levelled(samples)[16000:]
    assert np.corrcoef(near, quiet[16000:])[0, 1] > 0.995


def test_direct_current_is_taken_out():
    samples = voice(2.0)[0]
    assert np.corrcoef(levelled(samples)[8000:], levelled(samples + 0.2)[8000:])[0, 1] > 0.99


def test_silence_is_not_raised():
    assert not levelled(np.zeros(16000)).any()
    faint = 1e-5 * np.random.default_rng(0).normal(size=16000)
    assert level_dbfs(levelled(faint)) < TARGET_DBFS - 20


def test_a_voice_after_noise_is_heard_at_its_own_level():
    noise = 1e-3 * np.random.default_rng(0).normal(size=16000)
    out = levelled(np.concatenate([noise, voice(1.0)[0]]))
    assert level_dbfs(out[20000:]) == pytest.approx(TARGET_DBFS, abs=4)
