"""Angular-margin loss of the identity network.

Liu et al., "SphereFace: Deep Hypersphere Embedding for Face Recognition" (CVPR 2017), equation 7:

    ψ(θ) = (−1)^k cos(m θ) − 2k,  θ in [kπ/m, (k+1)π/m],  m = 4

The logit of the true class is ‖x‖ (λ cos θ + ψ(θ)) / (1 + λ), of the others ‖x‖ cos θ; λ falls in training.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

MARGIN = 4


def angular_margin_loss(features: Tensor, centres: Tensor, classes: Tensor, blend: float) -> Tensor:
    """features (B, D), class directions (N, D), classes (B,) → cross entropy. blend: λ."""
    features, centres = features.float(), centres.float()
    length = features.norm(dim=1, keepdim=True)
    cosine = (F.normalize(features) @ F.normalize(centres).T).clamp(-1, 1)
    own = cosine.gather(1, classes[:, None])
    k = (MARGIN * own.detach().acos() / math.pi).floor()
    # cos 4θ as a polynomial of cos θ, whose gradient is finite everywhere.
    fourfold = 8 * own**4 - 8 * own**2 + 1
    margin = (1 - 2 * (k % 2)) * fourfold - 2 * k
    true = (blend * own + margin) / (1 + blend)
    logits = torch.scatter(cosine, 1, classes[:, None], true) * length
    return F.cross_entropy(logits, classes)
