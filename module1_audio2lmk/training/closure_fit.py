"""Closure stack on a speech encoder: when lips touch, from frames of synthetic speech, clips and noise.

Synthetic speech knows its p, b, m; clips know how rarely other lips touch; noise knows that nobody speaks.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional as F

from ..audio.waveform import FRAME_RATE, SAMPLE_RATE
from ..foundation.face.geometry import inner_gap
from ..networks.streaming_content_branch import StreamingContentBranch
from .clips import Clip
from .datasets import TOUCHING, pressed_together
from .face_space import TYPICAL_RANGE
from .losses import closure_loss

_TRUST = 2.0  # in lips of clips: synthetic speech alone closes those of people too often
# How much more p, b, m of synthetic speech and pauses count than what the model says of others.
_CERTAIN = 4.0
# s: pauses of synthetic speech from which on, and how far within them, nobody speaks.
_PAUSE, _EDGE = 0.25, 0.08
_STEPS, _BATCH, _RATE, _DECAY = 2000, 512, 2e-3, 0.02
_STILL_SECONDS, _STILL_SOUNDS = 3.0, 60


class LipFrames(NamedTuple):
    """What is known of the lips in each of T frames.

    features (T, F). touching (T,): 1 where the lips touch. sure (T,): how far that is to be trusted.
    resting (T,): 1 where nobody speaks.
    """

    features: np.ndarray
    touching: np.ndarray
    sure: np.ndarray
    resting: np.ndarray


def of_talking(features: np.ndarray, displacement: np.ndarray, confidence: np.ndarray) -> LipFrames:
    """A clip: features (t, F), displacement (T, 204) from the closed mouth, confidence (T,) of tracking."""
    count = min(len(features), len(displacement))
    touching = inner_gap(displacement[:count].reshape(-1, 68, 3)) < TOUCHING * TYPICAL_RANGE
    none = np.zeros(count, np.float32)
    return LipFrames(features[:count], touching.astype(np.float32), _TRUST * confidence[:count], none)


def of_synthetic(features: np.ndarray, clip: Clip, gap: np.ndarray) -> LipFrames:
    """A clip of synthetic speech: features (t, F) and the gap (T,) that coarticulation gives its lips."""
    count = min(len(features), len(gap))
    pressed, resting = pressed_together(clip, count), np.zeros(count, np.float32)
    for segment in clip.segments:
        if not segment.ipa and segment.end - segment.start > _PAUSE:
            first, last = (segment.start + _EDGE) * FRAME_RATE, (segment.end - _EDGE) * FRAME_RATE
            resting[round(first) : round(last)] = 1
    touching = np.maximum(np.maximum(gap[:count] < TOUCHING * TYPICAL_RANGE, pressed), resting)
    sure = 1 + (_CERTAIN - 1) * np.maximum(pressed, resting)
    return LipFrames(features[:count], touching.astype(np.float32), sure, resting)


def still_sounds(voices: list[np.ndarray], random: np.random.Generator) -> list[tuple[np.ndarray, int]]:
    """Silence, hum and steady noise from white to rumble, from hardly heard to loud, half of it after speech.

    voices: waveforms (N,) to take the speech from.
    Returns waveforms (N,) float32, each with the number of the first frame at which nobody has spoken for 80
    ms.
    """
    count, sounds = int(_STILL_SECONDS * SAMPLE_RATE), []
    for index in range(_STILL_SOUNDS):
        kind = index // 2 % 5  # two of noise, two of hum, one of silence
        sound = _hum(count, random) if kind in (1, 3) else _noise(count, random)
        level = 10 ** random.uniform(-3.5, -0.5) if kind < 4 else 0.0
        before = voices[random.integers(len(voices))][:count] if index % 2 else np.zeros(0)
        sound = np.concatenate([before, sound / np.abs(sound).max() * level]).astype(np.float32)
        sounds.append((sound, round((len(before) / SAMPLE_RATE + _EDGE) * FRAME_RATE) if index % 2 else 0))
    return sounds


def _noise(count: int, random: np.random.Generator) -> np.ndarray:
    spectrum = np.fft.rfft(random.normal(size=count))
    return np.fft.irfft(spectrum / (np.arange(len(spectrum)) + 20.0) ** random.uniform(0, 1.6), count)


def _hum(count: int, random: np.random.Generator) -> np.ndarray:
    """Mains of 50 or 60 Hz, perhaps rectified, with harmonics of any strength."""
    pitch = random.choice([50.0, 60.0, 100.0, 120.0]) * np.arange(count) / SAMPLE_RATE
    strengths = [1.0, *random.uniform(0, 0.7, 4) / np.arange(2, 6)]
    return sum(strength * np.sin(2 * np.pi * (k + 1) * pitch) for k, strength in enumerate(strengths))


def of_still(features: np.ndarray) -> LipFrames:
    """Sound in which nobody speaks: features (T, F)."""
    ones = np.ones(len(features), np.float32)
    return LipFrames(features, ones, _CERTAIN * ones, ones)


def fit_closures(network: StreamingContentBranch, parts: list[LipFrames], seed: int) -> None:
    """Train the network's closure stack on random frames, in place; its optimiser is AdamW."""
    assert network.context is not None
    width, dilation, ahead = network.context
    behind = (width - 1) * dilation - ahead
    padded = [np.pad(part.features, ((behind, ahead), (0, 0))) for part in parts]
    sound = torch.from_numpy(np.concatenate(padded))
    starts = np.cumsum([0, *map(len, padded)])[:-1]
    frames = torch.from_numpy(
        np.concatenate([start + np.arange(len(p.features)) for start, p in zip(starts, parts, strict=True)])
    )
    labels = [torch.from_numpy(np.concatenate([part[k] for part in parts])).float() for k in (1, 2, 3)]
    taps = torch.arange(width) * dilation
    stack = network.closure.train()
    optimiser = torch.optim.AdamW(stack.parameters(), _RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, _STEPS)
    torch.manual_seed(seed)
    for _ in range(_STEPS):
        chosen = torch.randint(len(frames), (_BATCH,))
        rows = sound[frames[chosen, None] + taps].transpose(1, 2)  # (B, F, width)
        convolved = F.conv1d(rows, stack[1].conv.weight, stack[1].conv.bias)
        loss = closure_loss(stack[2:](convolved)[:, :, 0], *(label[chosen] for label in labels))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    stack.eval()
