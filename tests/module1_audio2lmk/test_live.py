"""Live speech against a clock that the test turns: in step, at rest, interrupted, late."""

import numpy as np
import pytest

from module1_audio2lmk import SpeechToLandmarks
from module1_audio2lmk.audio.sound_queue import RateConverter
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.geometry import mouth_opening
from module1_audio2lmk.foundation.media import read_audio
from module1_audio2lmk.live import QUIET

RATE = 16000


@pytest.fixture(scope="module")
def speech():
    return SpeechToLandmarks(front_end="mel")


@pytest.fixture(scope="module")
def voice(voice_path):
    return read_audio(voice_path, RATE)[: 2 * RATE]


class Turned:
    """A clock."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def pushed_in_real_time(live, clock, samples, seconds, late=()):
    """Frames of `seconds`; 40 ms of the samples come before each frame, but none before the frames `late`."""
    moments, due = [], 0
    for frame in range(round(25 * seconds)):
        due += 640
        if frame not in late:
            live.push(samples[:due])
            samples, due = samples[due:], 0
        clock.now += 0.04
        moments.append(live.take())
    return moments


def opening(moments):
    return mouth_opening(np.stack([m.landmarks for m in moments]))


def test_sound_comes_out_unchanged_and_in_step_with_its_mouth(speech, face, voice):
    clock = Turned()
    live = speech.live(face, clock=clock)
    moments = pushed_in_real_time(live, clock, voice, 4)
    sound = np.concatenate([m.sound for m in moments])
    lag = int(np.argmax(np.correlate(sound, voice[:RATE], "valid")))
    np.testing.assert_allclose(sound[lag : lag + RATE], voice[:RATE], atol=QUIET)  # leading quiet is left out
    assert all(len(m.sound) == 640 for m in moments)
    # The mouth is that of the whole sound, as late as the sound is.
    stream = speech.stream(face, 25)
    whole = mouth_opening(np.concatenate([stream.push(voice), stream.flush()]))
    place = (np.arange(20, 45) * 640 + lag) / 640
    alike = [
        np.corrcoef(np.interp(place + shift, np.arange(100), opening(moments)), whole[20:45])[0, 1]
        for shift in (-1, -0.5, 0, 0.5, 1)
    ]
    assert np.argmax(alike) == 2 and alike[2] > 0.95
    spoken = [(m.arrived, k) for k, m in enumerate(moments) if m.arrived is not None]
    latencies = [0.04 * (k + 1) - arrived for arrived, k in spoken]
    assert live.latency < max(latencies) <= live.latency + 0.14


def test_a_frame_hears_only_what_it_lacks_and_the_rest_is_heard_in_the_background(speech, face, voice):
    live = speech.live(face)
    live.push(voice[RATE // 2 :])
    assert any([live.take().sound.any() for _ in range(12)])
    assert live._utterance.ahead < live.latency + 0.13  # a frame and a step of 80 ms
    assert live.advance() and live.advance()


def test_the_mouth_is_shut_before_and_after(speech, face, voice):
    clock = Turned()
    live = speech.live(face, clock=clock)
    moments = pushed_in_real_time(live, clock, voice, 4.5)
    gaps = opening(moments)
    assert gaps.max() > 0.1
    ends = max(k for k, m in enumerate(moments) if m.pushed is not None and m.pushed < 2)
    assert gaps[:5].max() < 0.01 and gaps[ends + 7 :].max() < 0.01
    nose = np.stack([m.landmarks[30] for m in moments])
    assert np.linalg.norm(np.diff(nose, axis=0), axis=1).max() < 8  # px: no jump between speech and rest


def test_interruption_silences_at_once_and_shuts_the_mouth(speech, face, voice):
    live = speech.live(face)
    live.push(voice)
    gaps = opening([live.take() for _ in range(60)])
    widest = int(gaps[10:].argmax()) + 10
    live = speech.live(face)
    live.push(voice)
    for _ in range(widest + 1):
        last = live.take()
    live.interrupt()
    after = [live.take() for _ in range(25)]
    assert np.abs(last.sound).max() > 0.01 and not any(np.abs(m.sound).max() for m in after)
    assert opening([last])[0] > 0.1 and opening(after)[3:].max() < 0.01
    live.push(voice)
    assert opening([live.take() for _ in range(40)]).max() > 0.1


def test_late_sound_is_played_later_and_stays_in_step(speech, face, voice):
    clock = Turned()
    live = speech.live(face, clock=clock)
    moments = pushed_in_real_time(live, clock, voice, 4.5, late=(30, 31, 32))
    assert max(m.pushed for m in moments if m.pushed is not None) > 1.9  # none is lost
    latencies = [0.04 * (k + 1) - m.arrived for k, m in enumerate(moments) if m.arrived is not None]
    assert latencies[-1] > latencies[5] + 0.03


def test_a_microphone_that_is_behind_catches_up(speech, face, voice):
    live = speech.live(face, catch_up=0.1)
    live.push(voice)
    live.push(voice)
    for _ in range(50):
        live.take()
    assert live.pending < live.latency + 0.4


def test_skipped_frames_keep_their_sound(speech, face, voice):
    one, other = speech.live(face), speech.live(face)
    one.push(voice), other.push(voice)
    singly = [one.take() for _ in range(30)]
    together = [other.take(skipped=2) for _ in range(10)]
    np.testing.assert_array_equal(
        np.concatenate([m.sound for m in singly]), np.concatenate([m.sound for m in together])
    )
    np.testing.assert_allclose(singly[-1].landmarks, together[-1].landmarks, atol=1e-4)


def test_what_cannot_be_said(speech, face):
    live = speech.live(face, backlog=1.0)
    with pytest.raises(InputError, match="more than 1 s"):
        live.push(np.zeros(2 * RATE, np.float32))
    with pytest.raises(InputError, match="not numbers"):
        live.push(np.array([np.nan], np.float32))
    with pytest.raises(InputError, match="give \\(n,\\) int16"):
        live.push(np.zeros(5, np.int64))


@pytest.mark.parametrize("rate", [8000, 24000, 44100, 48000])
def test_converted_sound_is_in_step(rate):
    tone = np.sin(2 * np.pi * 300 * np.arange(rate) / rate).astype(np.float32)
    converter = RateConverter(RATE)
    out = np.concatenate([converter.convert(piece, rate) for piece in np.array_split(tone, 37)])
    expected = np.sin(2 * np.pi * 300 * np.arange(len(out)) / RATE)
    assert len(out) > 0.99 * RATE
    np.testing.assert_allclose(out[200:], expected[200:], atol=0.02)
