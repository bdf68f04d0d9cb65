"""Media containers: opened, their tracks chosen, their packets decoded, on one time line. By PyAV."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TypeVar

import av
from av.stream import Disposition

from ..errors import InputError, warn
from .completeness import lack_of

#: Largest picture that is decoded, in pixels: 16:9 video of 8K is 33 million.
MAX_FRAME_PIXELS = 70_000_000
_SECONDARY = Disposition.dub | Disposition.comment | Disposition.karaoke | Disposition.visual_impaired
# A cut by less is rounding: containers round up to whole packets. Seconds, and share of the whole.
_ROUNDED, _ROUNDED_SHARE = 0.1, 0.01
_Track = TypeVar("_Track", av.VideoStream, av.AudioStream)


def open_media(path: Path, what: str) -> av.container.InputContainer:
    """Open a media file; InputError where it is none."""
    try:
        # As an address of the file protocol: a name such as 12:30.wav would be read as another protocol's.
        return av.open(f"file:{path}", metadata_errors="ignore")
    except (av.error.FFmpegError, ValueError) as error:
        if lack_of(path) is not None:
            raise InputError(
                f"{path} is cut short, and without its end cannot be read; copy it again"
            ) from None
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path} is not {what} that can be read ({reason}); convert it") from None


def video_track(container: av.container.InputContainer) -> av.VideoStream | None:
    """The track of moving pictures that a player shows; the cover of a song is none.

    A single picture beside a film is its still, whatever it is marked as.
    """
    shown = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    films = [track for track in shown if track.frames != 1]
    return _chosen(iter(films or shown))


def audio_track(container: av.container.InputContainer) -> av.AudioStream | None:
    """The track of sound that a player plays: the default one, else the first that is no dub or comment."""
    return _chosen(iter(container.streams.audio))


def _chosen(tracks: Iterator[_Track]) -> _Track | None:
    usable = [track for track in tracks if track.codec_context is not None]

    def rank(track: _Track) -> tuple[bool, bool]:
        return not track.disposition & Disposition.default, bool(track.disposition & _SECONDARY)

    return min(usable, key=rank, default=None)


def start_of(container: av.container.InputContainer, path: Path) -> float | None:
    """The time stamp, s, at which a player starts; None where there is no picture.

    It is the earlier of picture and sound. Sound alone starts with its first sample: the stamp that an MP3
    gives to it counts the delay of the encoder, which is cut off already.
    """
    video, audio = video_track(container), audio_track(container)
    if video is None:
        return None
    starts = [_first_stamp(path, video.index)]
    starts += [
        float(track.start_time * track.time_base)
        for track in (video, audio)
        if track is not None and track.start_time is not None and track.time_base
    ]
    return min((start for start in starts if start is not None), default=0.0)


def _first_stamp(path: Path, index: int) -> float | None:
    """Of a track's packets: to a track of few frames FFmpeg gives the start of another one."""
    with open_media(path, "a video") as container, suppress(av.error.FFmpegError):
        for packet in container.demux(container.streams[index]):
            if packet.pts is not None and not packet.is_discard:
                return float(packet.pts * packet.time_base)
    return None


def decoded(
    container: av.container.InputContainer,
    track: av.VideoStream | av.AudioStream,
    path: Path,
    decode: Callable[[av.Packet], list[av.VideoFrame] | list[av.AudioFrame]] = av.Packet.decode,
) -> Iterator[list[av.VideoFrame] | list[av.AudioFrame] | None]:
    """The frames of each packet of a track; None for a damaged packet. InputError where reading fails."""
    try:
        for packet in container.demux(track):
            try:
                frames = decode(packet)
            except av.error.FFmpegError:
                yield None
                continue
            yield frames
    except av.error.FFmpegError as error:
        kind = "sound" if track.type == "audio" else "a video"
        raise InputError(f"{path} cannot be read as {kind} ({error.strerror}); convert it") from error


def counted_seconds(container: av.container.InputContainer) -> float:
    """Seconds from the first packet to the end of the last one that can be read."""
    starts, ends = [], []
    with suppress(av.error.FFmpegError):
        for packet in container.demux():
            if packet.pts is not None and packet.time_base:
                starts.append(float(packet.pts * packet.time_base))
                ends.append(float((packet.pts + (packet.duration or 0)) * packet.time_base))
    return max(ends, default=0.0) - min(starts, default=0.0)


def warn_if_cut(path: Path) -> None:
    """Warn of a media file that holds less than it states, with the seconds of both where they are known."""
    about = path.stat()
    if message := _cut(path, about.st_mtime_ns, about.st_size):
        warn(message)


@cache
def _cut(path: Path, changed: int, size: int) -> str:
    lack = lack_of(path)
    if lack is None:
        return ""
    with open_media(path, "a media file") as container:
        # The length that FFmpeg gives is an estimate where the file states none.
        stated = lack.seconds if lack.seconds != 0 else (container.duration or 0) / av.time_base
        there = counted_seconds(container)
    if stated and there < stated - max(_ROUNDED, _ROUNDED_SHARE * stated):
        return f"{path} is cut short: {there:.1f} of {stated:.1f} s are there and used; copy it again"
    return (
        f"{path} is cut short: its end is missing after {there:.1f} s; copy it again" if lack.certain else ""
    )
