"""The six losses of the portrait model, one file each: pure functions of tensors, batched, in mean form.

Weights live in the options; a loss here is what its weight is multiplied by.
"""

from .adversarial import discriminator_loss, gan_loss, generator_loss, masked
from .coherence import coherence_discriminator_loss, frame_pair, interframe_loss
from .content import content_loss, content_truth, smoothly_moved, spline_moved
from .geometry import find_landmarks, geometry_loss, lip_line_loss, lip_line_mask
from .identity import identity_loss

__all__ = [
    "coherence_discriminator_loss",
    "content_loss",
    "content_truth",
    "discriminator_loss",
    "find_landmarks",
    "frame_pair",
    "gan_loss",
    "generator_loss",
    "geometry_loss",
    "identity_loss",
    "interframe_loss",
    "lip_line_loss",
    "lip_line_mask",
    "masked",
    "smoothly_moved",
    "spline_moved",
]
