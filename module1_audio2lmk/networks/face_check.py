"""Check of a found face: a linear model on histograms of oriented gradients."""

import torch
from torch import Tensor, nn


class FaceCheck(nn.Module):
    """Features of a patch (`foundation.face.check.features`) -> odds (logarithm) that it is of a face."""

    def __init__(self, in_size: int = 1764) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.zeros(in_size)), nn.Parameter(torch.zeros(()))

    def forward(self, features: Tensor) -> Tensor:
        """(B, in_size) -> (B,)."""
        return features @ self.weight + self.bias
