"""The avatar under LiveKit's own runner, with outputs in memory and a room that only says it is connected."""

import asyncio
from fractions import Fraction

import numpy as np
import pytest

pytest.importorskip("livekit.agents", reason="needs the extra livekit")
from livekit import rtc
from livekit.agents.voice.avatar import AvatarRunner, QueueAudioOutput

from module1_audio2lmk.foundation.live import Moment
from module2_drawing.live import LiveSession
from module2_drawing.live.livekit import DrawnAvatar

RATE, FRAME = 24000, 960


class Echo:
    """A source that says at once what is pushed."""

    fps, sound_rate, over, left_out = Fraction(25), RATE, False, 0.0

    def __init__(self) -> None:
        self.waiting, self.said, self.interrupted = np.zeros(0, np.float32), 0, 0

    @property
    def pending(self) -> float:
        return len(self.waiting) / RATE

    def push(self, samples: np.ndarray, rate: int) -> None:
        assert rate == RATE and samples.shape[1] == 1
        self.waiting = np.concatenate([self.waiting, samples[:, 0] / np.float32(32768)])

    def interrupt(self) -> None:
        self.waiting, self.said, self.interrupted = self.waiting[:0], 0, self.interrupted + 1

    def advance(self) -> bool:
        return False

    def take(self, skipped: int = 0) -> Moment:
        count = FRAME * (skipped + 1)
        sound, self.waiting = self.waiting[:count], self.waiting[count:]
        pushed = self.said / RATE if len(sound) else None
        self.said += len(sound)
        return Moment(np.zeros((68, 2), np.float32), np.pad(sound, (0, count - len(sound))), pushed)


class White:
    size = 64

    def frames(self, landmarks: np.ndarray):
        yield np.full((64, 64, 3), 255, np.uint8)


class Publication:
    async def wait_for_subscription(self) -> None: ...


class Room(rtc.EventEmitter):
    """Connected; what is published goes nowhere."""

    def isconnected(self) -> bool:
        return True

    @property
    def local_participant(self) -> "Room":
        return self

    async def publish_track(self, *_: object) -> Publication:
        return Publication()


def voice(seconds: float) -> rtc.AudioFrame:
    samples = (10_000 * np.sin(np.arange(round(seconds * RATE)) / 10)).astype(np.int16)
    return rtc.AudioFrame(samples.tobytes(), RATE, 1, len(samples))


def test_an_agent_speaks_is_interrupted_and_rests() -> None:
    async def talk() -> tuple[list, list, Echo]:
        source, finished = Echo(), []
        avatar = DrawnAvatar(LiveSession(White(), source))
        audio = QueueAudioOutput(sample_rate=RATE)
        audio.on("playback_finished", finished.append)
        runner = AvatarRunner(Room(), audio_recv=audio, video_gen=avatar, options=avatar.options)
        given, push = [], runner.av_sync.push

        async def kept(frame, timestamp=None) -> None:
            given.append(frame)
            await push(frame, timestamp)

        runner.av_sync.push = kept
        await runner.start()
        await audio.capture_frame(voice(0.4))
        audio.flush()
        while not finished:
            await asyncio.sleep(0.02)
        await audio.capture_frame(voice(5))
        audio.flush()
        await asyncio.sleep(0.5)
        audio.clear_buffer()
        while len(finished) < 2:
            await asyncio.sleep(0.02)
        before = len(given)
        await asyncio.sleep(0.5)
        avatar.session.close()
        await runner.aclose()
        return given, finished, (source, before)

    given, finished, (source, before) = asyncio.run(asyncio.wait_for(talk(), 240))
    assert [event.interrupted for event in finished] == [False, True]
    assert finished[0].playback_position == pytest.approx(0.4, abs=0.05)
    assert 0 < finished[1].playback_position < 2 and source.interrupted == 1
    pictures = [frame for frame in given if isinstance(frame, rtc.VideoFrame)]
    assert (pictures[0].width, pictures[0].height) == (64, 64)
    rest = given[before + 1 :]
    assert rest and all(isinstance(frame, rtc.VideoFrame) for frame in rest), "at rest there is no sound"
