"""Fast convolutions against direct ones in double precision: results and both gradients."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from module1_audio2lmk.foundation.engine import convolution
from module1_audio2lmk.foundation.engine.convolution import FastConvolutions


@pytest.mark.parametrize(("size", "height", "width"), [(3, 12, 17), (4, 15, 13), (3, 9, 6)])
def test_results_and_gradients_are_those_of_a_direct_convolution(size, height, width):
    random = torch.Generator().manual_seed(size + height)
    image = torch.randn(2, 5, height, width, generator=random).requires_grad_()
    weight = torch.randn(7, 5, size, size, generator=random).requires_grad_()
    bias = torch.randn(7, generator=random).requires_grad_()
    inputs = image, weight, bias
    found = convolution.convolution(*inputs)
    true = F.conv2d(*(part.double() for part in inputs))
    assert found.shape == true.shape
    pull = torch.randn(true.shape, generator=random)
    pairs = zip(
        (found, *torch.autograd.grad(found, inputs, pull)),
        (true, *torch.autograd.grad(true, inputs, pull.double())),
        strict=True,
    )
    for one, other in pairs:
        one, other = one.detach(), other.detach()
        assert float((one - other).abs().max()) < 5e-5 * float(other.abs().max())


def test_layers_of_many_channels_are_done_fast_and_others_as_ever(monkeypatch):
    calls = []
    fast = convolution.convolution
    monkeypatch.setattr(convolution, "convolution", lambda *inputs: calls.append(1) or fast(*inputs))
    torch.manual_seed(0)
    wide, narrow, strided = nn.Conv2d(128, 128, 3, padding=1), nn.Conv2d(128, 8, 3), nn.Conv2d(128, 128, 3, 2)
    image = torch.randn(1, 128, 40, 40)
    with torch.no_grad(), FastConvolutions():
        found = [layer(image) for layer in (wide, narrow, strided)]
    assert len(calls) == 1
    for layer, one in zip((wide, narrow, strided), found, strict=True):
        torch.testing.assert_close(one, layer(image), rtol=0, atol=1e-4)
