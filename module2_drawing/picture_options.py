"""Options of the picture: style, size, part of the photo, background, and the weights that draw it."""

from __future__ import annotations

import argparse

from .styles import public_name, renderers

STYLES = tuple(renderers())
SIZES = range(256, 2048 + 1, 32)
QUALITIES = ("best", "painted", "default")


def frame_size(text: str) -> int:
    """ "256", "288" … "2048" → px of a frame's side."""
    if not text.strip().isdecimal() or int(text) not in SIZES:
        raise argparse.ArgumentTypeError(f"{text} px; give a multiple of 32 from {SIZES[0]} to {SIZES[-1]}")
    return int(text)


def add_picture_options(parser: argparse.ArgumentParser) -> None:
    """Add the group "picture"."""
    add = parser.add_argument_group("picture").add_argument
    add("--style", type=public_name, choices=STYLES, help="style (default: what --exp says)")
    add("--size", type=frame_size, metavar="PX", help="side of the frames, 256 to 2048 (default 512)")
    add(
        "--frame",
        choices=("crop", "full"),
        default="crop",
        help="full: the whole photo, its longer side --size px at most (default 2048)",
    )
    add(
        "--background",
        default="keep",
        metavar="keep|paper|none|IMAGE",
        help="behind the person: what is drawn there, paper, nothing (transparent), or an image",
    )
    add(
        "--quality",
        choices=QUALITIES,
        default="default",
        help="painted: a network paints lips and eyes; best: the warping generator, 256 px",
    )


def add_drawing_weights(parser: argparse.ArgumentParser) -> None:
    """Add the group "weights of the drawing"."""
    add = parser.add_argument_group("weights of the drawing").add_argument
    add("--exp", default="formal/drawing", help="experiment: formal/drawing, formal/cartoon or your own")
    add("--epoch", default="70", help="epoch of the experiment")
    add("--checkpoints_dir", default="checkpoints", help="where weights are looked for")
