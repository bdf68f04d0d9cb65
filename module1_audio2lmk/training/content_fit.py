"""Content branch on a speech encoder: mouths by a ridge regression in context, closures by a small network.

The encoder has learnt from many hours what sounds are; a linear map from its features to the mouths of the
clips needs few minutes of them, and a deeper one only learns these few minutes by heart.
"""

import argparse
from typing import Any, NamedTuple

import numpy as np
import torch

from ..audio.front_ends import LOOK_AHEADS, FrontEnd, front_end_named
from ..foundation.checkpoints import save_network
from ..foundation.errors import InputError, warn
from ..foundation.face.geometry import inner_gap
from ..motion.content import ContentModel
from ..motion.lips import mobility
from ..networks.streaming_content_branch import StreamingContentBranch
from .augment import degrade
from .clips import Clip
from .closure_fit import fit_closures, of_still, of_synthetic, of_talking, still_sounds
from .face_space import (
    FaceSpace,
    closed_rest,
    displacement_of,
    fit_face_space,
    fit_measure_map,
    synthetic_shapes,
)
from .metrics import clip_figures
from .sync import correlation
from .task import mean_figures

#: Width, dilation and frames ahead of the convolutions: 96 ms back to 48 ms ahead.
CONTEXT = (4, 3, 3)
_LEAST_FIT = 0.2  # of a clip's opening to what is heard in it; less is another person's voice
_CLOSURE_CHANNELS, _DROPOUT = 64, 0.3
_RANGE = (0.05, 0.95)
#: Weight of what clips differ in on the whole, against 1 of how each moves.
_BETWEEN = 0.3
_USUAL_FRAMES = 500
#: Of the clips' own range of opening: what is heard is not always so, and lips that open less err less.
_SHARE = 0.7
#: Metadata of `motion.content.ContentModel` on closures, chosen so that 98 of 100 p, b, m of synthetic speech
#: that was not trained on close the lips.
FINISH = {"closing": "0.01", "touch_low": "0.15", "touch_high": "0.55"}


class FitOptions(NamedTuple):
    """size: dimensions of the face space. ridge: penalty on the weights, in units of the variance of
    standardised features. copies: of each sound with noise, other voices or a room. synthetic: how much a
    frame of synthetic speech counts for the shape, against one of a clip. seed: of all that is random."""

    size: int = 16
    ridge: float = 2.0
    copies: int = 1
    synthetic: float = 0.1
    seed: int = 0


class Heard(NamedTuple):
    """A clip, its features (t, F) as recorded and spoiled, at each look-ahead, and its displacement (T, 204)
    or shapes (T, K)."""

    clip: Clip
    features: list[np.ndarray]
    moved: np.ndarray


