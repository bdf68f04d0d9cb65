"""Video in: properties and frames, one after the other. All through PyAV."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np

from ..errors import InputError
from ..files import input_file
from .sound import open_media


@dataclass(frozen=True)
class Probe:
    """What a media file holds; 0, None or "" for a stream that is not there.

    duration: s. width, height: px as stored. fps: frames/s. frames: as counted by the container, 0 if not.
    """

    duration: float
    width: int
    height: int
    fps: Fraction | None
    frames: int
    video_codec: str
    audio_codec: str
    audio_rate: int
    audio_channels: int


def probe(path: str | os.PathLike[str]) -> Probe:
    """Properties of a media file. Raises InputError where it is none."""
    path = input_file(path, "media file")
    with open_media(path, "a media file") as container:
        video = next(iter(container.streams.video), None)
        audio = next(iter(container.streams.audio), None)
        return Probe(
            duration=(container.duration or 0) / av.time_base,
            width=video.width if video else 0,
            height=video.height if video else 0,
            fps=video.average_rate if video else None,
            frames=video.frames if video else 0,
            video_codec=video.codec_context.name if video else "",
            audio_codec=audio.codec_context.name if audio else "",
            audio_rate=audio.rate if audio else 0,
            audio_channels=audio.channels if audio else 0,
        )


def iter_frames(path: str | os.PathLike[str]) -> Iterator[np.ndarray]:
    """The frames of a video as (H, W, 3) uint8 RGB, upright. Raises InputError where there is none."""
    path = input_file(path, "video")
    with open_media(path, "a video") as container:
        if not container.streams.video:
            raise InputError(f"{path} has no picture; give a video")
        found = False
        for packet in container.demux(container.streams.video[0]):
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:
                continue
            for frame in frames:
                found = True
                yield _upright(frame)
        if not found:
            raise InputError(f"{path} holds no picture that can be decoded; convert it to MP4")


def first_frame(path: str | os.PathLike[str]) -> np.ndarray:
    """First frame of a video → (H, W, 3) uint8 RGB, upright. Raises InputError where there is none."""
    return next(iter_frames(path))


def _upright(frame: av.VideoFrame) -> np.ndarray:
    """Phones store the turn of the camera beside the picture."""
    image = frame.to_ndarray(format="rgb24")
    return np.ascontiguousarray(np.rot90(image, round(frame.rotation / 90)))
