"""Video out as a stream: H.264 + AAC in MP4. All through PyAV."""

from __future__ import annotations

import os
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import numpy as np

from ..errors import InputError, explain
from ..files import atomic_path, blamed
from .decoding import decode_audio, known_layout

# Below 16 kHz the delay of the encoder, 1024 samples, is heard in players that do not cut it off: such sound
# is written at 48 kHz.
_AAC_RATES = (16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)
# Layouts that AAC codes as they are, and those that differ from one of them in the name of a channel.
_AAC_LAYOUTS = {name: name for name in ("mono", "stereo", "3.0", "4.0", "5.0", "5.1", "7.1")}
_AAC_LAYOUTS |= {"5.0(side)": "5.0", "5.1(side)": "5.1"}
# Two threads on any machine: the bytes written do not depend on the number of cores.
_VIDEO_THREADS = 2
# No time, no version of the encoder: the same input gives the same bytes. The index stands before the data,
# so that the video plays while it loads.
_CONTAINER = {"fflags": "+bitexact", "movflags": "+faststart"}
_BT709 = 1
#: What a file says of itself, in the words that players show and in those of IPTC's digital source types.
SYNTHETIC = {
    "comment": "Synthetic media: an animation computed from one picture and a speech signal, no recording.",
    "description": "digitalsourcetype=trainedAlgorithmicMedia",
}
_LIMITED_RANGE = 1


class VideoWriter:
    """H.264 (yuv420p) + AAC in MP4, written as a stream: memory does not grow with the length.

    path: the .mp4 to write; it appears when complete, an exception inside the `with` leaves no file.
    size: (width, height) px, both even. fps: frames per second, exact as a Fraction.
    audio: sound or video file whose sound goes in whole, at its own rate and layout where AAC has them,
    interleaved with the frames. The writer pads neither: the number of frames is the caller's matter.
    synthetic: the file says in its metadata that it was not recorded (see `SYNTHETIC`).
    The same input gives the same bytes. Raises InputError where the file cannot be written or read.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        size: tuple[int, int],
        fps: Fraction | float = 25,
        audio: str | os.PathLike[str] | None = None,
        crf: int = 16,
        synthetic: bool = True,
    ) -> None:
        if size[0] % 2 or size[1] % 2 or min(size) < 2:
            raise ValueError(f"H.264 in yuv420p needs an even width and height, not {size}")
        self.path = Path(path)
        self.size = (int(size[0]), int(size[1]))
        self.fps = Fraction(fps).limit_denominator(1001)
        self.frames = 0
        self._audio_path = audio
        self._crf = crf
        self._metadata = SYNTHETIC if synthetic else {}
        self._stack = ExitStack()
        if self.path.suffix.lower() not in (".mp4", ".m4v"):
            raise InputError(f"cannot write {path}: the video is an MP4; end the name in .mp4")
        if audio is not None and self.path.exists() and os.path.samefile(self.path, audio):
            raise InputError(f"{path} is the input itself; choose another output")

    def __enter__(self) -> VideoWriter:
        with ExitStack() as stack:
            self._temporary = temporary = stack.enter_context(atomic_path(self.path))
            self._container = stack.enter_context(
                av.open(f"file:{temporary}", "w", format="mp4", options=_CONTAINER)
            )
            self._container.metadata.update(self._metadata)
            self._video = self._video_stream()
            self._sound = None if self._audio_path is None else _SoundTrack(self._container, self._audio_path)
            if self._sound is not None:
                stack.callback(self._sound.close)
            self._stack = stack.pop_all()
        return self

    def write(self, frame: np.ndarray) -> None:
        """Append one frame: (H, W, 3) uint8 RGB."""
        if frame.dtype != np.uint8 or frame.shape != (self.size[1], self.size[0], 3):
            raise ValueError(f"frame {frame.shape} {frame.dtype} does not fit a video of {self.size}")
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
        picture = picture.reformat(format="yuv420p", dst_colorspace="ITU709")
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
            if self.frames == 0:
                raise InputError(f"no frame was drawn for {self.path}; give a longer recording")
            try:
                self._mux(self._video.encode(None))
                if self._sound is not None:
                    self._sound.finish()
                self._container.close()
            except (av.error.FFmpegError, OSError) as failure:
                raise self._explained(failure) from None

    def _explained(self, error: BaseException) -> BaseException:
        if not isinstance(error, OSError):
            return error
        return explain(error, blamed(error, self._temporary, self.path)) or error

    def _video_stream(self) -> av.VideoStream:
        # No B-frames: both streams start at 0 even in players that ignore edit lists.
        options = {"crf": str(self._crf), "preset": "medium", "bf": "0", "tune": "animation"}
        stream = self._container.add_stream("libx264", rate=self.fps, options=options)
        stream.width, stream.height = self.size
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.time_base = 1 / self.fps
        context.thread_count = _VIDEO_THREADS
        context.color_primaries = context.color_trc = context.colorspace = _BT709
        context.color_range = _LIMITED_RANGE
        return stream

    def _mux(self, packets: list[av.Packet]) -> None:
        for packet in packets:
            packet.duration = packet.duration or 1
            self._container.mux(packet)


class _SoundTrack:
    """The sound of a file → AAC packets of a container, on demand."""

    def __init__(self, container: av.container.OutputContainer, path: str | os.PathLike[str]) -> None:
        self._container = container
        self._frames = decode_audio(path)
        first = next(self._frames, None)
        if first is None:
            raise InputError(f"{path} holds no sound that can be decoded; export it as WAV")
        self._pending: av.AudioFrame | None = first
        rate = first.rate if first.rate in _AAC_RATES else 48000
        layout = _AAC_LAYOUTS.get(known_layout(first.layout).name, "stereo")
        self._resampler = av.AudioResampler("fltp", layout, rate)
        self._stream = container.add_stream("aac", rate=rate, layout=layout)
        self._stream.bit_rate = 96_000 * self._resampler.layout.nb_channels
        self._samples = 0

    def advance(self, seconds: Fraction) -> None:
        """Write the sound up to this time, as far as there is any."""
        while self._pending is not None and self._samples < seconds * self._resampler.rate:
            self._encode(self._resampler.resample(self._pending))
            self._pending = next(self._frames, None)

    def finish(self) -> None:
        """Write the rest of the sound."""
        while self._pending is not None:
            self.advance(Fraction(self._samples + self._resampler.rate, self._resampler.rate))
        self._encode(self._resampler.resample(None))
        self._container.mux(self._stream.encode(None))

    def close(self) -> None:
        """Let go of the input file."""
        self._frames.close()  # type: ignore[attr-defined]

    def _encode(self, frames: list[av.AudioFrame]) -> None:
        for frame in frames:
            frame.pts, frame.time_base = self._samples, Fraction(1, self._resampler.rate)
            self._samples += frame.samples
            self._container.mux(self._stream.encode(frame))
