"""Whose voice is it? The speaker embedding of a whole sound, at constant memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import torch

from . import audio, speaker_audio
from .foundation.checkpoints import Found, load_found
from .models.speaker_encoder import SpeakerEncoder, embed_utterance
from .own_weights import is_own, load_own

EMBEDDING_SIZE = 256
#: What is used for a voice without an encoder: a point in the middle of the non-negative sphere.
NEUTRAL_VOICE = np.full(EMBEDDING_SIZE, EMBEDDING_SIZE**-0.5, np.float32)


def embed_voice(
    encoder: SpeakerEncoder | None,
    blocks: Callable[[], Iterable[np.ndarray]],
    device: torch.device | str = "cpu",
) -> np.ndarray:
    """Embedding (256,) float32 of unit length; `NEUTRAL_VOICE` without an encoder.

    Args:
        encoder: in evaluation mode, on ``device``.
        blocks: each call starts the 16 kHz sound anew; it is read twice.
    """
    if encoder is None:
        return NEUTRAL_VOICE
    level = audio.level_dbfs(blocks())
    gain = audio.loudness_gain(level, speaker_audio.SPEAKER_DBFS, raise_only=True)
    embeddings = []
    for speech in speaker_audio.speech_segments(blocks(), gain):
        partials = torch.from_numpy(speaker_audio.partial_utterances(speech)).to(device)
        embeddings.append(embed_utterance(encoder, partials).cpu().numpy())
    mean = np.mean(embeddings, axis=0)
    return (mean / max(float(np.linalg.norm(mean)), 1e-9)).astype(np.float32)


def load_encoder(found: Found | None) -> SpeakerEncoder | None:
    """The speaker encoder of a file, published or own; None for none."""
    if found is None:
        return None
    if is_own(found.path):
        return load_own(found.path, SpeakerEncoder)  # type: ignore[return-value]
    encoder = SpeakerEncoder()
    load_found(encoder, found)
    return encoder.eval()
