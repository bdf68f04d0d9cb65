"""Options of the portrait model, with the published names and defaults."""

from __future__ import annotations

import argparse

from ..rendering.settings import VACATED
from ..styles import renderer_name


def add_portrait_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
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
    _adversarial_options(parser)
    _loss_options(parser)
    _target_options(parser)
    parser.set_defaults(dataset_mode="portrait")


def _adversarial_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--lambda_G_A", type=float, default=1.0, help="weight of the global adversarial loss")
    add("--lambda_G_A_l", type=float, default=0.5, help="weight of each local adversarial loss")
    add("--use_mask", type=int, default=1, help="1: a discriminator for the nose")
    add("--use_eye_mask", type=int, default=1, help="1: a discriminator for the eyes")
    add("--use_lip_mask", type=int, default=1, help="1: a discriminator for the lips")
    add("--mask_type", type=int, default=3, choices=range(4), help="what a local discriminator sees")
    add("--check_fakeb2_in_backwardD", type=int, default=1, help="1: discriminators see both frames")
    add("--coherent", type=int, default=1, help="1: the coherence discriminator")
    add("--lambda_G_A_coh", type=float, default=0.5, help="weight of the coherence discriminator's loss")
    add("--coh_use_more", type=int, default=2, help="above 0: frames of two films are fakes, too")


def _loss_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--warp_loss", type=int, default=2, choices=[0, 1, 2], help="0: no content loss")
    add("--lambda_warp", type=float, default=5.0, help="weight of the content loss")
    add(
        "--truth",
        default="spline",
        choices=["spline", "moved"],
        help="static drawing warped as published; or moved so that lids and lips do not smear, and with an "
        "inside where a mouth opens",
    )
    add("--lambda_geom", type=float, default=5.0, help="weight of the geometry loss")
    add("--lambda_geom_lipline", type=float, default=0.0, help="weight of the lip line loss")
    add("--more_weight_for_lip", type=int, default=0, help="2: lips count twice in the geometry loss")
    add("--identity_loss", type=int, default=2, choices=[0, 1, 2], help="against 1 photo, 2 static drawing")
    add("--lambda_face", type=float, default=5.0, help="weight of the identity loss")
    add("--face_recog_model", default="", help="weights of the identity network, if not the known ones")
    add("--landmark_model", default="", help="weights of the landmark network, if not the known ones")
    add("--lambda_warp_inter", type=float, default=5.0, help="weight of the inter-frame warp loss")


def _target_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--max_offset", type=float, default=3.0, help="px between the two poses")
    add("--select_target12_thre", type=float, default=0.2, help="share of poses from films")
    add("--select_noniden_thre", type=float, default=0.9, help="up to this share: another drawing's pose")
    add("--clip_poses", type=float, default=0.0, help="share of own poses with expressions of talking clips")
    add("--rx", type=float, default=0.15, help="left of the face window, fraction of the frame")
    add("--ry", type=float, default=0.2, help="top of the face window")
    add("--rs", type=float, default=0.7, help="side of the face window")
