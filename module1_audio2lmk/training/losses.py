"""Loss terms of the speech-to-landmark networks, one small function each. All return a scalar tensor.

Faces are (..., 204) or (..., 68, 3) tensors of normalised landmarks, x y z interleaved when flat.
"""

from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F

from ..foundation.face.geometry import DRAWING_LINES, NUM_LANDMARKS


def _points(faces: Tensor) -> Tensor:
    return faces if faces.shape[-2:] == (NUM_LANDMARKS, 3) else faces.unflatten(-1, (NUM_LANDMARKS, 3))


def lip_weights(target: Tensor) -> Tensor:
    """Weight of each point, (..., 68, 1): 1 / (4 o + 0.1) for points 48-67 and 1 elsewhere.

    o = |y66 - y62| of the target is the opening of the mouth: closed lips, which are easily missed and
    easily seen, weigh up to ten times as much as the rest of the face.
    """
    points = _points(target)
    weights = torch.ones_like(points[..., :1])
    opening = (points[..., 66, 1] - points[..., 62, 1]).abs()
    weights[..., 48:, :] = (1 / (4 * opening + 0.1))[..., None, None]
    return weights


def content_loss(prediction: Tensor, target: Tensor, weigh_lips: bool = True) -> Tensor:
    """L1 distance of landmarks, lips weighted: the mean over points of w |p - q|, as in MakeItTalk.

    prediction, target: faces (face at rest plus displacement), the same shape.
    weigh_lips: use `lip_weights` of the target; otherwise w = 1.
    """
    distance = (_points(prediction) - _points(target)).abs()
    return (distance * lip_weights(target)).mean() if weigh_lips else distance.mean()


def _neighbours() -> tuple[list[int], list[int]]:
    """The two neighbours of each point on its line; the one neighbour of a line's end counts twice."""
    before, after = [0] * NUM_LANDMARKS, [0] * NUM_LANDMARKS
    for line, closed in DRAWING_LINES:
        count = len(line)
        for position, point in enumerate(line):
            previous, following = position - 1, position + 1
            if not closed and position == 0:
                previous = 1
            if not closed and position == count - 1:
                following = count - 2
            before[point], after[point] = line[previous], line[following % count]
    return before, after


_BEFORE, _AFTER = _neighbours()


def graph_laplacian(faces: Tensor) -> Tensor:
    """L(p) = p - (p' + p'') / 2 with the neighbours p', p'' on the facial line, (..., 68, 3)."""
    points = _points(faces)
    return points - 0.5 * (points[..., _BEFORE, :] + points[..., _AFTER, :])


def laplacian_loss(prediction: Tensor, target: Tensor) -> Tensor:
    """mean |L(p) - L(q)|: keeps the place of a point relative to its neighbours, that is, shapes."""
    return F.l1_loss(graph_laplacian(prediction), graph_laplacian(target))


def motion_loss(prediction: Tensor, target: Tensor) -> Tensor:
    """mean |(p_t - p_t+1) - (q_t - q_t+1)| over frames (..., T, 204) or (..., T, 68, 3), T >= 2."""
    predicted, wanted = _points(prediction), _points(target)
    return F.l1_loss(predicted.diff(dim=-3), wanted.diff(dim=-3))


def closure_loss(
    logits: Tensor, touching: Tensor, sure: Tensor, resting: Tensor, weight: float = 1.0
) -> Tensor:
    """Cross-entropy of whether speech closes the lips and, with two logits (B, 2, ...), of rest.

    Open lips tell that somebody speaks, lips that touch tell nothing of it. touching, resting (B, ...): 1
    where lips touch, and where nobody speaks; sure (B, ...): trust in that; weight: of what is 1.
    """
    entropy = partial(F.binary_cross_entropy_with_logits, pos_weight=logits.new_tensor(weight))
    if logits.shape[1] == 1:
        return entropy(logits[:, 0], touching, sure)
    speaking = (1 - resting) * (1 - touching) * (sure > 0)
    rests = entropy(logits[:, 1], resting, torch.maximum(resting * sure, speaking))
    return entropy(logits[:, 0], touching, sure * (1 - resting)) + rests


def ge2e_loss(embeddings: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Generalised end-to-end loss, softmax variant (Wan et al. 2018, equations 6, 8 and 9).

    S(j, i, k) = w cos(e_ji, c_k) + b with the centroid c_k of speaker k, for k = j without e_ji itself;
    the mean over j and i of -S(j, i, j) + log sum_k exp S(j, i, k).

    embeddings: (N, M, D), M >= 2 utterances of each of N >= 2 speakers.
    weight, bias: the learned w (kept positive) and b, one number each.
    """
    speakers, utterances, _ = embeddings.shape
    centroids = embeddings.mean(dim=1)
    others = (embeddings.sum(dim=1, keepdim=True) - embeddings) / (utterances - 1)
    similarity = F.cosine_similarity(embeddings[:, :, None], centroids[None, None], dim=-1)
    own = F.cosine_similarity(embeddings, others, dim=-1)
    same = torch.eye(speakers, dtype=torch.bool, device=embeddings.device)[:, None]
    similarity = torch.where(same, own[..., None], similarity)
    scores = weight.clamp(min=1e-6) * similarity + bias
    labels = torch.arange(speakers, device=embeddings.device).repeat_interleave(utterances)
    return F.cross_entropy(scores.flatten(0, 1), labels)


def autovc_loss(
    mel: Tensor, decoded: Tensor, sharpened: Tensor, codes: Tensor, codes_again: Tensor
) -> Tensor:
    """AutoVC objective (Qian et al. 2019): mean square errors after and before the post-net, and mean
    |c - c'| of the content codes of a mel and of its reconstruction.

    mel: (B, T, 80) the source; decoded, sharpened: its reconstruction before and after the post-net.
    codes, codes_again: content codes of ``mel`` and of ``sharpened``.
    """
    return F.mse_loss(sharpened, mel) + F.mse_loss(decoded, mel) + F.l1_loss(codes_again, codes)


def discriminator_loss(real: Tensor, *fakes: Tensor) -> Tensor:
    """LSGAN: (mean (D(real) - 1)^2 + mean over the kinds of fakes of mean D(fake)^2) / 2.

    Kinds of fakes of the speaker branch: generated sequences and, where the discriminator sees the speaker
    code, real sequences with another speaker's code. Raises ValueError where no fake is given.
    """
    if not fakes:
        raise ValueError("the discriminator needs at least one kind of fake scores")
    fake_term = torch.stack([fake.square().mean() for fake in fakes]).mean()
    return 0.5 * ((real - 1).square().mean() + fake_term)


def generator_loss(fake: Tensor) -> Tensor:
    """LSGAN: mean (D(fake) - 1)^2 / 2."""
    return 0.5 * (fake - 1).square().mean()
