"""Utterances of speech synthesisers → training clips."""

import numpy as np

from ..audio.embedding import NEUTRAL_VOICE
from ..audio.waveform import HOP, SAMPLE_RATE
from ..foundation.face.geometry import load_standard_face
from .clips import Clip
from .coarticulation import Segment
from .voices import Utterance


def synthetic_clip(name: str, utterances: list[Utterance], random: np.random.Generator, speaker: str) -> Clip:
    """Utterances one after the other, each after a pause of 0.1 to 0.6 s, and a pause at the end.

    The clip's landmarks are those of the standard face at rest: what the mouth does is decided in training,
    from the sounds and the statistics of the real clips.
    """
    parts: list[np.ndarray] = []
    segments: list[Segment] = []
    count = 0
    for utterance in utterances:
        pause = np.zeros(int(random.uniform(0.1, 0.6) * SAMPLE_RATE), np.float32)
        start = (count + len(pause)) / SAMPLE_RATE
        if segments:
            segments.append(Segment("", count / SAMPLE_RATE, start))
        segments += [Segment(s.ipa, s.start + start, s.end + start) for s in utterance.segments]
        parts += [pause, utterance.waveform]
        count += len(pause) + len(utterance.waveform)
    waveform = np.concatenate([*parts, np.zeros(SAMPLE_RATE // 4, np.float32)])
    rest = load_standard_face().astype(np.float32)
    frames = len(waveform) // HOP + 1
    return Clip(
        name=name,
        waveform=waveform,
        landmarks=np.repeat(rest[None], frames, axis=0),
        rest=rest,
        rotation=np.zeros((frames, 3), np.float32),
        translation=np.zeros((frames, 3), np.float32),
        confidence=np.ones(frames, np.float32),
        speaker_embedding=NEUTRAL_VOICE,
        kind="viseme",
        speaker=speaker,
        segments=segments,
    )
