"""Rendering pipeline of the generators, in torch: every stage of a frame, in order.

`prepare_photo` (preparation: matte, static drawing, features) runs once a photo, `draw_frames` for every
batch of target landmarks. test.py, both trainings, and every drawing by a generator come here; frames of the
default, the moved drawing alone, have the same stages without torch: `LayeredRenderer.person`.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ..geometry.facing import parted
from ..geometry.warping import landmark_maps, warp_by_grid
from ..networks.generator import WarpGenerator
from ..networks.overpaint import Layers
from .compose import blend, crisper
from .flow import FlowRegressor, Motion
from .prepare import PreparedPhoto
from .settings import InferenceSettings
from .underlay import moved_drawing, with_mouth


@dataclass(frozen=True)
class DrawnFrames:
    """drawing: the frames, foreground: what was drawn of the person, (B, C, S, S) in [−1, 1]; mask: the matte
    moved to the targets, (B, 1, S, S) in [0, 1]; landmark_map: of the targets; motion: to the targets;
    layers: of a generator that paints over."""

    drawing: Tensor
    foreground: Tensor
    mask: Tensor
    landmark_map: Tensor
    motion: Motion
    layers: Layers | None


def draw_frames(
    generator: WarpGenerator | None,
    flow_regressor: FlowRegressor,
    photo: PreparedPhoto,
    targets: Tensor,
    settings: InferenceSettings,
    mask: Tensor | None = None,
) -> DrawnFrames:
    """Draw the photo with each of the target landmarks (B, 68, 2) px; the photo may be a batch of B, too.

    generator: None for the moved drawing alone (the paper's UPD+Warp, with a mouth). mask: the matte
    in the target poses, (B, 1, S, S), which otherwise moves by flow B.
    """
    source, size = photo.landmarks, photo.mask.shape[-1]
    over = generator is None or generator.paints_over
    # Motion: the targets' landmark map, flow B and flow A.
    if not settings.published:
        targets = parted(source, targets)
    landmark_map = landmark_maps(targets, size)
    motion = flow_regressor.motion(source, targets, size, with_spline=over)
    # Underlay, and the mouth on it. Landmarks of few lines are found better where these are a little soft.
    underlay, layers = None, None
    if over:
        mode = "bicubic" if generator is None else "bilinear"
        underlay = moved_drawing(
            photo.drawing, source, targets, motion.whole, mode, parts=True, bare=photo.bare
        )
        underlay = with_mouth(underlay, source, targets)
    foreground = underlay
    # Generator: the person, from the photo's features or as paint over the underlay.
    if generator is not None:
        foreground, layers = _generated(generator, photo, underlay, landmark_map, motion, settings)
    # Composite: the person over the background, within the moved matte.
    if mask is None:
        mask = warp_by_grid(photo.mask, motion.flow_b, align_corners=True)
    drawing = blend(foreground, photo.background, mask)
    return DrawnFrames(drawing, foreground, mask, landmark_map, motion, layers)


def _generated(
    generator: WarpGenerator,
    photo: PreparedPhoto,
    underlay: Tensor | None,
    landmark_map: Tensor,
    motion: Motion,
    settings: InferenceSettings,
) -> tuple[Tensor, Layers | None]:
    """The generator's drawing of the person, and the layers that one is of which paints over."""
    if photo.encoded is None:
        raise ValueError("the photo was prepared without a generator")
    seen = (
        photo.encoded._replace(underlay=underlay),
        landmark_map,
        motion.flow_b,
        motion.flow_a,
        motion.visible,
    )
    layers = None
    with settings.autocast(landmark_map.device):
        if generator.paints_over:
            layers = generator.layers(*seen)
        person = (layers.drawing if layers else generator.decode(*seen)).float()
    if settings.crispness > 0:
        unpainted = generator.unpainted(person.shape[-1], person.device)
        person = crisper(person, settings.crispness * unpainted)
    if photo.lenses is not None and underlay is not None:
        covered = warp_by_grid(photo.lenses, motion.flow_b, align_corners=True)
        person = torch.lerp(person, underlay, covered)
    return person, layers
