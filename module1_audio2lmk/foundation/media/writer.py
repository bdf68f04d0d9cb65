"""Animations out as a stream: MP4, WebM, GIF and WebP through PyAV, pictures through Pillow."""

from __future__ import annotations

import os
from contextlib import ExitStack
from fractions import Fraction
from itertools import islice
from pathlib import Path
from types import TracebackType

import av
import numpy as np

from ..errors import InputError, explain
from ..files import atomic_path, path_at_fault
from .decoding import decode_audio, known_layout, silent_frame
from .formats import format_of
from .palette import Palette
from .synthetic import SYNTHETIC, mark

# Below 16 kHz the delay of the encoder, 1024 samples, is heard in players that do not cut it off: such sound
# is written at 48 kHz.
_RATES = {"aac": (16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000), "libopus": (48000,)}
# Layouts that AAC codes as they are, and those that differ from one of them in the name of a channel.
_AAC_LAYOUTS = {name: name for name in ("mono", "stereo", "3.0", "4.0", "5.0", "5.1", "7.1")}
_AAC_LAYOUTS |= {"5.0(side)": "5.0", "5.1(side)": "5.1"}
_LAYOUTS = {"aac": _AAC_LAYOUTS, "libopus": {"mono": "mono"}}
# Two threads on any machine: the bytes written do not depend on the number of cores.
_VIDEO_THREADS = 2
# No time, no version of the encoder: the same input gives the same bytes.
_CONTAINER = {"fflags": "+bitexact"}
_BT709 = 1
_LIMITED_RANGE = 1
_PALETTE_FRAMES = 25  # by which the colours of a GIF are chosen
_GIF_FASTEST = 50  # frames per second; players show shorter ones at 10


