"""Hearing of the networks at hand: what they say about a recording, to check, to label and to train on."""

import argparse
import os
from dataclasses import replace

import numpy as np

from ..audio.front_ends import front_end_named
from ..audio.mel import MEL_BANDS
from ..audio.voice import embed_voice, load_encoder
from ..foundation.checkpoints import find
from ..foundation.device import pick_device
from ..foundation.errors import InputError
from ..motion.content import load_content_stream
from ..networks.speaker_encoder import SpeakerEncoder
from ..published.speech import PublishedSpeech, load_converter
from .clips import Clip
from .datasets import Hear


def heard_opening(waveform: np.ndarray, checkpoints_dir: str | os.PathLike[str]) -> np.ndarray | None:
    """Mouth opening (T,) at 62.5 Hz that own content weights hear in (N,) samples; None without weights."""
    found = find("content_branch", checkpoints_dir)
    if found is None or not found.own:
        return None
    return load_content_stream(found.path).opening(waveform)


def speaker_embedding(waveform: np.ndarray, checkpoints_dir: str | os.PathLike[str]) -> np.ndarray:
    """GE2E embedding (256,) of unit length; `voice.NEUTRAL_VOICE` where there is no speaker encoder."""
    return embed_voice(load_encoder(find("speaker_encoder", checkpoints_dir)), waveform)


def with_voice(clip: Clip, encoder: SpeakerEncoder | None) -> Clip:
    """The clip with the speaker embedding of an encoder; as it is without one."""
    if encoder is None:
        return clip
    return replace(clip, speaker_embedding=embed_voice(encoder, clip.waveform))


def features_of(options: argparse.Namespace) -> tuple[Hear | None, int]:
    """What the content branch hears of a whole sound, None for the mel, and how many numbers a frame."""
    if options.features == "autovc":
        return autovc_features(options), MEL_BANDS
    front_end = front_end_named(options.features)
    return None if options.features == "mel" else lambda sound: front_end.batch([sound])[0], front_end.size


def autovc_features(options: argparse.Namespace) -> Hear:
    """Waveform → standardised AutoVC content features, by the AutoVC found in the checkpoints folder. Raises
    InputError where there is none."""
    autovc = find("autovc", options.checkpoints_dir)
    if autovc is None:
        raise InputError(f"--features autovc needs ckpt_autovc.pth in {options.checkpoints_dir}")
    device = pick_device(options.device)
    speech = PublishedSpeech(
        load_converter(autovc, find("speaker_encoder", options.checkpoints_dir), device), device
    )
    return lambda waveform: speech.features(waveform)[0]
