"""Warping generator: a photo, redrawn with its features moved to new landmarks (Sec. 4 of the paper)."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from ..geometry.warping import warp_by_flow, warp_by_grid
from .layers import ResidualBlock, decoder, downsample, encoder_stem

LANDMARK_CHANNELS = 16  # of the features of one landmark map


class EncodedPhoto(NamedTuple):
    """What depends on the photo alone; computed once, then decoded with any number of targets."""

    features: tuple[Tensor, Tensor, Tensor]  # before each warp, at S, S/2 and S/4
    landmarks: Tensor  # features of the source landmark map, (B, 16, S/4, S/4)
    underlay: Tensor | None = None  # what a generator paints over, in the target poses: (B, C, S, S)


class WarpGenerator(nn.Module):
    """Three encoders, whose features are warped at full, half and quarter scale, then a residual decoder.

    Encoder k (`model_tri{k}{stage}`) warps its features after its k-th convolution by flow B (piecewise
    linear over the landmarks) and by flow A (regressed) and keeps both. `model_tri_merge` joins the three.
    The residual block i of `model2` is shown the features of both landmark maps where (i + disp) mod div = 0.

    input_nc: channels of the input: the photo's 3, plus those of its static drawing where that is shown.
    output_nc: channels of the drawing (1 line drawing, 3 cartoon).
    ngf: width; the bottleneck has 4·ngf channels. At least 2.
    n_blocks: residual blocks.
    div, disp: which blocks take landmarks (`--netg_resb_div`, `--netg_resb_disp`).
    """

    paints_over = False  # `EncodedPhoto.underlay`

    def __init__(
        self,
        input_nc: int = 3,
        output_nc: int = 1,
        ngf: int = 64,
        n_blocks: int = 9,
        div: int = 3,
        disp: int = 3,
    ) -> None:
        super().__init__()
        self.input_nc, self.output_nc, self.div, self.disp = input_nc, output_nc, div, disp
        # Output channels of the three stages; a warp doubles those of the stage that it follows.
        widths = ((ngf // 2, 2 * ngf, 4 * ngf), (ngf, ngf, 4 * ngf), (ngf, 2 * ngf, 2 * ngf))
        for k, (first, second, third) in enumerate(widths):
            after_first = first * 2 if k == 0 else first
            after_second = second * 2 if k == 1 else second
            setattr(self, f"model_tri{k}0", nn.Sequential(*encoder_stem(input_nc, first)))
            setattr(self, f"model_tri{k}1", nn.Sequential(*downsample(after_first, second)))
            setattr(self, f"model_tri{k}2", nn.Sequential(*downsample(after_second, third)))
        self.model_tri_merge = nn.Conv2d(12 * ngf, 4 * ngf, 3, padding=1)
        # Both landmark maps go through this; no activation at its end.
        self.model_landmark_trans = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1),
            nn.InstanceNorm2d(8),
            nn.ReLU(True),
            *downsample(8, LANDMARK_CHANNELS),
            *downsample(LANDMARK_CHANNELS, LANDMARK_CHANNELS)[:-1],
        )
        extra = 2 * LANDMARK_CHANNELS
        self.model2 = nn.ModuleList(
            ResidualBlock(4 * ngf, extra if self.takes_landmarks(i) else 0) for i in range(n_blocks)
        )
        self.model3 = nn.Sequential(*decoder(4 * ngf, ngf, output_nc))

    def takes_landmarks(self, block: int) -> bool:
        return (block + self.disp) % self.div == 0

    @staticmethod
    def unpainted(size: int, device: torch.device) -> Tensor:
        """Where a drawing (…, size, size) may be sharpened: all of it, (1, 1, 1, 1)."""
        return torch.ones(1, 1, 1, 1, device=device)

    def encode(self, photo: Tensor, map_source: Tensor) -> EncodedPhoto:
        """photo (B, input_nc, S, S) in [-1, 1], source map (B, 1, S, S) in {-1, 1}; S a multiple of 4."""
        full = self.model_tri00(photo)
        half = self.model_tri11(self.model_tri10(photo))
        quarter = self.model_tri22(self.model_tri21(self.model_tri20(photo)))
        return EncodedPhoto((full, half, quarter), self.model_landmark_trans(map_source))

    def decode(
        self, encoded: EncodedPhoto, map_target: Tensor, motion_grid: Tensor, flow: Tensor, flow_mask: Tensor
    ) -> Tensor:
        """Draw the encoded photo with the target landmarks.

        encoded: with a batch of B, or of 1 for B frames of one photo.
        map_target: target landmark map (B, 1, S, S) in {-1, 1}.
        motion_grid: flow B (B, S, S, 2), see `warping.sparse_motion_grid`.
        flow: flow A (B, 2, S, S) px as x, y.
        flow_mask: (B, 1, S, S), 1 where flow A is visible.
        Returns the drawing (B, output_nc, S, S) in [-1, 1].
        """
        full, half, quarter = (
            torch.cat((warp_by_grid(part, motion_grid), warp_by_flow(part, flow, flow_mask)), 1)
            for part in encoded.features
        )
        x = torch.cat((self.model_tri02(self.model_tri01(full)), self.model_tri12(half), quarter), 1)
        x = self.model_tri_merge(x)
        source = encoded.landmarks.expand(len(x), -1, -1, -1)
        landmarks = torch.cat((source, self.model_landmark_trans(map_target)), 1)
        for i, block in enumerate(self.model2):
            x = block(torch.cat((x, landmarks), 1) if self.takes_landmarks(i) else x)
        return self.model3(x)

    def forward(
        self,
        photo: Tensor,
        map_source: Tensor,
        map_target: Tensor,
        motion_grid: Tensor,
        flow: Tensor,
        flow_mask: Tensor,
    ) -> Tensor:
        """`encode` then `decode`; shapes as there."""
        return self.decode(self.encode(photo, map_source), map_target, motion_grid, flow, flow_mask)
