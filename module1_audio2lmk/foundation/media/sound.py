"""Any sound or video file → mono float32 speech, whole or as a stream of blocks. Decoded by PyAV (ffmpeg)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np

from ..errors import InputError, warn
from ..files import input_file

MIN_SECONDS = 0.3
#: A voice below this peak (−60 dBFS) is taken for silence.
SILENCE_PEAK = 1e-3
# A header that promises this many bytes or more was written by a program that piped and did not know.
_UNKNOWN_BYTES = 0x7F00_0000
_USUAL_LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
_CENTRE, _SURROUND = 2**0.5, 0.5**0.5


def read_audio(path: str | os.PathLike[str], sample_rate: int = 16000) -> np.ndarray:
    """Sound of any file with an audio stream → (N,) float32 mono in [-1, 1] at `sample_rate` Hz.

    The memory needed is that of the result. Raises InputError for a missing, empty, truncated or too short
    file (< 0.3 s), for one without sound, and for samples that are not finite.
    """
    samples = np.empty(0, np.float32)
    count = 0
    for block in iter_audio(path, sample_rate):
        # realloc in steps: a copy into a second buffer would double the memory of a long recording.
        if count + len(block) > len(samples):
            samples.resize(count + len(block) + 60 * sample_rate, refcheck=False)
        samples[count : count + len(block)] = block
        count += len(block)
    samples.resize(count, refcheck=False)
    return samples


def iter_audio(
    path: str | os.PathLike[str], sample_rate: int = 16000, block_seconds: float = 10.0
) -> Iterator[np.ndarray]:
    """The samples of `read_audio` as consecutive (n,) float32 blocks of `block_seconds` (the last shorter).

    Raises what `read_audio` raises, that of length and truncation after the last block.
    """
    size = max(1, round(block_seconds * sample_rate))
    pending: list[np.ndarray] = []
    held = total = 0
    resampler: av.AudioResampler | None = None
    for frame in decode_audio(path):
        resampler = resampler or av.AudioResampler("flt", frame.layout, sample_rate)
        for part in _resample(resampler, frame, path):
            pending.append(part)
            held += len(part)
            total += len(part)
        while held >= size:
            joined = np.concatenate(pending)
            yield joined[:size]
            pending, held = [joined[size:]], held - size
    if resampler is not None:
        pending += _resample(resampler, None, path)
        total += sum(len(part) for part in pending) - held
    if total < MIN_SECONDS * sample_rate:
        raise InputError(f"{path} holds {total / sample_rate:.2f} s of sound; give at least {MIN_SECONDS} s")
    joined = np.concatenate(pending)
    for start in range(0, len(joined), size):
        yield joined[start : start + size]


def is_silent(audio: np.ndarray) -> bool:
    """True where no sample of (N,) audio in [-1, 1] reaches −60 dBFS."""
    return len(audio) == 0 or max(-float(audio.min()), float(audio.max())) < SILENCE_PEAK


def decode_audio(path: str | os.PathLike[str]) -> Iterator[av.AudioFrame]:
    """The decoded frames of the first audio stream, at the rate and layout of the first frame.

    Damaged packets are skipped with one warning. Raises InputError where nothing can be decoded or where the
    file is shorter than its header says.
    """
    path = input_file(path, "sound file")
    with _open(path) as container:
        stream = container.streams.audio[0]
        form: tuple[str, str, int] | None = None
        decoded = damaged = 0
        for packet in _packets(container, stream, path):
            try:
                frames = packet.decode()
            except (av.error.InvalidDataError, av.error.PatchWelcomeError, av.error.UndefinedError):
                damaged += 1
                continue
            for frame in frames:
                frame.pts = None
                decoded += frame.samples
                frame = _without_padding(frame, decoded, stream, container)
                own = (frame.format.name, frame.layout.name, frame.rate)
                form = form or own
                if own == form:
                    yield frame
                else:
                    yield from _converted(frame, form)
        if form is None:
            raise InputError(f"{path} holds no sound that can be decoded; export it as WAV")
        _check_length(path, container, decoded / form[2])
        if damaged:
            warn(f"{path}: {damaged} damaged packets of sound were skipped")


def open_media(path: Path, what: str) -> av.container.InputContainer:
    """Open a media file; InputError where it is none."""
    try:
        return av.open(str(path), metadata_errors="ignore")
    except (av.error.FFmpegError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path} is not {what} that can be read ({reason}); convert it") from None


def _open(path: Path) -> av.container.InputContainer:
    container = open_media(path, "a sound or video file")
    if not container.streams.audio:
        container.close()
        raise InputError(f"{path} has no sound; give a recording of speech")
    return container


def _packets(
    container: av.container.InputContainer, stream: av.AudioStream, path: Path
) -> Iterator[av.Packet]:
    try:
        yield from container.demux(stream)
    except av.error.FFmpegError as error:
        raise InputError(f"{path} cannot be read as sound ({error.strerror}); export it as WAV") from error


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
    sound = np.ascontiguousarray(frame.to_ndarray()[:, :columns])
    shorter = av.AudioFrame.from_ndarray(sound, format=frame.format.name, layout=frame.layout.name)
    shorter.rate = frame.rate
    return shorter


def _converted(frame: av.AudioFrame, form: tuple[str, str, int]) -> list[av.AudioFrame]:
    """A stream may change its rate or layout on the way (broadcast recordings): keep the first form."""
    converter = av.AudioResampler(*form)
    return [*converter.resample(frame), *converter.resample(None)]


def _resample(resampler: av.AudioResampler, frame: av.AudioFrame | None, path: object) -> list[np.ndarray]:
    parts = []
    for out in resampler.resample(frame):
        mono = _downmix(out)
        if not np.isfinite(mono).all():
            raise InputError(f"{path} holds NaN or infinite samples; export the sound again")
        parts.append(np.clip(mono, -1.0, 1.0))
    return parts


def _downmix(frame: av.AudioFrame) -> np.ndarray:
    """Interleaved float frame → (n,) float32: centre +3 dB, surround −3 dB, no LFE, gains of sum 1."""
    channels = frame.to_ndarray().reshape(-1, frame.layout.nb_channels)
    if channels.shape[1] == 1:
        return channels[:, 0]
    layout = known_layout(frame.layout)
    gains = np.array([_gain(channel.name) for channel in layout.channels], np.float32)
    return channels @ (gains / gains.sum())


def known_layout(layout: av.AudioLayout) -> av.AudioLayout:
    """A file may give the number of its channels alone: then the usual layout of that many."""
    unnamed = layout.name.endswith(" channels")
    return av.AudioLayout(_USUAL_LAYOUTS.get(layout.nb_channels, layout.name)) if unnamed else layout


def _gain(channel: str) -> float:
    if channel.startswith("LFE"):
        return 0.0
    return _CENTRE if channel == "FC" else _SURROUND if channel[0] in "BST" else 1.0


def _check_length(path: Path, container: av.container.InputContainer, found: float) -> None:
    """Truncation: formats whose header counts the samples must hold them (found: s decoded)."""
    stream = container.streams.audio[0]
    formats = set(container.format.name.split(","))
    if "wav" in formats:
        # ffmpeg itself takes the length from the size of the file.
        promised = found / max(_wav_share(path), 1e-6)
    elif formats & {"w64", "aiff", "flac", "mp4"} and stream.duration and stream.time_base:
        promised = float(stream.duration * stream.time_base)
    else:
        return
    if found < promised * (0.9 if "mp4" in formats else 0.995) - 0.05:
        raise InputError(f"{path} is cut short: {found:.2f} of {promised:.2f} s are there; copy it again")


def _wav_share(path: Path) -> float:
    """Which part of the sound that the header of a RIFF file states is there; 1 where it does not know."""
    length = path.stat().st_size
    with path.open("rb") as file:
        file.seek(12)
        while len(head := file.read(8)) == 8:
            size = int.from_bytes(head[4:], "little")
            if head[:4] == b"data":
                there = length - file.tell()
                return there / size if there < size < _UNKNOWN_BYTES else 1.0
            file.seek(size + size % 2, 1)
    return 1.0
