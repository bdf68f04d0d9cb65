import numpy as np
import pytest
from speech_data import voice

from module1_audio2lmk.audio.mel import MelStream, normalised, raw_mel
from module1_audio2lmk.training import augment


@pytest.fixture(scope="module")
def mel():
    return raw_mel(voice(2.0)[0])


@pytest.fixture
def random():
    return np.random.default_rng(0)


def test_batch_normaliser_is_the_streaming_one(mel):
    sound, _ = voice(2.0)
    stream = MelStream()
    streamed = np.concatenate([stream.add(sound), stream.finish()])
    batch = normalised(np.stack([mel, mel[::-1]]))
    np.testing.assert_allclose(batch[0], streamed, atol=1e-5)


def test_noise_has_the_stated_level(mel, random):
    noise = augment.coloured_noise(len(mel), random)
    power = 10 ** (10 * (augment.mix(mel, noise, 10.0) - 0.84))
    speech = 10 ** (10 * (mel - 0.84))
    assert power.mean() / speech.mean() == pytest.approx(1.1, rel=0.01)


def test_white_noise_of_the_mel_is_that_of_the_waveform(random):
    real = raw_mel(np.random.default_rng(5).normal(0, 0.05, 32000).astype(np.float32))[8:-8]
    made = np.stack([augment.coloured_noise(100, np.random.default_rng(i)) for i in range(20)])
    typical = np.median(made.std(axis=1), axis=0)
    assert np.abs(np.log(typical / real.std(axis=0))).mean() < 0.3


def test_speed(mel):
    fast, time = augment.change_speed([mel, np.arange(len(mel))[:, None]], 1.25, 80)
    assert len(fast) == 80
    np.testing.assert_allclose(time[:, 0], np.arange(80) * 1.25)


def test_warp_moves_the_spectrum(mel):
    np.testing.assert_allclose(augment.warp_frequency(mel, 1.0), mel)
    line = np.zeros((1, 80), np.float32)
    line[0, 40] = 1
    assert augment.warp_frequency(line, 1.25).argmax() == 32


def test_a_pause_is_marked(mel, random):
    paused, share = augment.insert_pause(mel, random)
    changed = np.flatnonzero((paused != mel).any(axis=1))
    assert 25 <= len(changed) <= 125
    assert (share[changed[8:-8]] == 1).all() and not share[: changed[0]].any()


def test_augmentation_stays_in_range_and_keeps_the_original(mel, random):
    before = mel.copy()
    for _ in range(10):
        changed = augment.augment(mel, [mel], augment.AugmentOptions(), random)
        assert changed.shape == mel.shape and changed.min() >= -0.1601 and np.isfinite(changed).all()
    np.testing.assert_array_equal(mel, before)


def test_rooms_keep_the_length_and_the_direct_sound(random):
    click = np.zeros(8000, np.float32)
    click[100] = 1
    room = augment.reverberate(click, random)
    assert room.shape == click.shape and room[100] == pytest.approx(1, abs=1e-4)
    assert (np.abs(room[200:]).max() > 1e-4 and not room[:99].any()) or np.abs(room[:99]).max() < 1e-6


def test_masks_are_bands(random):
    features = np.ones((5, 80), np.float32)
    augment.mask_bands(features, random)
    assert 2 <= (features == 0).all(axis=0).sum() <= 18 and features.any()
