"""Speed and look-ahead of whole files and of streams."""

import time

import numpy as np

from . import Figure, Setting, face_of, speech_test

_RATE = 16000
_CHUNK = _RATE // 50
_WHOLE, _STREAMED = 60, 20  # seconds


@speech_test
def speed(setting: Setting) -> list[Figure]:
    """Whole files against real time; a stream fed 20 ms at a time."""
    moving = {"head_motion": "generated", "blink": "natural"}
    speech = setting.speech(**moving)
    voice = np.resize(np.concatenate([clip.waveform for clip in setting.clips]), _WHOLE * _RATE)
    start = time.perf_counter()
    speech(voice, face_of(), 25)
    factor = _WHOLE / (time.perf_counter() - start)
    stream = speech.stream(face_of(), 25)
    voice = voice[: _STREAMED * _RATE]
    whole = setting.speech(**moving, look_ahead="live")(voice, face_of(), 25)
    parts, seconds = [], []
    for first in range(0, len(voice), _CHUNK):
        start = time.perf_counter()
        parts.append(stream.push(voice[first : first + _CHUNK]))
        seconds.append(time.perf_counter() - start)
    difference = float(np.abs(np.concatenate(parts) - whole[: sum(map(len, parts))]).max())
    return [
        Figure("whole files, times real time", factor, 20, "higher"),
        Figure("stream: ms of computing per 40 ms", 2000 * float(np.mean(seconds)), 10, "lower"),
        Figure("stream: look-ahead, ms", 1000 * stream.latency, 200, "lower"),
        Figure("stream against file, px", difference, 1e-4 * 180, "lower"),
    ]
