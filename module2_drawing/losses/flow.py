"""Loss of the flow regression: end-point error at every scale, and the class of every pixel.

    L = Σ over scales of E_{not background}‖f_k − f*_k‖₂ + w · CE(v, v*)

f*_k is the true flow, averaged over the pixels of scale k that are not background, in units of 20 px.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


def endpoint_error(flow: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
    """flow, truth (B, 2, H, W), mask (B, 1, H, W) in [0, 1] → mean length of the error inside the mask."""
    error = (flow - truth).square().sum(1, keepdim=True).clamp_min(1e-12).sqrt()
    return (error * mask).sum() / mask.sum().clamp_min(1.0)


def multiscale_flow_loss(pyramid: Sequence[Tensor], truth: Tensor, mask: Tensor) -> Tensor:
    """Sum of the end-point errors of all scales; pyramid: (B, 2, h, w) each, truth and mask at full size."""
    total = torch.zeros((), device=truth.device)
    for flow in pyramid:
        share = F.adaptive_avg_pool2d(mask, flow.shape[-2:])
        wanted = F.adaptive_avg_pool2d(truth * mask, flow.shape[-2:]) / share.clamp_min(1e-6)
        total = total + endpoint_error(flow.float(), wanted, share)
    return total


def roughness(field: Tensor, mask: Tensor) -> Tensor:
    """Field (B, C, H, W), mask (B, 1, H, W) in [0, 1] → mean squared step between neighbours in the mask.

    A field of least roughness goes on from where it is known as heat does: without bends or overshoot.
    """
    total = torch.zeros((), device=field.device)
    for axis in (2, 3):
        length = field.shape[axis] - 1
        both = torch.minimum(mask.narrow(axis, 0, length), mask.narrow(axis, 1, length))
        step = field.diff(dim=axis).square().sum(1, keepdim=True)
        total = total + (step * both).sum() / both.sum().clamp_min(1.0)
    return total


def visibility_loss(logits: Tensor, classes: Tensor) -> Tensor:
    """logits (B, 3, H, W), classes (B, H, W) → cross entropy."""
    return F.cross_entropy(logits.float(), classes.long())
