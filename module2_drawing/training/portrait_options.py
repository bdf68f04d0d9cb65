"""Options of the portrait model, with the published names and defaults."""

import argparse

from .. import losses
from ..losses.entry import add_flags
from ..rendering.settings import VACATED
from ..styles import renderer_name


def add_portrait_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("portrait model").add_argument
    add(
        "--style",
        type=renderer_name,
        default="line_drawing",
        help="style of the drawings: their folders, and the renderer",
    )
    add("--netg_resb_div", type=int, default=3, help="every so many residual blocks take landmarks")
    add("--netg_resb_disp", type=int, default=1, help="shifts which of them do")
    add("--blendbg", type=int, default=0, choices=[0, 1], help="1: the static drawing is the background")
    add("--separate", type=int, default=1, choices=[0, 1], help="0: the whole picture is drawn, no matte")
    add("--matte_margin", type=int, default=0, help="px by which the matte is widened")
    add("--soft_edge", type=float, default=0.0, help="σ px of the blur of the matte in blending")
    add("--vacated", default="static", choices=VACATED, help="background where the person was")
    for module in losses.table():
        title = module.__name__.rpartition(".")[2]
        add_flags(parser, f"losses: {title}", module.FLAGS)
    _target_options(parser)
    parser.set_defaults(dataset_mode="portrait")


def _target_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("target poses").add_argument
    add("--max_offset", type=float, default=3.0, help="px between the two poses")
    add("--select_target12_thre", type=float, default=0.2, help="share of poses from drawn clips")
    add("--select_noniden_thre", type=float, default=0.9, help="up to this share: another drawing's pose")
    add("--clip_poses", type=float, default=0.0, help="share of own poses with expressions of talking clips")
    add("--rx", type=float, default=0.15, help="left of the face window, fraction of the frame")
    add("--ry", type=float, default=0.2, help="top of the face window")
    add("--rs", type=float, default=0.7, help="side of the face window")
