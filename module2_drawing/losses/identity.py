"""Identity loss: a face network sees the same person in the frame and in the static drawing.

    L_id = Σ over both frames of Σ_k w_k E‖φ_k(f) − φ_k(s)‖₁,  w = 1/32, 1/16, 1/8, 1/4, 1

φ_k are the features of the four stages of a face network (published: SphereFace-20; without its weights
MobileFace, scaled to the same size) and its output. Only the frame gets a gradient.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from ..networks import FaceNetwork
from .entry import Drawn, FixedNetwork, Flag, Loss
from .windows import cut_windows

WEIGHTS = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1.0)


def identity_loss(
    network: FaceNetwork, drawing: Tensor, other: Tensor, windows: Tensor, other_windows: Tensor
) -> Tensor:
    """Images (B, 1 or 3, S, S) in [−1, 1]; windows (B, 4) px of the faces, left, right, top, bottom."""
    found = network.features(face_of(network, drawing, windows))
    with torch.no_grad():
        wanted = network.features(face_of(network, other, other_windows))
    return network.scale * sum(w * F.l1_loss(f, o) for w, f, o in zip(WEIGHTS, found, wanted, strict=True))


def face_of(network: FaceNetwork, image: Tensor, windows: Tensor) -> Tensor:
    """(B, 1 or 3, S, S) in [−1, 1], windows (B, 4) px → (B, 3, *input_size), what the network looks at."""
    left, right, top, bottom = windows.unbind(1)
    sides = torch.stack((left - right, right - left, top - bottom, bottom - top), 1)
    windows = windows + sides * sides.new_tensor(network.margins)
    size = network.input_size
    return cut_windows(image.expand(-1, 3, -1, -1), windows, size, "bilinear", align_corners=True)


def _value(drawn: Drawn, network: FaceNetwork) -> Tensor:
    batch = drawn.batch
    other = drawn.static if drawn.options.identity_loss == 2 else batch["photo"].mean(1, keepdim=True)
    return sum(
        identity_loss(network, frame, other, batch[f"target_window{k}"], batch["window"])
        for k, frame in enumerate(drawn.frames, start=1)
    )


LOSSES = (
    Loss(
        "identity",
        "iden_B",
        "lambda_identity",
        _value,
        FixedNetwork(FaceNetwork, "sphereface", "identity_model"),
        lambda options: options.identity_loss > 0,
    ),
)
FLAGS = (
    Flag("identity_loss", 2, "against 1 photo, 2 static drawing; 0: none", (0, 1, 2)),
    Flag("lambda_identity", 5.0, "weight of the identity loss", published="lambda_face"),
    Flag(
        "identity_model",
        "",
        "weights of the identity network, if not the known ones",
        published="face_recog_model",
    ),
)
