"""Synthetic speech with the times of its sounds: espeak-ng (its library) and flite (its command).

Both are free programs of the usual distributions. Where one is missing, InputError says so.
"""

import ctypes
import ctypes.util
import math
import shutil
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.signal import resample_poly

from ..audio.waveform import SAMPLE_RATE
from ..foundation.errors import InputError
from ..foundation.media import read_audio
from .coarticulation import Segment
from .phonemes import from_arpabet

FLITE_VOICES = ("slt", "rms", "awb", "kal16")
#: espeak-ng variants that sound like people of different age and sex
ESPEAK_VARIANTS = (
    "", "+m1", "+m2", "+m3", "+m4", "+m5", "+m6", "+m7", "+f1", "+f2", "+f3", "+f4", "+f5", "+klatt",
    "+klatt2", "+Alex", "+Andy", "+Annie", "+Michael", "+Mike", "+adam", "+anika", "+belinda", "+caleb",
    "+ed", "+edward", "+grandma", "+grandpa", "+iven", "+john", "+linda", "+max", "+norbert", "+paul",
    "+quincy", "+rob", "+robert", "+steph", "+travis", "+victor", "+zac",
)  # fmt: skip
_VOICELESS_STOPS = "pc"
_CLOSURE = 0.06  # s: espeak-ng times a voiceless stop by its burst, the closure lies before


class Utterance(NamedTuple):
    """Speech (N,) float32 at 16 kHz and its sounds in order of time."""

    waveform: np.ndarray
    segments: list[Segment]


class _EventId(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    )


_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class Espeak:
    """espeak-ng: `__call__` speaks a text and returns an `Utterance`. One object a process (see `espeak`)."""

    _SYNCHRONOUS, _PHONEME_EVENTS, _IPA = 2, 1, 2
    _RATE, _PITCH, _RANGE = 1, 3, 4
    _END, _PHONEME = 0, 7

    def __init__(self) -> None:
        name = ctypes.util.find_library("espeak-ng")
        if name is None:
            raise InputError("espeak-ng is not installed; install it (Debian: apt-get install espeak-ng)")
        self._library = ctypes.CDLL(name)
        options = self._PHONEME_EVENTS | self._IPA
        self.sample_rate = self._library.espeak_Initialize(self._SYNCHRONOUS, 0, None, options)
        if self.sample_rate <= 0:
            raise InputError("espeak-ng finds no voices; install espeak-ng-data")
        self._blocks: list[np.ndarray] = []
        self._events: list[tuple[float, str]] = []
        self._callback = _CALLBACK(self._receive)  # kept: the library only borrows it
        self._library.espeak_SetSynthCallback(self._callback)

    def __call__(
        self,
        text: str,
        voice: str = "en-us",
        words_per_minute: int = 170,
        pitch: int = 50,
        pitch_range: int = 50,
    ) -> Utterance:
        """Speak ``text``; voice: language with an optional variant (``de+f3``); pitch and its range 0-99.
        Raises InputError where the voice does not exist."""
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise InputError(f"espeak-ng has no voice {voice!r}; see espeak-ng --voices")
        for parameter, value in (
            (self._RATE, words_per_minute),
            (self._PITCH, pitch),
            (self._RANGE, pitch_range),
        ):
            self._library.espeak_SetParameter(parameter, value, 0)
        self._blocks, self._events = [], []
        encoded = text.encode()
        self._library.espeak_Synth(encoded, len(encoded) + 1, 0, 0, 0, 1, None, None)
        waveform = np.concatenate(self._blocks or [np.zeros(0, np.int16)]).astype(np.float32) / 32768
        end = len(waveform) / self.sample_rate
        return Utterance(_resample(waveform, self.sample_rate), _segments_of_events(self._events, end))

    def _receive(self, samples: Any, count: int, events: Any) -> int:
        if count > 0:
            self._blocks.append(np.ctypeslib.as_array(samples, shape=(count,)).copy())
        index = 0
        while events[index].type != self._END:
            event = events[index]
            if event.type == self._PHONEME:
                name = event.id.string.decode("utf-8", "ignore")
                self._events.append((event.sample / self.sample_rate, name))
            index += 1
        return 0


@lru_cache(maxsize=1)
def espeak() -> Espeak:
    """The process's `Espeak`: its library has global state."""
    return Espeak()


def flite(text: str, voice: str = "slt", stretch: float = 1.0) -> Utterance:
    """Speak English ``text`` with flite; stretch > 1 is slower. Raises InputError where flite is not
    installed or fails."""
    program = shutil.which("flite")
    if program is None:
        raise InputError("flite is not installed; install it (Debian: apt-get install flite)")
    with tempfile.TemporaryDirectory() as folder:
        wave = Path(folder) / "speech.wav"
        command = [program, "-voice", voice, "--setf", f"duration_stretch={stretch}", "-psdur"]
        done = subprocess.run([*command, "-t", text, "-o", str(wave)], capture_output=True, text=True)
        if done.returncode or not wave.exists():
            raise InputError(f"flite could not speak with voice {voice!r}: {done.stderr.strip()[:100]}")
        waveform = read_audio(wave, SAMPLE_RATE)
    return Utterance(waveform, _segments_of_flite(done.stdout))


def _segments_of_flite(listing: str) -> list[Segment]:
    segments, start = [], 0.0
    for item in listing.split():
        name, _, end = item.rpartition(":")
        segments.append(Segment(from_arpabet(name), start, float(end)))
        start = float(end)
    return segments


def _segments_of_events(events: list[tuple[float, str]], end: float) -> list[Segment]:
    # language marks such as (en) take no time
    events = [(time, name) for time, name in events if not name.startswith("(")]
    times = [time for time, _ in events] + [end]
    segments = [
        Segment(name, start, max(stop, start))
        for (start, name), stop in zip(events, times[1:], strict=True)
        if stop > start
    ]
    return _lead_voiceless_stops(segments)


def _lead_voiceless_stops(segments: list[Segment]) -> list[Segment]:
    """Give voiceless stops the closure before their burst, taken from the sound before."""
    led: list[Segment] = []
    for segment in segments:
        if segment.ipa[:1] in _VOICELESS_STOPS and segment.ipa and led and led[-1].ipa:
            before = led[-1]
            onset = max(segment.start - _CLOSURE, (before.start + before.end) / 2)
            led[-1] = before._replace(end=onset)
            segment = segment._replace(start=onset)
        led.append(segment)
    return led


def _resample(waveform: np.ndarray, rate: int) -> np.ndarray:
    divisor = math.gcd(rate, SAMPLE_RATE)
    return resample_poly(waveform, SAMPLE_RATE // divisor, rate // divisor).astype(np.float32)
