import numpy as np
import torch

from module1_audio2lmk.foundation.face.geometry import load_standard_face
from module2_drawing.networks import FlowCorrection


def faces(count: int) -> torch.Tensor:
    face = torch.from_numpy(load_standard_face()[:, :2]).float() * 75 + torch.tensor([128.0, 150.0])
    return face + torch.randn(count, 68, 2, generator=torch.Generator().manual_seed(0))


def test_untrained_it_is_the_spline_and_edges_stay() -> None:
    network = FlowCorrection()
    spline = torch.randn(2, 2, network.grid, network.grid)
    assert not network(faces(2), faces(2), spline).any()
    torch.nn.init.ones_(network.correction.bias)
    found = network(faces(2), faces(2), spline)
    edges = np.ones((network.grid, network.grid), bool)
    edges[1:-1, 1:-1] = False
    assert not found[:, :, edges].any() and float(found[:, :, 8:-8, 8:-8].min()) == 20


def test_a_batch_is_its_items() -> None:
    network = FlowCorrection(widths=(8, 8, 8), code=16)
    torch.nn.init.normal_(network.correction.weight)
    source, target, spline = faces(3), faces(3).flip(0), torch.randn(3, 2, 64, 64)
    together = network(source, target, spline)
    alone = [network(*one) for one in zip(source[:, None], target[:, None], spline[:, None], strict=True)]
    torch.testing.assert_close(together, torch.cat(alone), atol=1e-4, rtol=1e-4)
    assert together.abs().max() > 0.1
