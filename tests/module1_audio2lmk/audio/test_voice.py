import numpy as np
import torch
from speech_data import voice

from module1_audio2lmk.audio.voice import NEUTRAL_VOICE, RunningVoice, embed_voice
from module1_audio2lmk.networks.speaker_encoder import SpeakerEncoder


def small_encoder():
    torch.manual_seed(0)
    return SpeakerEncoder(hidden=8, layers=1, floor=1e-4).eval()


def test_without_an_encoder_every_voice_is_neutral():
    running = RunningVoice(None)
    running.push(voice(3.0)[0])
    np.testing.assert_array_equal(running.at(48000), NEUTRAL_VOICE)
    np.testing.assert_array_equal(embed_voice(None, lambda: []), NEUTRAL_VOICE)


def test_a_running_voice_does_not_depend_on_chunks_or_on_what_comes_later():
    sound = voice(5.0)[0]
    whole, pieces = RunningVoice(small_encoder()), RunningVoice(small_encoder())
    whole.push(sound)
    for end in range(800, len(sound) + 1, 800):
        pieces.push(sound[end - 800 : end])
        np.testing.assert_allclose(pieces.at(end), whole.at(end), atol=1e-6)
        if end < 25600:
            np.testing.assert_array_equal(pieces.at(end), NEUTRAL_VOICE)
    assert np.linalg.norm(pieces.at(len(sound))) == np.float32(1)
    assert np.abs(pieces.at(len(sound)) - NEUTRAL_VOICE).max() > 0.01


def test_pauses_say_nothing_about_a_voice():
    pausing = RunningVoice(small_encoder())
    pausing.push(np.concatenate([voice(3.2)[0], np.zeros(5 * 16000, np.float32)]))
    before = pausing.at(4 * 16000)
    assert np.abs(before - NEUTRAL_VOICE).max() > 0.01
    np.testing.assert_array_equal(pausing.at(8 * 16000), before)
    silent = RunningVoice(small_encoder())
    silent.push(np.zeros(50000, np.float32))
    np.testing.assert_array_equal(silent.at(50000), NEUTRAL_VOICE)
