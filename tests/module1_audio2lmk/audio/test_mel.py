import numpy as np
import pytest
from reference_tools import load_reference

from module1_audio2lmk.audio.mel import (
    Mel,
    MelStream,
    RawMelStream,
    RunningNormaliser,
    normalised,
    speech_statistics,
)
from module1_audio2lmk.published.mel import mel_spectrogram


@pytest.fixture(scope="module")
def wave():
    return np.tile(load_reference("mel_frontend")["waveform"].numpy(), 3)[:70001]


def run(wave, size, kind=MelStream):
    stream = kind()
    frames = [stream.add(wave[start : start + size]) for start in range(0, len(wave), size)]
    return np.concatenate([*frames, stream.finish()])


@pytest.mark.parametrize("size", [320, 513, 4096, 7])
def test_frames_do_not_depend_on_the_chunks(wave, size):
    assert np.array_equal(run(wave, size), run(wave, len(wave)))


@pytest.mark.parametrize("samples", [1, 2, 255, 256, 513, 768, 1500, 4096, 20000])
def test_frame_count_is_the_published_one(wave, samples):
    assert run(wave[:samples], 100).shape == (samples // 256 + 1, 80)
    assert np.array_equal(run(wave[:samples], 100), run(wave[:samples], 1000))


def test_empty_stream():
    stream = MelStream()
    assert stream.add(np.zeros(0)).shape == (0, 80)
    assert stream.finish().shape == (0, 80)


def test_a_frame_waits_for_32_ms_of_sound_after_its_centre(wave):
    stream = MelStream()
    assert len(stream.add(wave[:512])) == 0
    received = sum(len(stream.add(wave[start : start + 1])) for start in range(512, 5000))
    assert received == (5000 - 512) // 256 + 1


def test_raw_frames_are_the_published_ones_up_to_the_phase_of_the_filter(wave):
    raw = run(wave, 1000, RawMelStream)
    published = mel_spectrogram(wave)
    assert raw.shape == published.shape
    assert np.abs(raw - published)[4:-4].mean() < 0.003


@pytest.mark.parametrize("samples", [513, 600, 1024, 4096, 4097, 4351])
def test_the_end_is_reflected(wave, samples):
    flushed = run(wave[:samples], samples, RawMelStream)
    longer = np.concatenate([wave[:samples], wave[samples - 2 : samples - 514 : -1]])
    whole = run(longer, len(longer), RawMelStream)[: samples // 256 + 1]
    # reflected before or after the filter: the same but for the filter's response to the turning point
    assert np.abs(flushed - whole)[:, 5:].mean() < 0.02


def make_speech(seconds, level, seed=0):
    """Mel frames with the statistics of speech at a level (0.01 a decibel) above the usual one."""
    mean, deviation = speech_statistics()
    rng = np.random.default_rng(seed)
    return mean + level + deviation * rng.normal(0, 1, (int(seconds * 62.5), 80))


def test_normaliser_starts_with_the_statistics_of_speech():
    out = normalised(make_speech(5, 0.0)[None])[0]
    assert abs(out.mean()) < 0.05 and abs(out.std() - 1) < 0.05
    assert np.abs(out[:3]).max() < 5


def test_normaliser_follows_the_level_of_the_recording():
    out = normalised(make_speech(20, -0.15)[None])[0]
    assert out[:5].mean() < -0.5
    assert abs(out[-500:].mean()) < 0.1


def test_pauses_do_not_count():
    normalise = RunningNormaliser()
    normalise(make_speech(10, 0.0)[None])
    pause = normalise(np.full((1, 300, 80), -0.16))[0]
    assert np.allclose(pause, pause[0])  # nothing was learned from them
    assert pause.max() < -2
    again = normalise(make_speech(1, 0.0, seed=1)[None])[0]
    assert abs(again.mean()) < 0.1


def test_silence_alone_stays_far_below_speech():
    out = run(np.zeros(160000, np.float32), 1000)
    assert np.isfinite(out).all() and out.max() < -2


def test_a_batch_of_whole_sounds_is_what_streams_give(wave):
    sounds = [wave[:30000], wave[20000:29001], np.zeros(700, np.float32)]
    for sound, frames in zip(sounds, Mel().batch(sounds), strict=True):
        assert frames.dtype == np.float32
        np.testing.assert_allclose(frames, run(sound, 1000), atol=1e-5)
