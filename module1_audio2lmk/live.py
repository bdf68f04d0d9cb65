"""Live speech: sound pushed at any time → the landmark frame that is due, and the sound that belongs to it.

Sound and picture share one time line, of frames k / fps s. While nothing is said the face is at rest: it
breathes and blinks, and no network hears. Speech begins on the first frame for which enough has been heard
(the look-ahead of the content branch); from there on its sound goes out with its mouths. Where sound is late,
silence is put in, into the sound and the hearing alike, so that both stay in step, and what follows is later
by as much.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from fractions import Fraction
from math import ceil

import numpy as np

from .audio.sound_queue import RateConverter, SoundQueue, Stamp
from .audio.waveform import FRAME_RATE, HOP, SAMPLE_RATE
from .foundation.device import one_thread
from .foundation.errors import InputError
from .foundation.live import Moment
from .motion.blinks import BlinkProcess
from .motion.content import ContentModel
from .motion.face_rig import FaceRig
from .motion.head import HeadMotion
from .motion.live_face import LiveFace
from .streaming import Resampler

#: Peak below which sound is taken for silence, −46 dBFS: the noise of a room in a microphone.
QUIET = 0.005
#: Seconds that sound which comes as it is spoken may wait beyond the look-ahead before some is left out.
CATCH_UP = 0.15
_STEP = 0.08  # s of sound that are heard at once, at most
_LEAST = 0.04  # s that are heard ahead, at least: a call of the networks costs the same for less
_AHEAD = 0.25  # s that are heard beyond the look-ahead: what an interruption throws away
_LEAD_IN = 0.1  # s of quiet that are kept before speech: consonants begin softly
_SPARE = 2  # mouths of 16 ms that speech begins with: sound may come later by as much
_PATIENCE = 0.2  # s after the last sound came in which speech shorter than the look-ahead begins
_RESTING_AFTER = 0.8  # s of quiet after which the face is at rest
_SHUT_AFTER, _SHUT_WITHIN = 0.08, 0.16  # s after its last sound a mouth begins to shut, and how long it takes


class LiveSpeech:
    """Makes one face speak what is pushed (a `MotionSource`): made by `SpeechToLandmarks.live`.

    fps: frames a second. sound_rate: samples a second of the sound that goes out. backlog: seconds that may
    be pushed ahead. catch_up: seconds by which sound that comes as it is spoken may be behind before some is
    left out; None for a source that may push ahead. clock: seconds, for the stamps of what is pushed.
    """

    def __init__(
        self,
        content: ContentModel,
        rig: FaceRig,
        head: HeadMotion,
        blink: BlinkProcess,
        fps: Fraction | float = 25,
        sound_rate: int = SAMPLE_RATE,
        backlog: float = 30.0,
        catch_up: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.fps = Fraction(fps).limit_denominator(1001)
        self.sound_rate, self.backlog = sound_rate, backlog
        self.catch_up, self._clock = catch_up, clock
        self._model = content
        self._face = LiveFace(rig, head, blink)
        self._resampler = Resampler(self.fps)
        self._lock, self._hearing = threading.Lock(), threading.Lock()
        self._input, self._convert = SoundQueue(sound_rate), RateConverter(sound_rate)
        self._pushed = 0  # samples
        self._frame = self._faces = 0  # numbers of the next output frame and of the next face, at 62.5 Hz
        self._utterance: _Utterance | None = None
        self._arrived = 0.0
        #: Seconds of pushed sound that were left out to catch up.
        self.left_out = 0.0
        self._cut = self.finished = False
        #: Seconds of sound after its own time that a mouth needs.
        self.latency = content.stream().latency
        # Networks are loaded when they are first called: not while somebody waits for an answer.
        content.stream().articulate(np.zeros(SAMPLE_RATE // 2, np.float32))

    @property
    def pending(self) -> float:
        with self._lock:
            waiting = self._input.size
        utterance = self._utterance
        return (waiting + (utterance.unplayed.size if utterance else 0)) / self.sound_rate

    @property
    def room(self) -> float:
        """Seconds that may be pushed before `push` refuses."""
        return self.backlog - self._input.size / self.sound_rate

    @property
    def over(self) -> bool:
        """After `finish`: all is said, and the mouth is shut."""
        return self.finished and self._utterance is None and self._input.peak() < QUIET and self._face.shut

    def push(self, samples: np.ndarray, rate: int = SAMPLE_RATE) -> None:
        """Say what follows: (n,) or (n, channels) float in [-1, 1] or int16 samples.

        Raises InputError where they are of another kind, or more than `backlog` seconds wait.
        """
        with self._lock:
            ready = self._convert.convert(samples, rate)
            if self._input.size + len(ready) > self.backlog * self.sound_rate:
                raise InputError(f"more than {self.backlog:g} s of sound wait to be said; push it later")
            self._arrived = self._clock()
            self._input.put(ready, Stamp(self._pushed / self.sound_rate, self._arrived))
            self._pushed += len(ready)

    def interrupt(self) -> None:
        with self._lock:
            self._input.clear()
            self._convert.reset()
            self._pushed, self._cut = 0, True

    def finish(self) -> None:
        """Nothing more will be pushed."""
        self.finished = True

    @one_thread()
    def advance(self) -> bool:
        with self._hearing:
            return not self._cut and self._advance(0 if self.finished else _LEAST)

    @one_thread()
    def take(self, skipped: int = 0) -> Moment:
        with self._hearing:
            if self._cut:
                self._cut, self._utterance = False, None
            moments = []
            for _ in range(skipped + 1):
                while self._lacking() and self._advance():
                    pass
                moments.append(self._next())
        return moments[-1]._replace(sound=np.concatenate([moment.sound for moment in moments]))

    def _advance(self, least: float = 0) -> bool:
        """Hear one step of what was pushed; False where fewer seconds than that wait, or enough is heard."""
        step = round(_STEP * self.sound_rate)
        with self._lock:
            if self._utterance is None:
                if self._input.peak() < QUIET:
                    self._input.take(max(0, self._input.size - round(_LEAD_IN * self.sound_rate)))
                    return False
                self._utterance = _Utterance(self._model, self.sound_rate)
            self._leave_out(self._utterance)
            if self._utterance.ahead > self._utterance.latency + _AHEAD:
                return False
            pieces = self._input.take_pieces(step) if self._input.size >= least * self.sound_rate else []
        if pieces:
            self._utterance.hear(pieces)
        return bool(pieces)

    def _leave_out(self, utterance: _Utterance) -> None:
        """Sound that has fallen behind: what is quiet goes first."""
        if self.catch_up is None:
            return
        behind = self._input.size / self.sound_rate + utterance.ahead - utterance.latency - self.catch_up
        if behind > 0 and (self._input.peak() < QUIET or behind > self.catch_up):
            taken, _ = self._input.take(round(behind * self.sound_rate))
            self.left_out += len(taken) / self.sound_rate

    @property
    def _place(self) -> Fraction:
        """The next frame's place among the faces."""
        return self._frame * Fraction(FRAME_RATE) / self.fps

    def _lacking(self) -> bool:
        """Whether more has to be heard for the next frame; what is not urgent is heard in the background."""
        utterance = self._utterance
        return not (utterance and utterance.begun) or utterance.ready <= ceil(self._place) - self._faces

    def _next(self) -> Moment:
        """The next frame: with the mouths that are ready, with silence where sound is late, or at rest."""
        place, utterance = self._place, self._utterance
        first, last = (round(frame * self.sound_rate / self.fps) for frame in (self._frame, self._frame + 1))
        if utterance and not utterance.begun and self._may_begin(utterance):
            self._rest_until(ceil(place))
            utterance.begin(round(ceil(place) * HOP * self.sound_rate / SAMPLE_RATE) - first)
        needed = ceil(place) + 1 - self._faces
        if utterance and utterance.begun:
            frames = self._resampler.resample(self._face.speak(utterance.mouths(needed)))
            self._faces += needed
            sound, stamp = utterance.play(last - first)
            if utterance.over():
                self._utterance = None
        else:
            frames, sound, stamp = self._rest_until(ceil(place) + 1), np.zeros(last - first, np.float32), None
        self._frame += 1
        return Moment(frames[-1], sound, *(stamp or (None, None)))

    def _may_begin(self, utterance: _Utterance) -> bool:
        """Whether enough is heard, or no more comes."""
        return utterance.ready > _SPARE or self.finished or self._clock() - self._arrived > _PATIENCE

    def _rest_until(self, count: int) -> np.ndarray:
        frames = self._resampler.resample(self._face.rest(count - self._faces))
        self._faces = count
        return frames