def fit_content(
    training: list[Clip], synthetic: list[Clip], features: str, options: FitOptions
) -> tuple[StreamingContentBranch, dict[str, Any], dict[str, str]]:
    """The network, the arguments that build it and its metadata.

    training: talking clips. synthetic: clips of synthetic speech. features: name of the front-end.
    Raises InputError without clips of either kind.
    """
    if not training:
        raise InputError("no talking clip to train on; see scripts/prepare_talking_clips.py")
    if not synthetic:
        raise InputError("lips learn to close from synthetic speech; see scripts/make_viseme_clips.py")
    front_ends = [front_end_named(features, look_ahead=name) for name in LOOK_AHEADS]
    random = np.random.default_rng(options.seed)
    voices = [clip.waveform for clip in training]

    def hear(clip: Clip, moved: np.ndarray) -> Heard:
        sounds = [clip.waveform, *(degrade(clip.waveform, voices, random) for _ in range(options.copies))]
        return Heard(clip, [one for front_end in front_ends for one in front_end.batch(sounds)], moved)

    talking = _fitting([hear(clip, displacement_of(clip)) for clip in training], options)
    rough = fit_face_space([one.moved for one in talking], options.size).basis
    rests = [closed_rest(one.clip, rough) for one in talking]
    talking = [
        one._replace(moved=displacement_of(one.clip, rest)) for one, rest in zip(talking, rests, strict=True)
    ]
    space = fit_face_space([one.moved for one in talking], options.size)
    measures = fit_measure_map([one.clip for one in talking], [space.shape_of(one.moved) for one in talking])
    spoken = [hear(clip, synthetic_shapes(clip, measures)) for clip in synthetic]
    solved = solve(talking, spoken, space, options)
    weight, bias = _as_convolution(solved, options.size)
    arguments: dict[str, Any] = {
        "in_size": front_ends[0].size,
        "shape_size": options.size,
        "closure_channels": _CLOSURE_CHANNELS,
        "closure_size": 2,
        "context": CONTEXT,
        "dropout": _DROPOUT,
    }
    network = StreamingContentBranch(**arguments).eval()
    convolution = network.members[0][-1].conv
    convolution.weight.data, convolution.bias.data = torch.from_numpy(weight), torch.from_numpy(bias)
    network.basis.copy_(torch.from_numpy(space.basis))
    _fit_closures(network, talking, spoken, front_ends, options.seed)
    spans = zip(talking, rests, strict=True)
    gain = _SHARE * np.median([_amplitude(one, solved, space) / mobility(rest) for one, rest in spans])
    about = {"gain": f"{gain:.3f}", "features": features, "seed": str(options.seed)} | FINISH
    return network, arguments, about | {"clips": ",".join(one.clip.name for one in talking)}


def _fitting(talking: list[Heard], options: FitOptions) -> list[Heard]:
    """Those clips whose sound fits their lips, by a first regression."""
    space = fit_face_space([one.moved for one in talking], options.size)
    solved = solve(talking, [], space, options)
    kept = []
    for one in talking:
        told = inner_gap(((in_context(one.features[0]) @ solved) @ space.basis).reshape(-1, 68, 3))
        length = min(len(told), len(one.moved))
        fit = correlation(told[:length], inner_gap(one.moved.reshape(-1, 68, 3))[:length])
        kept += [one] if fit >= _LEAST_FIT else []
    if not kept:
        raise InputError("in no clip the sound fits the lips; prepare them anew, without --no_sync")
    if len(kept) < len(talking):
        names = {one.clip.name for one in kept}
        left = ", ".join(one.clip.name for one in talking if one.clip.name not in names)
        warn(f"left out, as the sound does not fit the lips: {left}")
    return kept


def solve(talking: list[Heard], spoken: list[Heard], space: FaceSpace, options: FitOptions) -> np.ndarray:
    """Ridge regression from features in context to shapes, (width · F + 1, K) float32.

    Mostly of how a clip moves about its own means: what people differ in is no matter of what they say.
    """
    rows = [(one, space.shape_of(one.moved), _evened(one.clip.confidence)) for one in talking]
    rows += [(one, one.moved, np.full(len(one.moved), options.synthetic, np.float32)) for one in spoken]
    clips = [_moments(one.features, shape, trust) for one, shape, trust in rows]
    total = np.array([clip.total for clip in clips])
    share = total[:, None] / total.sum()
    apart = np.stack([clip.inputs for clip in clips]), np.stack([clip.shapes for clip in clips])
    centre, middle = ((share * mean).sum(axis=0) for mean in apart)
    weighted = _BETWEEN * (total[:, None] * (apart[0] - centre)).T
    normal = sum(clip.normal for clip in clips) + weighted @ (apart[0] - centre)
    moment = sum(clip.moment for clip in clips) + weighted @ (apart[1] - middle)
    normal[np.diag_indices_from(normal)] += options.ridge * total.sum()
    weight = np.linalg.solve(normal, moment)
    return np.concatenate([weight, [middle - centre @ weight]]).astype(np.float32)


def _evened(trust: np.ndarray) -> np.ndarray:
    """Trust (T,) in the frames of a clip, of which a short one is as much another person as a long one."""
    return trust * (_USUAL_FRAMES / len(trust)) ** 0.5


