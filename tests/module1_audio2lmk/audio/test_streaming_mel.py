import numpy as np
import pytest
from reference_tools import load_reference

from module1_audio2lmk.audio.mel import mel_spectrogram
from module1_audio2lmk.audio.statistics import load_content_statistics, speech_statistics
from module1_audio2lmk.audio.streaming_mel import RunningNormaliser, StreamingMel
from module1_audio2lmk.foundation.errors import InputError


@pytest.fixture(scope="module")
def wave():
    return np.tile(load_reference("mel_frontend")["waveform"].numpy(), 3)[:70001]


def run(wave, size, **kwargs):
    stream = StreamingMel(**kwargs)
    frames = [stream.push(wave[start : start + size]) for start in range(0, len(wave), size)]
    return np.concatenate([*frames, stream.flush()])


@pytest.mark.parametrize("size", [320, 513, 4096, 7])
def test_frames_do_not_depend_on_the_chunks(wave, size):
    assert np.array_equal(run(wave, size), run(wave, len(wave)))


@pytest.mark.parametrize("samples", [1, 2, 255, 256, 513, 768, 1500, 4096, 20000])
def test_frame_count_is_the_published_one(wave, samples):
    assert run(wave[:samples], 100).shape == (samples // 256 + 1, 80)
    assert np.array_equal(run(wave[:samples], 100), run(wave[:samples], 1000))


def test_empty_stream():
    stream = StreamingMel()
    assert stream.push(np.zeros(0)).shape == (0, 80)
    assert stream.flush().shape == (0, 80)


def test_a_frame_waits_for_32_ms_of_sound_after_its_centre(wave):
    stream = StreamingMel()
    assert len(stream.push(wave[:512])) == 0
    received = sum(len(stream.push(wave[start : start + 1])) for start in range(512, 5000))
    assert received == (5000 - 512) // 256 + 1


def test_raw_frames_are_the_published_ones_up_to_the_phase_of_the_filter(wave):
    raw = run(wave, 1000, normaliser=lambda frames: frames)
    published = mel_spectrogram(wave)
    assert raw.shape == published.shape
    assert np.abs(raw - published)[4:-4].mean() < 0.003


@pytest.mark.parametrize("samples", [513, 600, 1024, 4096, 4097, 4351])
def test_the_end_is_reflected(wave, samples):
    flushed = run(wave[:samples], samples, normaliser=lambda frames: frames)
    longer = np.concatenate([wave[:samples], wave[samples - 2 : samples - 514 : -1]])
    whole = run(longer, len(longer), normaliser=lambda frames: frames)[: samples // 256 + 1]
    # reflected before or after the filter: the same but for the filter's response to the turning point
    assert np.abs(flushed - whole)[:, 5:].mean() < 0.02


def make_speech(seconds, level, seed=0):
    """Mel frames with the statistics of speech at a level (0.01 a decibel) above the usual one."""
    mean, deviation = speech_statistics()
    rng = np.random.default_rng(seed)
    return mean + level + deviation * rng.normal(0, 1, (int(seconds * 62.5), 80))


def test_normaliser_starts_with_the_statistics_of_speech():
    out = RunningNormaliser()(make_speech(5, 0.0))
    assert abs(out.mean()) < 0.05 and abs(out.std() - 1) < 0.05
    assert np.abs(out[:3]).max() < 5


def test_normaliser_follows_the_level_of_the_recording():
    out = RunningNormaliser()(make_speech(20, -0.15))
    assert out[:5].mean() < -0.5
    assert abs(out[-500:].mean()) < 0.1


def test_pauses_do_not_count():
    normalise = RunningNormaliser()
    normalise(make_speech(10, 0.0))
    pause = normalise(np.full((300, 80), -0.16))
    assert np.allclose(pause, pause[0])  # nothing was learned from them
    assert pause.max() < -2
    again = normalise(make_speech(1, 0.0, seed=1))
    assert abs(again.mean()) < 0.1


def test_silence_alone_stays_far_below_speech():
    out = run(np.zeros(160000, np.float32), 1000)
    assert np.isfinite(out).all() and out.max() < -2


def test_content_statistics(tmp_path):
    mean, deviation = load_content_statistics()
    assert mean.shape == deviation.shape == (80,)
    assert mean[0] == pytest.approx(0.65552288) and deviation[-1] == pytest.approx(0.12796283)
    path = tmp_path / "own.txt"
    np.savetxt(path, np.concatenate([mean + 1, deviation]))
    assert load_content_statistics(path)[0] == pytest.approx(mean + 1)


@pytest.mark.parametrize("content", ["1 2 3\n", "words\n", "nan " * 160, "0 " * 160])
def test_bad_content_statistics(tmp_path, content):
    path = tmp_path / "bad.txt"
    path.write_text(content)
    with pytest.raises(InputError, match=r"bad\.txt"):
        load_content_statistics(path)
    with pytest.raises(InputError, match="missing"):
        load_content_statistics(tmp_path / "missing.txt")