class VideoWriter:
    """An animation written as a stream, in the format of its suffix: memory does not grow with its length.

    .mp4: H.264 (yuv420p) + AAC; .webm: VP9 (with alpha where that is asked for) + Opus; .gif and .webp are
    silent.
    path: the file to write; it appears when complete, an exception inside the `with` leaves no file.
    size: (width, height) px, both even; None takes that of the first frame.
    fps: frames per second, exact as a Fraction.
    audio: sound or video file whose sound goes in whole, at its own rate and layout where the codec has them,
    interleaved with the frames. The writer pads neither: the number of frames is the caller's matter.
    silence: seconds before the sound begins.
    transparent: frames have an alpha channel.
    synthetic: the file says in its metadata that it was not recorded (see `synthetic`).
    The same input gives the same bytes. Raises InputError where the file cannot be written or read, or the
    format lacks what is asked for.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        size: tuple[int, int] | None,
        fps: Fraction | float = 25,
        audio: str | os.PathLike[str] | None = None,
        synthetic: bool = True,
        transparent: bool = False,
        silence: Fraction | int = 0,
    ) -> None:
        self.path = Path(path)
        self._format = format_of(self.path, transparent)
        self.size = None if size is None else _even(size)
        self.fps = Fraction(fps).limit_denominator(1001)
        self.frames = 0
        self._transparent = transparent
        self._audio_path = audio if self._format.sound else None
        self._silence = silence
        self._metadata = SYNTHETIC if synthetic else {}
        self._waiting: list[np.ndarray] = []  # frames of a GIF whose colours are still to be chosen
        self._palette: Palette | None = None
        self._sound: _SoundTrack | None = None
        self._stack = ExitStack()
        if audio is not None and self.path.exists() and os.path.samefile(self.path, audio):
            raise InputError(f"{path} is the input itself; choose another output")
        if self._format.codec == "gif" and self.fps > _GIF_FASTEST:
            raise InputError(f"a GIF has at most {_GIF_FASTEST} frames per second; use --fps 25")

    def __enter__(self) -> VideoWriter:
        with ExitStack() as stack:
            self._temporary = temporary = stack.enter_context(atomic_path(self.path))
            form = self._format
            self._container = stack.enter_context(
                av.open(f"file:{temporary}", "w", format=form.container, options=_CONTAINER | form.writing)
            )
            self._container.metadata.update(self._metadata)
            self._video: av.VideoStream | None = None
            if self._audio_path is not None:
                self._sound = _SoundTrack(self._audio_path, form.sound or "", self._silence)
                stack.callback(self._sound.close)
            if self.size is not None:
                self._begin(self.size)
            self._stack = stack.pop_all()
        return self

    def write(self, frame: np.ndarray) -> None:
        """Append a frame: (H, W, 3) uint8 RGB, or (H, W, 4) with alpha, not premultiplied, if transparent."""
        if self.size is None:
            self.size = _even((frame.shape[1], frame.shape[0]))
        if self._video is None:
            self._begin(self.size)
        if frame.dtype != np.uint8 or frame.shape != (self.size[1], self.size[0], 3 + self._transparent):
            raise ValueError(f"frame {frame.shape} {frame.dtype} does not fit a video of {self.size}")
        if self._format.pixels == "pal8" and self._palette is None:
            self._waiting.append(frame.copy())
            if len(self._waiting) == _PALETTE_FRAMES:
                self._write_waiting()
        else:
            self._encode(frame)

    def _write_waiting(self) -> None:
        self._palette, waiting = Palette(self._waiting), self._waiting
        self._waiting = []
        for frame in waiting:
            self._encode(frame)

    def _encode(self, frame: np.ndarray) -> None:
        assert self._video is not None
        if self._palette is not None:
            indexed = self._palette.indices(frame), self._palette.colours
            picture = av.VideoFrame.from_ndarray(indexed, format="pal8")
        else:
            kind = "rgba" if self._transparent else "rgb24"
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format=kind)
            picture = picture.reformat(format=self._video.pix_fmt, dst_colorspace="ITU709")
        picture.pts, picture.time_base = self.frames, 1 / self.fps
        self._mux(self._video.encode(picture))
        self.frames += 1
        if self._sound is not None:
            self._sound.advance(self.frames / self.fps)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._stack:
            # Raised inside the stack, so that a failure while finishing removes the file too.
            if error is not None:
                raise self._explained(error)
            try:
                if self._waiting:
                    self._write_waiting()
                if self.frames == 0 or self._video is None:
                    raise InputError(f"no frame was drawn for {self.path}; give a longer recording")
                self._mux(self._video.encode(None))
                if self._sound is not None:
                    self._sound.finish()
                self._container.close()
                if self._metadata and self._format.container in ("gif", "webp"):
                    mark(self._temporary, self.size or (0, 0))
            except (av.error.FFmpegError, OSError) as failure:
                raise self._explained(failure) from None

    def _explained(self, error: BaseException) -> BaseException:
        if not isinstance(error, OSError):
            return error
        return explain(error, path_at_fault(error, self._temporary, self.path)) or error

    def _begin(self, size: tuple[int, int]) -> None:
        """Add the streams, picture first."""
        form = self._format
        stream = self._container.add_stream(form.codec, rate=self.fps, options=dict(form.coding))
        stream.width, stream.height = size
        stream.pix_fmt = form.transparent if self._transparent and form.transparent else form.pixels
        context = stream.codec_context
        context.time_base = 1 / self.fps
        context.thread_count = _VIDEO_THREADS
        if stream.pix_fmt.startswith("yuv"):
            context.color_primaries = context.color_trc = context.colorspace = _BT709
            context.color_range = _LIMITED_RANGE
        self._video = stream
        if self._sound is not None:
            self._sound.begin(self._container)

    def _mux(self, packets: list[av.Packet]) -> None:
        for packet in packets:
            packet.duration = packet.duration or 1
            self._container.mux(packet)


def _even(size: tuple[int, int]) -> tuple[int, int]:
    if size[0] % 2 or size[1] % 2 or min(size) < 2:
        raise ValueError(f"halved colour needs an even width and height, not {size}")
    return int(size[0]), int(size[1])


class _SoundTrack:
    """The sound of a file → packets of a container, on demand. codec: "aac" or "libopus"; silence: seconds
    before it."""

    def __init__(self, path: str | os.PathLike[str], codec: str, silence: Fraction | int = 0) -> None:
        self._codec = codec
        self._frames = decode_audio(path)
        first = next(self._frames, None)
        if first is None:
            raise InputError(f"{path} holds no sound that can be decoded; export it as WAV")
        self._waiting = [first]
        if silence:
            form = first.format.name, first.layout.name, first.rate
            self._waiting.insert(0, silent_frame(form, max(1, round(silence * first.rate))))
        rate = first.rate if first.rate in _RATES[codec] else 48000
        source = known_layout(first.layout)
        layout = _LAYOUTS[codec].get(source.name, "stereo")
        self._resampler = av.AudioResampler("fltp" if codec == "aac" else "flt", layout, rate)
        # Mixed in integers, FFmpeg scales a mix down to what fits; in floats it gets up to 3 times as loud.
        mixed = source.nb_channels != av.AudioLayout(layout).nb_channels
        self._mixer = av.AudioResampler("s16p", layout, rate) if mixed else None
        self._samples = 0

    def begin(self, container: av.container.OutputContainer) -> None:
        """Add the track to a container that is being written."""
        self._container, resampler = container, self._resampler
        self._stream = container.add_stream(self._codec, rate=resampler.rate, layout=resampler.layout.name)
        self._stream.bit_rate = 96_000 * resampler.layout.nb_channels

    def advance(self, seconds: Fraction) -> None:
        """Write the sound up to this time, as far as there is any."""
        while self._waiting and self._samples < seconds * self._resampler.rate:
            self._encode(self._resampled(self._waiting.pop(0)))
            self._waiting += [] if self._waiting else islice(self._frames, 1)

    def finish(self) -> None:
        """Write the rest of the sound."""
        while self._waiting:
            self.advance(Fraction(self._samples + self._resampler.rate, self._resampler.rate))
        self._encode(self._resampled(None))
        self._container.mux(self._stream.encode(None))

    def close(self) -> None:
        """Let go of the input file."""
        self._frames.close()

    def _resampled(self, frame: av.AudioFrame | None) -> list[av.AudioFrame]:
        """A frame as it is encoded; None for what is left."""
        if self._mixer is None:
            return self._resampler.resample(frame)
        parts = [part for mixed in self._mixer.resample(frame) for part in self._resampler.resample(mixed)]
        return parts if frame is not None else [*parts, *self._resampler.resample(None)]

    def _encode(self, frames: list[av.AudioFrame]) -> None:
        for frame in frames:
            frame.pts, frame.time_base = self._samples, Fraction(1, self._resampler.rate)
            self._samples += frame.samples
            self._container.mux(self._stream.encode(frame))