class _Moments(NamedTuple):
    """Weighted sums over the frames of a clip: weight, mean inputs (D,) and shapes (K,), and of what differs
    from these the products of inputs with inputs (D, D) and with shapes (D, K)."""

    total: float
    inputs: np.ndarray
    shapes: np.ndarray
    normal: np.ndarray
    moment: np.ndarray


def _moments(features: list[np.ndarray], shape: np.ndarray, trust: np.ndarray) -> _Moments:
    """Of a clip: features (t, F) in each version, shapes (T, K) and trust (T,) in its frames."""
    length = min(len(shape), *map(len, features))
    data = np.concatenate([in_context(part)[:length, :-1] for part in features])
    shape, trust = np.tile(shape[:length], (len(features), 1)), np.tile(trust[:length], len(features))
    total = max(float(trust.sum()), 1e-9)
    inputs, shapes = trust @ data / total, trust @ shape / total
    weighted = (trust[:, None] * (data - inputs)).T
    return _Moments(total, inputs, shapes, weighted @ (data - inputs), weighted @ (shape - shapes))


def _amplitude(one: Heard, solved: np.ndarray, space: FaceSpace) -> float:
    """Range of a clip's own opening over that of what the regression says of it."""
    told = inner_gap(((in_context(one.features[0]) @ solved) @ space.basis).reshape(-1, 68, 3))
    seen = inner_gap(one.clip.landmarks)
    return float(np.diff(np.quantile(seen, _RANGE))[0] / np.diff(np.quantile(told, _RANGE))[0])


def _as_convolution(solved: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The regression (width · F + 1, K) as weight (K, F, width) and bias (K,)."""
    weight = solved[:-1].reshape(CONTEXT[0], -1, size).transpose(2, 1, 0)
    return np.ascontiguousarray(weight), solved[-1]


def _fit_closures(
    network: StreamingContentBranch,
    talking: list[Heard],
    spoken: list[Heard],
    front_ends: list[FrontEnd],
    seed: int,
) -> None:
    basis = network.basis.numpy()
    voices = [one.clip.waveform for one in (*talking, *spoken)]
    still, starts = zip(*still_sounds(voices, np.random.default_rng(seed)), strict=True)
    parts = [
        of_still(part[start:])
        for front_end in front_ends
        for part, start in zip(front_end.batch(still), starts, strict=True)
    ]
    for one in talking:
        parts += [of_talking(part, one.moved, one.clip.confidence) for part in one.features]
    for one in spoken:
        gap = inner_gap((one.moved @ basis).reshape(-1, 68, 3))
        parts += [of_synthetic(part, one.clip, gap) for part in one.features]
    fit_closures(network, parts, seed)


def in_context(features: np.ndarray) -> np.ndarray:
    """Features (T, F) as the convolution sees them, zeros outside, and a one: (T, width · F + 1) float32."""
    width, dilation, ahead = CONTEXT
    padded = np.pad(features, (((width - 1) * dilation - ahead, ahead), (0, 0)))
    parts = [padded[tap * dilation : tap * dilation + len(features)] for tap in range(width)]
    return np.concatenate([*parts, np.ones((len(features), 1), np.float32)], axis=1)


def validate(model: ContentModel, clips: list[Clip]) -> dict[str, float]:
    """Mean figures of held-out clips, each face at rest moved by its sound."""
    figures = []
    for clip in clips:
        moved = model.mouths(clip.waveform)[: len(clip.landmarks)]
        rest = closed_rest(clip, model.basis)
        moved = mobility(rest) * moved
        figures.append(clip_figures(rest + moved, clip.landmarks[: len(moved)]))
    return mean_figures(figures)


def fit_command(
    options: argparse.Namespace, training: list[Clip], validation: list[Clip], synthetic: list[Clip]
) -> dict[str, float]:
    """Fit as the command line says and write the weights; the figures of the held-out clips."""
    chosen = FitOptions(options.shape_size, options.ridge, options.copies, options.synthetic, options.seed)
    network, arguments, about = fit_content(training, synthetic, options.features, chosen)
    options.run.mkdir(parents=True, exist_ok=True)
    save_network(options.run / "content_branch.safetensors", network, arguments, about)
    return validate(ContentModel(network, about), validation)
