"""LiveKit: the drawing as the avatar of a voice agent, a `VideoGenerator` of LiveKit Agents.

    avatar = DrawnAvatar(session)
    audio = QueueAudioOutput(sample_rate=avatar.options.audio_sample_rate)
    runner = AvatarRunner(room, audio_recv=audio, video_gen=avatar, options=avatar.options)
    await runner.start()
    agent_session.output.audio = audio

Everything runs on this machine. Needs the package livekit-agents: pip install '.[livekit]'.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

import numpy as np
from livekit import rtc
from livekit.agents.voice.avatar import AudioSegmentEnd, AvatarOptions, VideoGenerator

from .session import LiveFrame, LiveSession

_PENDING = 10.0  # s of sound that may wait; an agent's voice comes faster than it is said
_LOOK = 0.05  # s between two looks whether there is room
_REST = 0.15  # s of quiet that a face at rest may keep back


class DrawnAvatar(VideoGenerator):
    """Says what is pushed and gives frames at all times, at rest as well; sound only while something is said.

    session: its source speaks (`LiveSpeech`). options: what `AvatarRunner` has to be told. A segment ends
    when the last of its sound was given out; an interruption forgets all segments.
    """

    def __init__(self, session: LiveSession) -> None:
        self.session = session
        source, size = session.source, session.size
        self.options = AvatarOptions(size, size, float(source.fps), source.sound_rate, 1)
        self._pushed = 0.0  # s since the last interruption
        self._ends: deque[float] = deque()

    async def push_audio(self, frame: rtc.AudioFrame | AudioSegmentEnd) -> None:
        """Say a piece of sound, or note that a segment ends; waits where much sound waits already."""
        if isinstance(frame, AudioSegmentEnd):
            self._ends.append(self._pushed)
            return
        while self.session.source.pending > _PENDING:
            await asyncio.sleep(_LOOK)
        samples = np.frombuffer(frame.data, np.int16).reshape(-1, frame.num_channels)
        self.session.push_audio(samples, frame.sample_rate)
        self._pushed += frame.samples_per_channel / frame.sample_rate

    def clear_buffer(self) -> None:
        """Interrupt: the sound ends with the next frame, and the mouth shuts."""
        self.session.interrupt()
        self._pushed = 0.0
        self._ends.clear()

    async def __aiter__(self) -> AsyncIterator[rtc.VideoFrame | rtc.AudioFrame | AudioSegmentEnd]:
        async for frame in self.session.aframes():
            if frame.pushed is not None:
                yield self._sound(frame)
            yield self._picture(frame)
            while self._ends and self._said(frame, self._ends[0]):
                self._ends.popleft()
                yield AudioSegmentEnd()

    def _said(self, frame: LiveFrame, end: float) -> bool:
        """Whether the sound of a segment that ends after so many pushed seconds is given out."""
        if frame.pushed is None:
            return self.session.source.pending < _REST
        return frame.pushed + 1.01 / float(self.session.source.fps) >= end

    def _sound(self, frame: LiveFrame) -> rtc.AudioFrame:
        samples = np.rint(np.clip(frame.sound, -1, 1) * 32767).astype(np.int16)
        return rtc.AudioFrame(samples.tobytes(), self.session.source.sound_rate, 1, len(samples))

    def _picture(self, frame: LiveFrame) -> rtc.VideoFrame:
        size = self.session.size
        return rtc.VideoFrame(size, size, rtc.VideoBufferType.RGB24, frame.picture.tobytes())
