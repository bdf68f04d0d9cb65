"""Films and sounds with odd properties, made by PyAV: pixel shapes, matrices, time stamps, tracks."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

RATE = 16000
MILLISECOND = Fraction(1, 1000)


def tone(seconds: float, rate: int = RATE, hertz: float = 440.0) -> np.ndarray:
    """(N,) float32 of peak 0.5."""
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def quarters(height: int = 96, width: int = 128) -> np.ndarray:
    """(H, W, 3) uint8: a picture that looks different in each of the eight orientations."""
    image = np.full((height, width, 3), 255, np.uint8)
    image[: height // 2, : width // 2] = (200, 40, 40)
    image[: height // 2, width // 2 :] = (40, 160, 40)
    image[height // 2 :, : width // 2] = (40, 40, 200)
    return image


def write_film(
    path: Path,
    images: Sequence[np.ndarray],
    times: Sequence[float],
    codec: str = "libx264",
    pixels: str = "yuv444p",
    aspect: Fraction | None = None,
    sounds: Sequence[tuple[np.ndarray, float, bool]] = (),
) -> Path:
    """Images (H, W, 3 or 4) shown at times in s, and mono sounds at 16 kHz: (samples, start s, default)."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=1000)
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt, stream.codec_context.time_base = pixels, MILLISECOND
        if codec == "libx264":
            stream.options = {"bf": "0", "qp": "0"}
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        coder = "pcm_s16le" if path.suffix == ".mkv" else "aac"
        tracks = [container.add_stream(coder, rate=RATE, layout="mono") for _ in sounds]
        for track, (_, _, default) in zip(tracks, sounds, strict=True):
            track.disposition = av.stream.Disposition.default if default else av.stream.Disposition(0)
        for image, time in zip(images, times, strict=True):
            frame = av.VideoFrame.from_ndarray(image, format="rgba" if image.shape[2] == 4 else "rgb24")
            frame.pts, frame.time_base = round(time * 1000), MILLISECOND
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        for track, (samples, start, _) in zip(tracks, sounds, strict=True):
            write_sound(container, track, samples, start)
            container.mux(track.encode(None))
    return path


def write_sound(
    container: av.container.OutputContainer, track: av.AudioStream, samples: np.ndarray, start: float
) -> None:
    """Mono samples at 16 kHz into a track, from a time on."""
    for first in range(0, len(samples), 1024):
        block = np.ascontiguousarray(samples[None, first : first + 1024])
        block = block if track.format.name == "fltp" else (block * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(block, format=track.format.name, layout="mono")
        frame.rate, frame.pts, frame.time_base = RATE, round(start * RATE) + first, Fraction(1, RATE)
        container.mux(track.encode(frame))


def write_paused(path: Path, parts: Sequence[tuple[np.ndarray, float]]) -> Path:
    """A Matroska sound of parts that begin at given times, s, with nothing in between."""
    with av.open(str(path), "w", format="matroska") as container:
        track = container.add_stream("pcm_s16le", rate=RATE, layout="mono")
        for samples, start in parts:
            write_sound(container, track, samples, start)
        container.mux(track.encode(None))
    return path


def set_matrix(path: Path, across: tuple[int, int], down: tuple[int, int]) -> None:
    """Write a display matrix into an MP4 as cameras do: where its columns and its rows go, (right, down)."""
    content = bytearray(path.read_bytes())
    start = content.index(b"tkhd") + 44
    rows = [(*across, 0), (*down, 0), (0, 0, 1)]
    values = [value << (30 if column == 2 else 16) for row in rows for column, value in enumerate(row)]
    content[start : start + 36] = b"".join(value.to_bytes(4, "big", signed=True) for value in values)
    path.write_bytes(content)
