"""Flow correction (flow A): what the landmarks' spline does not know of a head that turns, on a coarse grid.

A spline bends the plane between landmarks; forehead, cheeks and the sides of the nose move by their depth.
The network is shown both sets of landmarks and the spline's flow, and adds a smooth flow to it. Each set is
given in units of its own face, so that place and size of the face in the frame make no difference.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .flow_regression import FLOW_SCALE

LANDMARKS = 68
MAPS = 6  # the spline's flow, and where a node lies in the target's face and in the source's
FADE = 4  # nodes of the grid from the frame's edge, where the correction is 0, to its full strength


class FlowCorrection(nn.Module):
    """Source and target landmarks, and the flow of their spline → that flow, corrected.

    widths: channels of the grids, each twice as fine as the one before; the last has `grid` nodes a side.
    code: size of the vector that says what the face does.
    """

    frame, grid = 256, 64  # px that landmarks and flow are measured in, nodes a side of the flow

    def __init__(self, widths: tuple[int, ...] = (96, 64, 48, 32, 24), code: int = 192) -> None:
        super().__init__()
        self.start = self.grid >> (len(widths) - 1)
        self.encoder = nn.Sequential(
            nn.Linear(4 * LANDMARKS, code), nn.LeakyReLU(0.1), nn.Linear(code, code), nn.LeakyReLU(0.1)
        )
        self.spread = nn.Linear(code, self.start**2 * widths[0])
        stages = []
        for before, width in zip((widths[0], *widths), widths, strict=False):
            stages.append(
                nn.Sequential(
                    nn.Conv2d(before + MAPS, width, 3, padding=1),
                    nn.LeakyReLU(0.1),
                    nn.Conv2d(width, width, 3, padding=1),
                    nn.LeakyReLU(0.1),
                )
            )
        self.stages = nn.ModuleList(stages)
        self.correction = nn.Conv2d(widths[-1], 2, 3, padding=1)
        nn.init.zeros_(self.correction.weight)  # untrained, it is the spline
        nn.init.zeros_(self.correction.bias)

    def forward(self, source: Tensor, target: Tensor, spline: Tensor) -> Tensor:
        """What to add to the spline's flow at the nodes of the grid, (B, 2, grid, grid) px as x, y.

        source, target: (B, 68, 2) px of `frame`; spline: (B, 2, grid, grid) px, backward: a node of the
        target shows the source at node + flow. Nodes reach from the first pixel's centre to the last's.
        """
        own, (middle, scale) = _in_face(target)
        other, (other_middle, other_scale) = _in_face(source)
        code = self.encoder(torch.cat((other.flatten(1), own.flatten(1)), 1))
        axis = torch.linspace(0, self.frame - 1, self.grid, device=spline.device)
        nodes = torch.stack(torch.meshgrid(axis, axis, indexing="xy"))[None]
        places = (nodes - _planes(middle)) / _planes(scale)
        origins = (nodes + spline - _planes(other_middle)) / _planes(other_scale)
        maps = torch.cat((spline / FLOW_SCALE, places, origins), 1)
        x = self.spread(code).view(len(code), -1, self.start, self.start)
        for i, stage in enumerate(self.stages):
            if i:
                x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
            x = stage(torch.cat((x, F.adaptive_avg_pool2d(maps, x.shape[-2:])), 1))
        steps = torch.arange(self.grid, device=x.device) / FADE
        ramp = torch.minimum(steps, steps.flip(0)).clamp_max(1)
        return self.correction(x) * FLOW_SCALE * torch.minimum(ramp[:, None], ramp)


def _in_face(landmarks: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """(B, 68, 2) px → the same around their middle in units of their spread; middle (B, 2), spread (B, 1)."""
    middle = landmarks.mean(1)
    around = landmarks - middle[:, None]
    scale = around.square().sum(-1).mean(1, keepdim=True).sqrt().clamp_min(1.0)
    return around / scale[..., None], (middle, scale)


def _planes(values: Tensor) -> Tensor:
    return values[:, :, None, None]
