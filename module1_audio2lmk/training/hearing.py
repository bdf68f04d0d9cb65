"""Hearing of the networks at hand: what they say about a recording, to check and to label training clips."""

from __future__ import annotations

import os

import numpy as np

from ..audio.voice import embed_voice, load_encoder
from ..foundation import checkpoints


def heard_opening(waveform: np.ndarray, checkpoints_dir: str | os.PathLike[str]) -> np.ndarray | None:
    """Mouth opening (T,) at 62.5 Hz that own content weights hear in (N,) samples; None without weights."""
    found = checkpoints.find("content_branch", checkpoints_dir)
    if found is None or not found.own:
        return None
    from ..motion.content import load_content_stream

    return load_content_stream(found.path).opening(waveform)


def speaker_embedding(waveform: np.ndarray, checkpoints_dir: str | os.PathLike[str]) -> np.ndarray:
    """GE2E embedding (256,) of unit length; `voice.NEUTRAL_VOICE` where there is no speaker encoder."""
    return embed_voice(load_encoder(checkpoints.find("speaker_encoder", checkpoints_dir)), lambda: [waveform])
