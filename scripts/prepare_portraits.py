#!/usr/bin/env python3
"""Photos → training data of the drawing stage, in the published layout.

    python scripts/prepare_portraits.py PHOTOS --out Data --style line_drawing --name faces

Every photo with a face becomes Data/Photo/faces/NAME.png (aligned, 512²) with landmarks, masks of nose, eyes
and lips, matte and static drawing beside it; a drawing of it joins the examples of the style in Data/Drawing.
The lists go to datasets/list/trainA/faces.txt and trainB/faces_STYLE.txt below the current folder (or to
`--lists`), where `train.py --dataroot faces --style STYLE` reads them; from another folder with theirs in
front: `--dataroot FOLDER/datasets/list/faces`. With `--drawings FOLDER` the examples are your own pictures of
a style that has no renderer; the static drawings are then those of `--renderer NAME`, or of a network trained
on the examples (`--static FILE`).

Photos that cannot serve are listed with the reason and in Data/refused_faces.csv. What is there already
stays: an interrupted run is continued by the same command.
"""

import argparse
import csv
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from module1_audio2lmk.foundation.checkpoints import load_state
from module1_audio2lmk.foundation.errors import InputError, run_cli, say, set_quiet, warn
from module1_audio2lmk.foundation.face.align import align_face, choose_backend
from module1_audio2lmk.foundation.files import IMAGE_SUFFIXES, atomic_path, files_in
from module1_audio2lmk.foundation.media import read_image
from module1_audio2lmk.foundation.processes import work_off
from module2_drawing.data.layout import LISTS, style_list
from module2_drawing.data.prepare import PortraitWriter, can_draw, write_lists
from module2_drawing.styles import renderer_name

_writer: PortraitWriter  # of each process that works
_backend = "auto"


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("photos", type=Path, nargs="+", help="photos, or folders that are searched with their subfolders")
    add("--out", type=Path, required=True, metavar="DATA", help="data folder")
    help = "renderer in module2_drawing/styles, or a new name"
    add("--style", type=renderer_name, default="line_drawing", help=help)
    add("--name", default="portraits", help="name of the set and of its lists (%(default)s)")
    add("--drawings", type=Path, metavar="FOLDER", help="pictures that show the style")
    add("--renderer", metavar="STYLE", help="renderer of the static drawings, if not --style")
    add("--static", metavar="FILE", help="weights of `train.py --model static` that draw the style")
    add("--lists", type=Path, default=LISTS, help="folder of the lists (%(default)s)")
    add("--validation", type=float, default=0.0, help="share of the photos for the lists valA, valB")
    add("--landmarks", default="auto", help="auto, mediapipe or face_alignment")
    add("--checkpoints_dir", default="checkpoints", help="where networks are looked for")
    add("--processes", type=int, default=1, help="photos worked on at the same time (%(default)s)")
    add("--quiet", action="store_true", help="only warnings and errors")
    options = parser.parse_args(arguments)
    if not 0 <= options.validation < 1:
        parser.error(f"--validation {options.validation:g} is no share; give 0 to below 1")
    return options


def images_in(places: list[Path]) -> dict[str, Path]:
    """Name (path below the place, without suffix, _ for /) → image. Raises InputError where there is none."""
    found: dict[str, Path] = {}
    for place in places:
        for file in files_in([place], IMAGE_SUFFIXES, "images"):
            relative = file.relative_to(place.parent if place.is_file() else place).with_suffix("")
            first = found.setdefault("_".join(relative.parts), file)
            if first != file:
                warn(f"{file} is left out: {first} has the same name")
    return found


def start_worker(options: argparse.Namespace, draws: bool) -> None:
    """Each process has its own detector and networks."""
    global _writer, _backend
    _writer = writer_for(options, draws)
    _backend = choose_backend(options.landmarks)


def writer_for(options: argparse.Namespace, draws: bool) -> PortraitWriter:
    folder = options.out, options.style, options.checkpoints_dir
    return PortraitWriter(*folder, draws, options.static, options.renderer)


def prepare_photo(name: str, path: Path, example: bool) -> None:
    """A photo's files; `example`: its drawing is one of the style's examples, too."""
    if _writer.has_photo(name) and (not example or _writer.has_drawing(name)):
        return
    image, landmarks = _writer.stored(name) or aligned(path)
    drawing = _writer.write_photo(name, image, landmarks)
    if example and drawing is not None:
        _writer.write_drawing(name, drawing, landmarks)


def aligned(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """A photo → its face (512, 512, 3) uint8 RGB and landmarks (68, 3) px. Raises InputError without one."""
    face = align_face(read_image(path), _backend, face=1, turn=True)
    return face.image, face.landmarks


def prepare_drawing(name: str, path: Path, example: bool) -> None:
    """A picture that shows the style."""
    if not _writer.has_drawing(name):
        _writer.write_drawing(name, *aligned(path))


def prepare_all(
    work: Callable[[str, Path, bool], None],
    items: dict[str, Path],
    example: bool,
    options: argparse.Namespace,
    draws: bool,
) -> dict[Path, str]:
    """Do the work for every image; image → why it was refused."""
    jobs = {path: (f"{options.name}/{name}", path, example) for name, path in items.items()}
    done = work_off(jobs, work, options.processes, "image", start_worker, (options, draws))
    return {path: str(result) for path, result in done if isinstance(result, InputError)}


def is_validation(name: str, share: float) -> bool:
    """The same for a name in every run."""
    return zlib.crc32(name.encode()) % 10_000 < share * 10_000


def report(refused: dict[Path, str], options: argparse.Namespace) -> None:
    for path, reason in sorted(refused.items()):
        warn(f"refused {path}: {reason}")
    with (
        atomic_path(options.out / f"refused_{options.name}.csv") as temporary,
        temporary.open("w", newline="") as file,
    ):
        csv.writer(file).writerows([("image", "reason"), *sorted((str(p), r) for p, r in refused.items())])


def main(arguments: list[str] | None = None) -> None:
    options = parse_arguments(arguments)
    set_quiet(options.quiet)
    options.out = options.out.resolve()
    if options.static:
        load_state(options.static)  # complains now, not in every process
    renderer = options.renderer or options.style
    draws = bool(options.static) or can_draw(renderer, options.checkpoints_dir)
    if not draws and (options.drawings is None or options.renderer):
        raise InputError(f"nothing draws the style {renderer}; show it with --drawings FOLDER")
    photos = images_in(options.photos)
    refused = prepare_all(prepare_photo, photos, options.drawings is None, options, draws)
    drawings = photos
    if options.drawings is not None:
        if not draws:
            say(f"no static drawings: nothing draws the style {options.style}; name a --renderer")
        drawings = images_in([options.drawings])
        refused |= prepare_all(prepare_drawing, drawings, False, options, draws)
    report(refused, options)
    if all(path in refused for path in photos.values()):
        raise InputError("no photo could be used; the reasons are above")
    writer = writer_for(options, draws)
    places = (
        ("A", options.name, photos, writer.photo_path),
        ("B", style_list(options.name, options.style), drawings, writer.drawing_path),
    )
    for domain, listed, items, place in places:
        kept = [name for name, path in items.items() if path not in refused]
        files = {place(f"{options.name}/{n}"): is_validation(n, options.validation) for n in kept}
        write_lists(options.lists, domain, listed, files)
    images = len(photos) + (0 if drawings is photos else len(drawings))
    say(f"{images - len(refused)} images used, {len(refused)} refused")
    say(f"lists: {options.lists.resolve()}; train with --dataroot {options.lists.resolve() / options.name}")
    print(f"output: {options.out}")


if __name__ == "__main__":
    run_cli(main)
