import torch
from reference_tools import assert_matches, assert_published_names, fill_weights, load_reference, smooth_image

from module2_drawing.networks import MobileFaceNet


def test_reference():
    network = fill_weights(MobileFaceNet())
    assert_published_names(network, "mobilefacenet")
    stored = load_reference("mobilefacenet")
    with torch.no_grad():
        assert_matches(network(smooth_image(stored["input"], (112, 112))), stored["landmarks"])


def test_gradient_reaches_the_face():
    network = fill_weights(MobileFaceNet(outputs=10))
    face = torch.rand(2, 3, 112, 112, generator=torch.Generator().manual_seed(0), requires_grad=True)
    landmarks = network(face)
    assert landmarks.shape == (2, 10)
    landmarks.square().mean().backward()
    assert face.grad.abs().sum() > 0


def test_narrow_network():
    narrow, published = MobileFaceNet(width=0.5).eval(), MobileFaceNet()
    assert narrow.state_dict().keys() == published.state_dict().keys()
    sizes = [sum(weight.numel() for weight in net.parameters()) for net in (narrow, published)]
    assert sizes[0] < 0.4 * sizes[1]
    assert narrow(torch.rand(1, 3, 112, 112)).shape == (1, 136)
