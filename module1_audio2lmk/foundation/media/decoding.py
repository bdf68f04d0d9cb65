"""Sound track of any file → its frames one by one, silence where the time stamps pause. By PyAV (ffmpeg)."""

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import av
import numpy as np

from ..errors import InputError, warn
from ..files import input_file
from . import riff
from .completeness import is_fragmented
from .container import audio_track, decoded, open_media, start_of, warn_if_cut

_USUAL_LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
# Stamps that differ by less from the samples counted are rounded, not a gap: AAC frames last up to 0.13 s.
_GAP = 0.1
_MOST_GAP = 600.0  # s: a longer one, in a file that does not state its length, is a damaged stamp
# PyAV counts the planes of more channels wrongly and reads beyond them.
_MOST_CHANNELS = 8
_SILENT_BLOCK = 10  # s of silence made at once, for gaps of any length in constant memory


def decode_audio(path: str | os.PathLike[str], told: bool = True) -> Generator[av.AudioFrame, None, None]:
    """The decoded frames of the default audio track, at the rate and layout of the first frame.

    Gaps in the time stamps, and a start after that of the picture, come as frames of silence. Damaged packets
    are skipped with one warning, where `told`. Raises InputError where nothing can be decoded, where a sample
    is not finite, or where the file is shorter than its header says.
    """
    path = input_file(path, "sound file")
    with _open(path) as container:
        stream = audio_track(container)
        if stream is None:
            raise InputError(f"{path} has no sound that can be decoded; give a recording of speech")
        clock = _Clock(start_of(container, path), _last_stamp(container))
        form: tuple[str, str, int] | None = None
        samples = damaged = 0
        for frames in decoded(container, stream, path, _decoder(container, stream, path)):
            damaged += frames is None
            for frame in frames or []:
                if frame.layout.nb_channels > _MOST_CHANNELS:
                    raise InputError(f"{path} has {frame.layout.nb_channels} channels; mix it down to stereo")
                samples += frame.samples
                frame = _without_padding(frame, samples, stream, container)
                form = form or (frame.format.name, frame.layout.name, frame.rate)
                gap = clock.gap_before(frame)
                yield from _silence(gap, form)
                for part in _converted(frame, form):
                    yield _clipped(part, path)
        if form is None:
            warn_if_cut(path)
            raise InputError(f"{path} holds no sound that can be decoded; export it as WAV")
        _check_length(path, container, stream, max(samples / form[2], clock.now))
        warn_if_cut(path)
        if damaged and told:
            warn(f"{path}: {damaged} damaged packets of sound were skipped")


def _decoder(
    container: av.container.InputContainer, stream: av.AudioStream, path: Path
) -> Callable[[av.Packet], list[av.AudioFrame]]:
    codec = stream.codec_context
    if container.format.name == "caf" and codec.name == "alac":
        # The last packet states by how much it is shorter, which the decoder knows: not to be cut off twice.
        return lambda packet: _decoded_bare(codec, packet)
    name = riff.codec_of(path, codec.name) if container.format.name == "wav" else codec.name
    if name == codec.name:
        return av.Packet.decode
    other = av.CodecContext.create(name, "r")
    other.sample_rate, other.layout = codec.sample_rate, codec.layout
    return lambda packet: other.decode(packet if packet.size else None)


def _decoded_bare(codec: av.AudioCodecContext, packet: av.Packet) -> list[av.AudioFrame]:
    """The frames of a packet without what the container says beside it."""
    if not packet.size:
        return codec.decode(None)
    bare = av.Packet(bytes(packet))
    bare.pts, bare.dts, bare.time_base = packet.pts, packet.dts, packet.time_base
    return codec.decode(bare)


class _Clock:
    """Tells how much silence belongs before each frame of a sound.

    start: stamp of time 0, s; None: that of the first frame. end: stamp after which no sound can be, s.
    """

    def __init__(self, start: float | None, end: float | None) -> None:
        self._start, self._end, self._first = start, end, True
        self.now = 0.0

    def gap_before(self, frame: av.AudioFrame) -> float:
        """Seconds of silence before this frame."""
        least, self._first = (0.0 if self._first else _GAP), False
        seconds = frame.samples / frame.rate
        time = self.now if frame.time is None else frame.time
        self._start = time if self._start is None else self._start
        gap = time - self._start - self.now
        possible = gap < _MOST_GAP if self._end is None else time < self._end
        if gap < -_GAP or not possible:
            # The stamps start anew (recordings put behind one another) or are damaged: go on from here.
            self._start, gap = time - self.now, 0.0
        gap = gap if gap > least else 0.0
        self.now += gap + seconds
        return gap