class _Utterance:
    """What is said from one rest to the next: heard ahead, played with its mouths.

    unplayed: sound that was heard and not played yet.
    """

    def __init__(self, model: ContentModel, sound_rate: int) -> None:
        self._model, self._stream = model, model.stream()
        self.latency = self._stream.latency
        self.unplayed = SoundQueue(sound_rate)
        self.begun = False
        self._convert = RateConverter(SAMPLE_RATE)
        self._ready: list[np.ndarray] = []
        self._mouth = 0  # number of the next one
        #: Samples that were heard: all, those to the last loud one, those to the last pushed one.
        self._heard = self._sounding = self._spoken = 0

    @property
    def ready(self) -> int:
        """Mouths that may be shown."""
        return len(self._ready)

    @property
    def ahead(self) -> float:
        """Seconds that are heard and not played."""
        return self.unplayed.size / self.unplayed.rate

    def hear(self, pieces: list[tuple[np.ndarray, Stamp | None]]) -> None:
        """Take (n,) samples with their stamps; without one they are padding."""
        whole = np.concatenate([samples for samples, _ in pieces])
        self._ready.extend(self._stream.articulate(self._convert.convert(whole, self.unplayed.rate)))
        for samples, stamp in pieces:
            self.unplayed.put(samples, stamp)
            self._heard += len(samples)
            if stamp is not None:
                self._spoken = self._heard
            if np.abs(samples).max() >= QUIET:
                self._sounding = self._heard

    def begin(self, offset: int) -> None:
        """Play from here on, `offset` samples after the frame's time."""
        self.begun = True
        self._offset = offset

    def mouths(self, count: int) -> np.ndarray:
        """The next displacements (count, 68, 3); silence is heard where sound is missing."""
        while len(self._ready) < count:
            self.hear([(np.zeros(round(_LEAST * self.unplayed.rate), np.float32), None)])
        ready, self._ready = np.array(self._ready[:count]), self._ready[count:]
        times = (self._mouth + np.arange(count)) / FRAME_RATE
        self._mouth += count
        if not count:
            return np.zeros((0, 68, 3))
        moved = self._model.displacement(ready[:, :-1], ready[:, -1])
        silent = times - self._spoken / self.unplayed.rate - _SHUT_AFTER
        return moved * (1 - np.clip(silent / _SHUT_WITHIN, 0, 1))[:, None, None]

    def play(self, count: int) -> tuple[np.ndarray, Stamp | None]:
        """The sound (count,) of the next frame, and its first sample's stamp."""
        before, self._offset = np.zeros(self._offset, np.float32), 0
        sound, stamp = self.unplayed.take(count - len(before))
        after = np.zeros(count - len(before) - len(sound), np.float32)
        return np.concatenate([before, sound, after]), stamp

    def over(self) -> bool:
        """Whether all that was loud is played, and the mouth has had the time to shut."""
        played = self._heard - self.unplayed.size
        return played - self._sounding > _RESTING_AFTER * self.unplayed.rate
