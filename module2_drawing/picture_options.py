"""Options of the picture: style, size, part of the photo, background, and the weights that draw it."""

import argparse
from fractions import Fraction
from pathlib import Path

from module1_audio2lmk.foundation.errors import InputError

from .styles import public_name, renderers

STYLES = tuple(renderers())
#: Options that the animator takes under the same names.
OF_DRAWING = ("checkpoints_dir", "device", "size", "quality", "background", "frame")
SIZES = range(256, 2048 + 1, 32)


def frame_size(text: str) -> int:
    """ "256", "288" … "2048" → px of a frame's side."""
    if not text.strip().isdecimal() or int(text) not in SIZES:
        raise argparse.ArgumentTypeError(f"{text} px; give a multiple of 32 from {SIZES[0]} to {SIZES[-1]}")
    return int(text)


def intro_seconds(text: str) -> Fraction:
    """ "2.5" → seconds of an intro."""
    try:
        seconds = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds; give one such as 4") from None
    if not 0 <= seconds <= 60:
        raise argparse.ArgumentTypeError(f"{text} seconds; give 0 to 60")
    return seconds


def quality(text: str) -> str:
    """A value of --quality, of which one has gone."""
    if text == "painted":
        raise argparse.ArgumentTypeError("painted is gone, it drew no better than default; use that or best")
    return text


def check_strokes(options: argparse.Namespace, style: str) -> None:
    """Raises InputError where --intro or --save_svg is asked of what is not drawn in strokes on paper, or the
    file is no .svg."""
    if not (options.intro or options.save_svg):
        return
    if style.partition(":")[0] != "drawing":
        raise InputError(f"{style} has no strokes for --intro and --save_svg; use --style drawing")
    if options.save_svg and not options.save_svg.lower().endswith(".svg"):
        raise InputError(f"--save_svg {options.save_svg} writes SVG; end the name in .svg")
    if options.frame == "full" or options.background not in ("keep", "paper"):
        raise InputError("--intro and --save_svg go with neither --frame full nor this --background")


def add_picture_options(parser: argparse.ArgumentParser) -> None:
    """Add the group "picture"."""
    add = parser.add_argument_group("picture").add_argument
    add("--style", type=public_name, choices=STYLES, help="style (default: what --exp says)")
    add("--size", type=frame_size, metavar="PX", help="side of the frames, 256 to 2048 (default 512)")
    help = "full: the whole photo, its longer side --size px at most (default 2048)"
    add("--frame", choices=("crop", "full"), default="crop", help=help)
    help = "behind the person: what is drawn there, paper, nothing (transparent), or an image"
    add("--background", default="keep", metavar="keep|paper|none|IMAGE", help=help)
    help = "line styles: the portrait draws itself first, stroke by stroke, for so long"
    add("--intro", type=intro_seconds, default=Fraction(0), metavar="SECONDS", help=help)
    add("--save_svg", metavar="FILE.svg", help="line styles: also write the drawing at rest, in strokes")
    help = "best: the own warping generator paints over the moved drawing, 256 px"
    add("--quality", type=quality, choices=("default", "best"), default="default", help=help)


def add_drawing_weights(parser: argparse.ArgumentParser) -> None:
    """Add the group "weights of the drawing"."""
    add = parser.add_argument_group("weights of the drawing").add_argument
    add(
        "--generator",
        metavar="paper|FILE",
        help="a warping generator draws, 256 px; paper: the own one of --quality best, but with a regressed "
        "flow as in the paper; or weights of yours",
    )
    add("--exp", default="formal/drawing", help="experiment: formal/drawing, formal/cartoon or your own")
    add("--epoch", default="70", help="epoch of the experiment")
    add("--checkpoints_dir", default="checkpoints", help="where weights are looked for")


def style_of(options: argparse.Namespace) -> str:
    """--style, else as the published program: an experiment with a style in its name draws in that style."""
    return options.style or next((style for style in STYLES if style in options.exp), "drawing")


def generator_file(options: argparse.Namespace) -> Path | str | None:
    """--generator, else the file of --exp and --epoch; None for published experiments that are not there."""
    if options.generator:
        return options.generator
    published = [f"formal/{style}" for style in STYLES]
    if options.style and options.exp in published:
        options.exp = f"formal/{options.style}"
    path = Path(options.checkpoints_dir) / options.exp / f"{options.epoch}_net_G_A.pth"
    if path.is_file():
        return path
    if options.exp in published and options.epoch == "70":
        return None
    raise InputError(f"no weights {path}; check --exp, --epoch and --checkpoints_dir")
