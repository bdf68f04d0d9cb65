#!/usr/bin/env python3
"""Clips of faces → neighbouring drawn frames for the coherence discriminator, and true pairs.

    python scripts/prepare_clip.py CLIPS --out Data --style line_drawing --pairs --name faces

Every stretch in which a face is seen becomes Data/Drawing/clip_NAME_NN/00000.png … with landmarks, face
windows and masks beside it: `train.py` finds these folders beside the drawings of its list. With --pairs the
photos of the frames, their static drawings and mattes are kept too, as Data/Photo/clip_NAME_NN, and the list
datasets/list/trainPairs/faces.txt names these folders: two frames of one are a photo and the truth of another
pose. A frame is named by its number in the clip. Clips that are there already stay: an interrupted run is
continued by the same command.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from module1_audio2lmk.foundation.data_files import names_of
from module1_audio2lmk.foundation.errors import InputError, run_cli, say, set_quiet, warn
from module1_audio2lmk.foundation.files import VIDEO_SUFFIXES, by_stem, files_in, write_text
from module1_audio2lmk.foundation.processes import work_off
from module2_drawing.data.clip_tracks import Stretch, crops, follow, spread
from module2_drawing.data.layout import LISTS
from module2_drawing.data.prepare import PortraitWriter, write_lists
from module2_drawing.styles import renderer_name

DONE = ".done"


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("clips", type=Path, nargs="+", help="clips, or folders that are searched with their subfolders")
    add("--out", type=Path, required=True, metavar="DATA", help="data folder")
    add("--style", type=renderer_name, default="line_drawing", help="renderer in module2_drawing/styles")
    add("--name", default="portraits", help="name of the list of clips (%(default)s)")
    add("--pairs", action="store_true", help="keep photos and static drawings, for true pairs")
    add("--validation", default="", help="names of clips that go to valPairs instead, with commas, or @FILE")
    add("--fps", type=float, default=25.0, help="frames a second at most (%(default)s)")
    add("--seconds", type=float, default=60.0, help="of each clip at most (%(default)s)")
    add("--lists", type=Path, default=LISTS, help="folder of the lists (%(default)s)")
    add("--checkpoints_dir", default="checkpoints", help="where networks are looked for")
    add("--processes", type=int, default=1, help="clips worked on at the same time (%(default)s)")
    add("--quiet", action="store_true", help="only warnings and errors")
    return parser.parse_args(arguments)


def prepare(name: str, path: Path, options: argparse.Namespace) -> list[Path]:
    """The folders of photos or drawings of one clip. Raises InputError where it has none."""
    # Data that were begun when clips were called films go on under that name.
    kind = "film" if (options.out / "films").is_dir() else "clip"
    made = "pairs" if options.pairs else f"{kind}s"
    marker = options.out / f"{kind}s" / f"{options.style}_{made}" / f"{name}{DONE}"
    if marker.is_file():
        return [Path(line) for line in marker.read_text().splitlines()]
    writer = PortraitWriter(options.out, options.style, options.checkpoints_dir)
    stretches = [stretch for stretch in follow(path) if stretch.times[0] < options.seconds]
    kept = {stretch.first: spread(stretch.times, options.fps) for stretch in stretches}
    folders = []
    for stretch, index, crop in crops(path, stretches):
        clip = f"{kind}_{name}_{stretches.index(stretch):02d}"
        if stretch.times[index] >= options.seconds:
            break
        if kept[stretch.first][index]:
            write_frame(writer, f"{clip}/{index:05d}", stretch, index, crop, options.pairs)
            folders.append((writer.photo_path if options.pairs else writer.drawing_path)(f"{clip}/x").parent)
    folders = sorted(set(folders))
    write_text(marker, "".join(f"{folder}\n" for folder in folders))
    return folders


def write_frame(
    writer: PortraitWriter, name: str, stretch: Stretch, index: int, crop: np.ndarray, pairs: bool
) -> None:
    landmarks = stretch.landmarks(index)
    mesh = stretch.mesh(index)
    drawing = writer.write_photo(name, crop, landmarks, mesh) if pairs else writer.draw(crop)
    assert drawing is not None  # as this writer draws
    writer.write_drawing(name, drawing, landmarks)
    window = writer.layout.window(writer.drawing_path(name))
    write_text(window, "{:.2f} {:.2f} {:.2f} {:.2f}\n".format(*stretch.window(index)))


def main(arguments: list[str] | None = None) -> None:
    options = parse_arguments(arguments)
    set_quiet(options.quiet)
    if not options.fps > 0 or not options.seconds > 0:
        raise InputError("--fps and --seconds must be above 0")
    options.out = options.out.resolve()
    held_out = set(names_of(options.validation))
    clips = by_stem(files_in(options.clips, VIDEO_SUFFIXES, "clips"))
    used: dict[str, list[Path]] = {}
    jobs = {name: (name, path, options) for name, path in clips.items()}
    for name, result in work_off(jobs, prepare, options.processes, "clip"):
        if isinstance(result, InputError):
            warn(f"refused: {result}")
        else:
            used[name] = result
    if not used:
        raise InputError("no clip could be used; the reasons are above")
    if options.pairs:
        folders = {place: name in held_out for name, places in used.items() for place in places}
        write_lists(options.lists, "Pairs", options.name, folders)
    stretches, refused = sum(map(len, used.values())), len(clips) - len(used)
    say(f"{stretches} stretches of {len(used)} clips, {refused} clips refused")
    print(f"output: {options.out}")


if __name__ == "__main__":
    run_cli(main)
