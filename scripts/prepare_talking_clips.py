#!/usr/bin/env python3
"""Videos of talking people → training clips for the speech-to-landmark networks.

    python scripts/prepare_talking_clips.py VIDEOS --out CACHE [--validation NAME,NAME,…]

Every video of one talking face, with sound, becomes one .npz of sound, landmarks at 62.5 Hz without head
pose, and the head pose. Videos that cannot serve (no face, no sound, a sound that does not fit the lips) are
listed and skipped. Clips that are there already stay: an interrupted run is continued by the same command.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from module1_audio2lmk.foundation.data_files import names_of
from module1_audio2lmk.foundation.errors import InputError, run_cli, say, set_quiet, warn
from module1_audio2lmk.foundation.face.geometry import inner_gap
from module1_audio2lmk.foundation.files import VIDEO_SUFFIXES, by_stem, files_in
from module1_audio2lmk.foundation.media import is_silent, read_audio
from module1_audio2lmk.foundation.processes import work_off
from module1_audio2lmk.training import clips, sync, tracking
from module1_audio2lmk.training.hearing import heard_opening, speaker_embedding

_MIN_SECONDS = 1.0


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("videos", type=Path, metavar="DIR", help="folder of videos, searched with its subfolders")
    add("--out", type=Path, required=True, metavar="CACHE", help="folder for the clips")
    add("--validation", default="", help="names of held-out clips, with commas, or @FILE")
    add("--processes", type=int, default=1, help="videos tracked at the same time (%(default)s)")
    add("--min_sync", type=float, default=0.1, help="least correlation of lips and sound (%(default)s)")
    add("--checkpoints_dir", default="checkpoints", help="where networks are looked for")
    add("--no_sync", action="store_true", help="take every video, do not move its sound")
    add("--quiet", action="store_true", help="only warnings and errors")
    return parser.parse_args(arguments)


def prepare(video: Path, options: argparse.Namespace) -> str:
    """One video → one clip file; a line about it. Raises InputError where it cannot serve."""
    waveform = read_audio(video)
    if is_silent(waveform):
        raise InputError(f"{video} is silent")
    track = tracking.track_film(video)
    waveform = waveform[: tracking.video_samples(track)]
    if len(waveform) < _MIN_SECONDS * 16000:
        raise InputError(f"{video} is shorter than {_MIN_SECONDS} s")
    split = tracking.split_track(track)
    frames = tracking.sound_frames(len(waveform))
    moved = tracking.resample_track(split, track.fps, frames)
    offset, score = 0.0, float("nan")
    if not options.no_sync:
        heard = heard_opening(waveform, options.checkpoints_dir)
        if heard is not None:
            offset, score = sync.trusted_offset(heard, inner_gap(moved.landmarks))
            if score < options.min_sync:
                raise InputError(f"{video}: the sound does not fit the lips (correlation {score:.2f})")
            moved = tracking.resample_track(split, track.fps, frames, offset)
    clip = clips.Clip(
        name=video.stem,
        waveform=waveform,
        landmarks=moved.landmarks,
        rest=tracking.rest_face(moved.landmarks).astype(np.float32),
        rotation=moved.rotation,
        translation=moved.translation,
        confidence=moved.confidence,
        speaker_embedding=speaker_embedding(waveform, options.checkpoints_dir),
        speaker=video.stem,
        offset=offset,
    )
    clips.write_clip(options.out / f"{video.stem}.npz", clip)
    return f"{video.stem}: {clip.seconds:.1f} s, fit {score:.2f}, sound moved by {offset * 1000:+.0f} ms"


def main(arguments: list[str] | None = None) -> None:
    options = parse_arguments(arguments)
    set_quiet(options.quiet)
    videos = by_stem(files_in([options.videos], VIDEO_SUFFIXES, "videos"))
    validation = names_of(options.validation)
    if unknown := [name for name in validation if name not in videos]:
        raise InputError(f"--validation names no video of the folder: {', '.join(unknown)}")
    waiting = {n: (video, options) for n, video in videos.items() if not (options.out / f"{n}.npz").exists()}
    skipped = 0
    for _, result in work_off(waiting, prepare, options.processes, "video"):
        if isinstance(result, InputError):
            warn(f"skipped {result}")
            skipped += 1
        else:
            say(result)
    if validation:
        clips.write_split(options.out, validation)
    say(f"{len(videos) - skipped} of {len(videos)} videos are prepared in {options.out}")


if __name__ == "__main__":
    run_cli(main)
