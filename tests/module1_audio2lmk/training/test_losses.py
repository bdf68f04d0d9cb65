import math

import pytest
import torch
from torch.autograd import gradcheck

from module1_audio2lmk.foundation.face.geometry import load_standard_face
from module1_audio2lmk.training import losses


@pytest.fixture
def face():
    return torch.from_numpy(load_standard_face())


def random_faces(count=3, seed=0):
    return torch.randn(count, 204, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def check_gradient(function, *inputs):
    """Analytic against central finite differences, in double precision."""
    assert gradcheck(function, [tensor.clone().requires_grad_() for tensor in inputs], eps=1e-7, atol=1e-5)


def test_lip_weights(face):
    target = face.repeat(2, 1, 1)
    target[1, 66, 1] = target[1, 62, 1] + 0.225
    weights = losses.lip_weights(target)
    assert weights.shape == (2, 68, 1)
    assert (weights[:, :48] == 1).all()
    assert weights[0, 48:].flatten().tolist() == pytest.approx([10] * 20)
    assert weights[1, 48:].flatten().tolist() == pytest.approx([1] * 20)


def test_content_loss_by_hand(face):
    target = face[None]
    prediction = target.clone()
    prediction[0, 0, 0] += 0.5  # jaw, weight 1
    prediction[0, 50, 1] -= 0.1  # lip of a closed mouth, weight 10
    assert losses.content_loss(prediction, target).item() == pytest.approx((0.5 + 1.0) / 204)
    assert losses.content_loss(prediction, target, weigh_lips=False).item() == pytest.approx(0.6 / 204)
    flat = losses.content_loss(prediction.flatten(1), target.flatten(1))
    assert flat.item() == pytest.approx(1.5 / 204)


def test_laplacian_by_hand():
    points = torch.zeros(1, 68, 3)
    points[0, 8, 0] = 1.0  # the chin alone moves
    laplacian = losses.graph_laplacian(points)[0, :, 0]
    expected = torch.zeros(68)
    expected[[7, 8, 9]] = torch.tensor([-0.5, 1.0, -0.5])
    assert torch.equal(laplacian, expected)


@pytest.mark.parametrize(
    ("moved", "expected"),
    [
        (1, {0: -1.0, 1: 1.0, 2: -0.5}),  # an end of the jaw has one neighbour, which counts twice
        (17, {17: 1.0, 18: -0.5}),
        (36, {36: 1.0, 37: -0.5, 41: -0.5}),  # eyes and lips close
        (60, {60: 1.0, 61: -0.5, 67: -0.5}),
        (30, {29: -0.5, 30: 1.0, 31: -0.5}),  # the nose is one line
        (34, {33: -0.5, 34: 1.0, 35: -1.0}),
    ],
)
def test_laplacian_neighbours(moved, expected):
    points = torch.zeros(68, 3)
    points[moved, 1] = 1.0
    laplacian = losses.graph_laplacian(points)[:, 1]
    assert {i: laplacian[i].item() for i in range(68) if laplacian[i]} == expected


def test_laplacian_loss_ignores_a_shift(face):
    assert losses.laplacian_loss(face + 3, face).item() == pytest.approx(0, abs=1e-12)
    assert losses.laplacian_loss(2 * face, face).item() > 0.01


def test_motion_loss_by_hand():
    target = torch.zeros(4, 204)
    prediction = target.clone()
    prediction[2, 7] = 1.0  # one step up, one step down
    assert losses.motion_loss(prediction, target).item() == pytest.approx(2 / (3 * 204))
    assert losses.motion_loss(prediction + 5, target).item() == pytest.approx(2 / (3 * 204))
    batched = losses.motion_loss(prediction[None], target[None])
    assert batched.item() == pytest.approx(2 / (3 * 204))


@pytest.mark.parametrize(
    "loss", [losses.content_loss, losses.laplacian_loss, losses.motion_loss], ids=lambda loss: loss.__name__
)
def test_landmark_gradients(loss):
    target = random_faces(seed=1)
    check_gradient(lambda prediction: loss(prediction, target), random_faces())


def test_ge2e_by_its_definition():
    embeddings = torch.randn(3, 4, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    weight, bias = torch.tensor([7.0]), torch.tensor([-2.0])
    total = 0.0
    for j in range(3):
        for i in range(4):
            scores = []
            for k in range(3):
                members = [embeddings[k, m] for m in range(4) if k != j or m != i]
                centroid = sum(members) / len(members)
                cosine = embeddings[j, i] @ centroid / (embeddings[j, i].norm() * centroid.norm())
                scores.append(7.0 * cosine.item() - 2.0)
            total += -scores[j] + math.log(sum(map(math.exp, scores)))
    assert losses.ge2e_loss(embeddings, weight, bias).item() == pytest.approx(total / 12)


def test_ge2e_prefers_separated_speakers():
    generator = torch.Generator().manual_seed(0)
    noise = 0.05 * torch.randn(4, 3, 8, generator=generator)
    apart = torch.eye(4, 8)[:, None] + noise
    together = torch.eye(4, 8)[:1, None] + noise
    weight, bias = torch.tensor([10.0]), torch.tensor([-5.0])
    assert losses.ge2e_loss(apart, weight, bias) < 0.05
    assert losses.ge2e_loss(together, weight, bias) > 1.0


def test_ge2e_gradient():
    embeddings = torch.randn(3, 2, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    weight, bias = torch.tensor([3.0]).double(), torch.tensor([-1.0]).double()
    check_gradient(losses.ge2e_loss, embeddings, weight, bias)


def test_autovc_terms_by_hand():
    mel, decoded, sharpened = torch.zeros(1, 2, 3), torch.full((1, 2, 3), 2.0), torch.full((1, 2, 3), 1.0)
    codes, again = torch.zeros(1, 4), torch.tensor([[1.0, -1.0, 2.0, 0.0]])
    total = losses.autovc_loss(mel, decoded, sharpened, codes, again)
    assert total.item() == pytest.approx(1 + 4 + 1)


def test_autovc_gradient():
    generator = torch.Generator().manual_seed(0)
    mel, decoded, sharpened = torch.randn(3, 1, 2, 3, dtype=torch.float64, generator=generator)
    codes, again = torch.randn(2, 1, 4, dtype=torch.float64, generator=generator)
    check_gradient(losses.autovc_loss, mel, decoded, sharpened, codes, again)


def test_lsgan_terms_by_hand():
    real, fake, mismatched = torch.tensor([[1.0], [0.0]]), torch.tensor([[0.0], [2.0]]), torch.tensor([[1.0]])
    assert losses.discriminator_loss(real, fake).item() == pytest.approx(0.5 * (0.5 + 2.0))
    assert losses.discriminator_loss(real, fake, mismatched).item() == pytest.approx(0.5 * (0.5 + 1.5))
    assert losses.generator_loss(fake).item() == pytest.approx(0.5 * (1 + 1) / 2)
    with pytest.raises(ValueError, match="at least one"):
        losses.discriminator_loss(real)


def test_lsgan_gradients():
    generator = torch.Generator().manual_seed(0)
    real, fake, other = torch.randn(3, 4, 1, dtype=torch.float64, generator=generator)
    check_gradient(losses.discriminator_loss, real, fake, other)
    check_gradient(losses.generator_loss, fake)
