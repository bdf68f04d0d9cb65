import numpy as np
import pytest
import torch
from speech_data import voice

from module1_audio2lmk.audio.voice import (
    NEUTRAL_VOICE,
    RunningVoice,
    embed_voice,
    partial_utterances,
    speaker_mel,
    speech_segments,
    trim_silences,
)
from module1_audio2lmk.audio.waveform import normalise_loudness
from module1_audio2lmk.networks.speaker_encoder import SpeakerEncoder


def small_encoder():
    torch.manual_seed(0)
    return SpeakerEncoder(hidden=8, layers=1, floor=1e-4).eval()


def test_without_an_encoder_every_voice_is_neutral():
    running = RunningVoice(None)
    running.listen(voice(3.0)[0])
    np.testing.assert_array_equal(running.at(48000), NEUTRAL_VOICE)
    np.testing.assert_array_equal(embed_voice(None, np.zeros(0)), NEUTRAL_VOICE)


def test_a_running_voice_does_not_depend_on_chunks_or_on_what_comes_later():
    sound = voice(5.0)[0]
    whole, pieces = RunningVoice(small_encoder()), RunningVoice(small_encoder())
    whole.listen(sound)
    for end in range(800, len(sound) + 1, 800):
        pieces.listen(sound[end - 800 : end])
        np.testing.assert_allclose(pieces.at(end), whole.at(end), atol=1e-6)
        if end < 25600:
            np.testing.assert_array_equal(pieces.at(end), NEUTRAL_VOICE)
    assert np.linalg.norm(pieces.at(len(sound))) == np.float32(1)
    assert np.abs(pieces.at(len(sound)) - NEUTRAL_VOICE).max() > 0.01


def test_pauses_say_nothing_about_a_voice():
    pausing = RunningVoice(small_encoder())
    pausing.listen(np.concatenate([voice(3.2)[0], np.zeros(5 * 16000, np.float32)]))
    before = pausing.at(4 * 16000)
    assert np.abs(before - NEUTRAL_VOICE).max() > 0.01
    np.testing.assert_array_equal(pausing.at(8 * 16000), before)
    silent = RunningVoice(small_encoder())
    silent.listen(np.zeros(50000, np.float32))
    np.testing.assert_array_equal(silent.at(50000), NEUTRAL_VOICE)


def test_a_quiet_voice_is_the_same_voice():
    torch.manual_seed(0)
    encoder, sound, at = SpeakerEncoder(hidden=8, layers=1).eval(), voice(3.2)[0], {}
    for level in (-20.0, -32.0, -44.0):
        running = RunningVoice(encoder)
        running.listen(normalise_loudness(sound, level))
        at[level] = running.at(len(sound))
    np.testing.assert_allclose(at[-44.0], at[-32.0], atol=1e-5)
    assert np.abs(at[-20.0] - at[-32.0]).max() > 1e-3  # louder than published: as it is


def tone(seconds, frequency=300.0):
    return (0.1 * np.sin(2 * np.pi * frequency * np.arange(int(seconds * 16000)) / 16000)).astype(np.float32)


def test_mel_is_power_without_logarithm():
    mel = speaker_mel(tone(1))
    assert mel.shape == (101, 40) and mel.dtype == np.float32
    assert (mel >= 0).all()
    assert speaker_mel(2 * tone(1)) == pytest.approx(4 * mel, rel=1e-4)
    assert mel.mean(axis=0).argmax() < 10  # 300 Hz lies in the low bands


def test_trimming_cuts_pauses_only():
    quiet = np.zeros(32000, np.float32)
    wave = np.concatenate([quiet, tone(1), quiet, tone(1), quiet])
    trimmed = trim_silences(wave)
    assert 2.0 <= len(trimmed) / 16000 < 2.9
    assert np.square(trimmed).sum() == pytest.approx(np.square(wave).sum(), rel=0.01)


def test_trimming_keeps_short_pauses_and_steady_sound():
    short = np.concatenate([tone(1), np.zeros(1600, np.float32), tone(1)])
    assert len(trim_silences(short)) > 0.98 * len(short)
    assert len(trim_silences(tone(2))) > 0.98 * 32000


def test_trimming_with_background_noise():
    noise = np.random.default_rng(0).normal(0, 0.003, 5 * 16000).astype(np.float32)
    noise[32000:48000] += tone(1)
    assert 1.0 <= len(trim_silences(noise)) / 16000 < 1.5


def test_silence_gives_nothing():
    assert len(trim_silences(np.zeros(16000, np.float32))) == 0
    assert len(trim_silences(np.zeros(0, np.float32))) == 0
    assert partial_utterances(np.zeros(0, np.float32)).shape == (1, 160, 40)


@pytest.mark.parametrize(
    ("seconds", "partials"),
    [(0.5, 1), (1.6, 1), (2.0, 2), (2.15, 2), (5.0, 8)],  # starts every 0.5 s; the last at least 3/4 full
)
def test_partial_utterances(seconds, partials):
    wave = tone(seconds)
    mel = partial_utterances(wave)
    assert mel.shape == (partials, 160, 40)
    if partials > 1:
        assert np.array_equal(mel[1, :100], mel[0, 50:150])


def test_segments(monkeypatch):
    monkeypatch.setattr("module1_audio2lmk.audio.voice.SEGMENT_SAMPLES", 32000)
    wave = tone(5.2)
    segments = speech_segments(wave)
    assert [len(segment) for segment in segments] == [32000, 32000]  # the rest is dropped
    short = speech_segments(wave[:16000])
    assert len(short) == 1 and len(short[0]) > 15000
    assert [len(segment) for segment in speech_segments(wave[:0])] == [0]
