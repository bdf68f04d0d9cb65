"""Video in: properties, and frames with the times at which they are shown. All through PyAV."""

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np

from ..errors import InputError, warn
from ..files import input_file
from .container import (
    MAX_FRAME_PIXELS,
    audio_track,
    counted_seconds,
    decoded,
    open_media,
    start_of,
    video_track,
    warn_if_cut,
)
from .picture import shown

_USUAL_RATE = Fraction(25)
_RESTART = 0.5  # s by which a stamp has to jump back to be that of another recording, put behind the first


@dataclass(frozen=True)
class Probe:
    """What a media file holds; 0, None or "" for a track that is not there.

    duration: s, counted where the file does not state it. width, height: px as stored. fps: mean frames/s.
    frames: as counted by the container, 0 if not.
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
        video, audio = video_track(container), audio_track(container)
        return Probe(
            duration=(container.duration or 0) / av.time_base or counted_seconds(container),
            width=video.width if video else 0,
            height=video.height if video else 0,
            fps=video.average_rate if video else None,
            frames=video.frames if video else 0,
            video_codec=video.codec_context.name if video else "",
            audio_codec=audio.codec_context.name if audio else "",
            audio_rate=audio.rate if audio else 0,
            audio_channels=audio.channels if audio else 0,
        )


def timed_frames(path: str | os.PathLike[str]) -> Generator[tuple[float, np.ndarray], None, None]:
    """The frames of a video as players show them: (time s, (H, W, 3) uint8 RGB).

    Time 0 is where a player starts; `read_audio` starts there, too. Turned and mirrored as the file says,
    pixels made square, interlaced frames made whole, HDR brought to the standard range, transparency on
    white. Raises InputError where there is no picture.
    """
    path = input_file(path, "video")
    with open_media(path, "a video") as container:
        warn_if_cut(path)
        track = video_track(container)
        if track is None:
            raise InputError(f"{path} has no picture; give a video")
        if track.width * track.height > MAX_FRAME_PIXELS:
            raise InputError(f"{path} has {track.width}×{track.height} px; make the picture smaller")
        start, step = start_of(container, path) or 0.0, float(1 / (track.average_rate or _USUAL_RATE))
        aspect, time = track.sample_aspect_ratio, -step
        try:
            for frame in _whole(_frames(container, track, path)):
                # A frame without a stamp, or with one out of order, follows the one before.
                stamp = time + step if frame.time is None else frame.time - start
                if stamp < time - _RESTART:
                    start += stamp - time - step
                    stamp = time + step
                time = max(stamp, time, 0.0)
                yield time, shown(frame, aspect)
        except av.error.FFmpegError as error:
            raise InputError(f"{path} cannot be read as a video ({error.strerror}); convert it") from error
        if time < 0:
            raise InputError(f"{path} holds no picture that can be decoded; convert it to MP4")


def iter_frames(
    path: str | os.PathLike[str], fps: Fraction | None = None
) -> Generator[np.ndarray, None, None]:
    """The frames of `timed_frames` without their times: (H, W, 3) uint8 RGB.

    fps: at k/fps s, k = 0, 1, …, the frame that is shown then, to the end of the last one. Without it every
    frame once. Raises what `timed_frames` raises.
    """
    if fps is None:
        yield from (image for _, image in timed_frames(path))
        return
    step = float(1 / (probe(path).fps or fps))
    index, before = 0, None
    for time, image in timed_frames(path):
        # Half a millisecond: containers round times to their clock.
        while before is not None and index / fps < time - 5e-4:
            yield before
            index += 1
        before = image
    end = time + step
    while before is not None and index / fps < end - 5e-4:
        yield before
        index += 1


def is_still(path: str | os.PathLike[str]) -> bool:
    """True where a file holds one picture alone. Raises what `timed_frames` raises."""
    with closing(timed_frames(path)) as frames:
        return len(list(islice(frames, 2))) < 2


def first_frame(path: str | os.PathLike[str]) -> np.ndarray:
    """First frame of a video → (H, W, 3) uint8 RGB, upright. Raises InputError where there is none."""
    with closing(iter_frames(path)) as frames:
        return next(frames)


def _frames(
    container: av.container.InputContainer, track: av.VideoStream, path: Path
) -> Iterator[av.VideoFrame]:
    begun, damaged = False, 0
    for frames in decoded(container, track, path, _decoder(track)):
        # Broadcasts begin amid a group of pictures: what comes before the first whole one is no damage.
        damaged += begun and frames is None
        begun = begun or bool(frames)
        yield from frames or []
    if damaged:
        warn(f"{path}: {damaged} damaged packets of picture were skipped")


def _decoder(track: av.VideoStream) -> Callable[[av.Packet], list[av.VideoFrame]]:
    track.codec_context.options = {"max_pixels": str(MAX_FRAME_PIXELS)}
    library = {"vp8": "libvpx", "vp9": "libvpx-vp9"}.get(track.codec_context.name, "")
    if track.metadata.get("alpha_mode") != "1" or library not in av.codecs_available:
        return av.Packet.decode
    # The transparency of WebM lies in a second picture that FFmpeg's own decoder leaves aside.
    context = av.CodecContext.create(library, "r")
    return lambda packet: context.decode(packet if packet.size else None)


def _whole(frames: Iterator[av.VideoFrame]) -> Iterator[av.VideoFrame]:
    """Interlaced frames (two half pictures of different times) → whole ones; the others as they are."""
    graph: av.filter.Graph | None = None
    form = None
    for frame in frames:
        if frame.interlaced_frame and form != (frame.width, frame.height, frame.format.name):
            yield from _drained(graph)
            graph, form = _deinterlacer(frame), (frame.width, frame.height, frame.format.name)
        elif graph is not None and form != (frame.width, frame.height, frame.format.name):
            yield from _drained(graph)
            graph = form = None
        if graph is None:
            yield frame
        else:
            graph.push(frame)
            yield from _ready(graph)
    yield from _drained(graph)


def _deinterlacer(frame: av.VideoFrame) -> av.filter.Graph:
    graph = av.filter.Graph()
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base
    )
    deinterlace = graph.add("bwdif", "mode=send_frame:deint=interlaced")
    source.link_to(deinterlace)
    deinterlace.link_to(graph.add("buffersink"))
    graph.configure()
    return graph


def _drained(graph: av.filter.Graph | None) -> Iterator[av.VideoFrame]:
    if graph is not None:
        graph.push(None)
        yield from _ready(graph)


def _ready(graph: av.filter.Graph) -> Iterator[av.VideoFrame]:
    while True:
        try:
            yield graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
