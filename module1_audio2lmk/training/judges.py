"""What the trained networks say about a recording: used to check and to label training clips."""

from __future__ import annotations

import os

import numpy as np
import torch

from ..audio import SAMPLE_RATE, normalise_loudness
from ..foundation import checkpoints
from ..models.speaker_encoder import SpeakerEncoder, embed_utterance
from ..speaker_audio import SPEAKER_DBFS, partial_utterances, trim_silences

_EMBEDDING = 256


def heard_opening(waveform: np.ndarray, checkpoints_dir: str | os.PathLike[str]) -> np.ndarray | None:
    """Mouth opening (T,) at 62.5 Hz that own content weights hear in (N,) samples; None without weights."""
    found = checkpoints.find("content_branch", checkpoints_dir)
    if found is None or found.origin == "published":
        return None
    from ..content_stream import load_content_stream

    return load_content_stream(found.path).opening(waveform)


def speaker_embedding(waveform: np.ndarray, checkpoints_dir: str | os.PathLike[str]) -> np.ndarray:
    """GE2E embedding (256,) of unit length; zeros where there is no speaker encoder or no speech."""
    found = checkpoints.find("speaker_encoder", checkpoints_dir)
    speech = trim_silences(normalise_loudness(waveform, SPEAKER_DBFS, raise_only=True))
    if found is None or len(speech) < SAMPLE_RATE // 4:
        return np.zeros(_EMBEDDING, np.float32)
    encoder = SpeakerEncoder()
    checkpoints.load_found(encoder, found)
    return embed_utterance(encoder.eval(), torch.from_numpy(partial_utterances(speech))).numpy()
