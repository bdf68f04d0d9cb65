"""From a photo to drawn frames: the one forward path that testing and animation share.

The photo's part (foreground, landmark map, encoder features, background) is computed once; frames are batches
of target landmarks.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from ..geometry.warping import landmark_maps, sparse_motion_grid, warp_by_grid
from ..networks.generator import EncodedPhoto, WarpGenerator
from .compose import blend, crisper
from .flow import FlowRegressor
from .prepare import PreparedPhoto
from .underlay import moved_drawing


@dataclass(frozen=True)
class DrawnFrames:
    """drawing: the frames, foreground: the generator's own output, (B, C, 256, 256) in [−1, 1]; mask: the
    matte moved to the targets, (B, 1, 256, 256) in [0, 1]; landmark_map: of the targets."""

    drawing: Tensor
    foreground: Tensor
    mask: Tensor
    landmark_map: Tensor


def draw_frames(
    generator: WarpGenerator,
    flow_regressor: FlowRegressor,
    photo: PreparedPhoto,
    targets: Tensor,
    mask: Tensor | None = None,
    crispness: float = 0.0,
) -> DrawnFrames:
    """Draw the photo with each of the target landmarks (B, 68, 2) px of 256².

    The photo may also be a batch of B. mask: the matte in the target poses, which otherwise moves by the
    sparse grid. crispness: see `crisper`.
    """
    size = photo.mask.shape[-1]
    grid = sparse_motion_grid(photo.landmarks, targets, size)
    flow, flow_mask = flow_regressor(photo.landmarks, targets)
    landmark_map = landmark_maps(targets, size)
    spline = None if flow_regressor.has_network else flow
    encoded = laid_below(generator, photo.encoded, photo.landmarks, targets, spline)
    foreground = generator.decode(encoded, landmark_map, grid, flow, flow_mask)
    if crispness > 0:
        foreground = crisper(foreground, crispness * generator.unpainted(size, foreground.device))
    if mask is None:
        mask = warp_by_grid(photo.mask, grid, align_corners=True)
    return DrawnFrames(blend(foreground, photo.static, mask), foreground, mask, landmark_map)


def laid_below(
    generator: WarpGenerator,
    encoded: EncodedPhoto,
    source: Tensor,
    targets: Tensor,
    flow: Tensor | None = None,
) -> EncodedPhoto:
    """For a generator that paints over: the encoded photo with the drawing that lies below its paint.

    source (B or 1, 68, 2), targets (B, 68, 2) px of 256²; flow: as of `moved_drawing`.
    """
    if not generator.paints_over:
        return encoded
    # Bilinear: in a face of few lines, landmarks are found better where these are a little soft.
    return encoded._replace(below=moved_drawing(encoded.static, source, targets, flow, "bilinear"))