def _last_stamp(container: av.container.InputContainer) -> float | None:
    if container.duration is None:
        return None
    return ((container.start_time or 0) + container.duration) / av.time_base + 1.0


def _silence(seconds: float, form: tuple[str, str, int]) -> Iterator[av.AudioFrame]:
    waiting = round(seconds * form[2])
    while waiting > 0:
        count = min(waiting, _SILENT_BLOCK * form[2])
        yield silent_frame(form, count)
        waiting -= count


def silent_frame(form: tuple[str, str, int], samples: int) -> av.AudioFrame:
    """Silence in a format, layout and rate."""
    name, layout, rate = form
    frame = av.AudioFrame(name, layout, samples)
    middle = b"\x80" if name.startswith("u8") else b"\0"
    for plane in frame.planes:
        plane.update(middle * plane.buffer_size)
    frame.rate = rate
    return frame


def _clipped(frame: av.AudioFrame, path: Path) -> av.AudioFrame:
    """Floats in [-1, 1]: a player plays no more, and one wild sample would ring through every filter."""
    frame.pts = None
    if frame.format.name[:3] not in ("flt", "dbl"):
        return frame
    sound = frame.to_ndarray()
    if not np.isfinite(sound).all():
        raise InputError(f"{path} holds NaN or infinite samples; export the sound again")
    if np.abs(sound).max(initial=0) <= 1:
        return frame
    return _remade(np.clip(sound, -1, 1), frame)


def _open(path: Path) -> av.container.InputContainer:
    container = open_media(path, "a sound or video file")
    if not container.streams.audio:
        container.close()
        warn_if_cut(path)
        raise InputError(f"{path} has no sound; give a recording of speech")
    return container


def _without_padding(
    frame: av.AudioFrame, decoded: int, stream: av.AudioStream, container: av.container.InputContainer
) -> av.AudioFrame:
    """MP4 says how many samples of the last AAC frame are sound: cut the rest off."""
    if "mp4" not in container.format.name or not stream.duration or frame.layout.nb_channels > 2:
        return frame
    excess = decoded - round(stream.duration * stream.time_base * frame.rate)
    if not 0 < excess < frame.samples:
        return frame
    columns = (frame.samples - excess) * (1 if frame.format.is_planar else frame.layout.nb_channels)
    return _remade(frame.to_ndarray()[:, :columns], frame)


def _remade(sound: np.ndarray, frame: av.AudioFrame) -> av.AudioFrame:
    """Another sound in the form and at the time of a frame."""
    remade = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(sound), format=frame.format.name, layout=frame.layout.name
    )
    remade.rate, remade.pts, remade.time_base = frame.rate, frame.pts, frame.time_base
    return remade


def _converted(frame: av.AudioFrame, form: tuple[str, str, int]) -> list[av.AudioFrame]:
    """A stream may change its rate or layout on the way (broadcast recordings): keep the first form."""
    if (frame.format.name, frame.layout.name, frame.rate) == form:
        return [frame]
    converter = av.AudioResampler(*form)
    return [*converter.resample(frame), *converter.resample(None)]


def known_layout(layout: av.AudioLayout) -> av.AudioLayout:
    """A file may give the number of its channels alone: then the usual layout of that many."""
    unnamed = layout.name.endswith(" channels")
    return av.AudioLayout(_USUAL_LAYOUTS.get(layout.nb_channels, layout.name)) if unnamed else layout


def _check_length(
    path: Path, container: av.container.InputContainer, stream: av.AudioStream, found: float
) -> None:
    """Truncation: formats whose header counts the samples must hold them (found: s decoded)."""
    formats, counted = set(container.format.name.split(",")), {"flac", "mp4"}
    if stream.codec_context.name.startswith("pcm_"):
        counted.add("aiff")  # of compressed sound it counts blocks
    if formats & {"wav", "w64"}:
        # ffmpeg itself takes the length from the size of the file.
        promised = found / max(riff.share_there(path), 1e-6)
    elif "mp4" in formats and is_fragmented(path):
        return
    elif formats & counted and stream.duration and stream.time_base:
        promised = float(stream.duration * stream.time_base)
    else:
        return
    if found < promised * (0.9 if "mp4" in formats else 0.995) - 0.05:
        raise InputError(f"{path} is cut short: {found:.2f} of {promised:.2f} s are there; copy it again")
