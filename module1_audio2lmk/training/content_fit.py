"""Content branch on a speech encoder: the members in closed form, a ridge regression in context.

The encoder has learnt from many hours what sounds are; a linear map from its features to the mouths of the
clips needs few minutes of them, and a deeper one only learns these few minutes by heart.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from ..audio.front_ends import FrontEnd, front_end_named
from ..audio.mel import Mel
from ..foundation.checkpoints import build, describe, read_metadata, save_network
from ..foundation.errors import InputError, warn
from ..foundation.face.geometry import inner_gap
from ..motion.content import ContentModel
from ..networks.streaming_content_branch import StreamingContentBranch
from .augment import spoil
from .clips import Clip
from .face_space import displacement_of, fit_face_space, opening_scale
from .metrics import clip_figures
from .sync import correlation

#: Width, dilation and frames ahead of the convolution: 96 ms back to 48 ms ahead.
CONTEXT = (4, 3, 3)
_LEAST_FIT = 0.2  # of a clip's opening to what is heard in it; less is another person's voice
_FOLLOWED = ("closing", "touch_low", "touch_high")  # metadata that belong to the closure stack


def fit_content(
    training: list[Clip], closure: Path, features: str, size: int, ridge: float, copies: int, seed: int
) -> tuple[StreamingContentBranch, dict[str, object], dict[str, str]]:
    """The network, the arguments that build it and its metadata.

    Args:
        training: talking clips. closure: weights whose closure stack, on the mel, is taken. features: name of
            the front-end. size: dimensions of the face space.
        ridge: penalty on the weights, in units of the variance of standardised features.
        copies: of each clip with noise, other voices or a room. seed: of these.

    Raises:
        InputError: no clips, or ``closure`` holds no content branch on the mel.
    """
    if not training:
        raise InputError("no talking clip to train on; see scripts/prepare_talking_clips.py")
    source = build(closure, StreamingContentBranch)
    if source.closure_in_size != Mel.size:
        raise InputError(f"{closure} has no closure stack on the mel; give weights trained with it")
    heard = _features(training, front_end_named(features), copies, seed)
    fitted = _fit(training, heard, size, ridge)
    kept = [clip for clip, fit in zip(training, fitted[3], strict=True) if fit >= _LEAST_FIT]
    if not kept:
        raise InputError("in no clip the sound fits the lips; prepare them anew, without --no_sync")
    if len(kept) < len(training):
        names = {clip.name for clip in kept}
        left = ", ".join(clip.name for clip in training if clip.name not in names)
        warn(f"left out, as the sound does not fit the lips: {left}")
        fitted = _fit(kept, {name: heard[name] for name in names}, size, ridge)
    weight, bias, basis, _ = fitted
    form = {"in_size": weight.shape[1], "shape_size": len(basis), "members": 1, "context": CONTEXT}
    arguments = describe(closure)[1] | form
    network = StreamingContentBranch(**arguments).eval()
    network.closure.load_state_dict(source.closure.state_dict())
    convolution = network.members[0][-1].conv
    convolution.weight.data, convolution.bias.data = torch.from_numpy(weight), torch.from_numpy(bias)
    network.basis.copy_(torch.from_numpy(basis))
    about = {key: value for key, value in read_metadata(closure).items() if key in _FOLLOWED}
    about["gain"] = f"{np.median([1 / opening_scale(clip) for clip in kept]):.3f}"
    about |= {"features": features, "clips": ",".join(clip.name for clip in kept), "seed": str(seed)}
    return network, arguments, about


def _features(
    training: list[Clip], front_end: FrontEnd, copies: int, seed: int
) -> dict[str, list[np.ndarray]]:
    """Features (T, F) of each clip, as recorded and spoiled, by name."""
    random = np.random.default_rng(seed)
    voices = [clip.waveform for clip in training]
    heard = {}
    for clip in training:
        sounds = [clip.waveform, *(spoil(clip.waveform, voices, random) for _ in range(copies))]
        heard[clip.name] = [part[: len(clip.landmarks)] for part in front_end.batch(sounds)]
    return heard


def _fit(
    clips: list[Clip], heard: dict[str, list[np.ndarray]], size: int, ridge: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[float]]:
    """Weight (K, F, width) and bias (K,) of the convolution, the basis (K, 204), and each clip's fit."""
    displacements = [displacement_of(clip) for clip in clips]
    space = fit_face_space(displacements, size)
    features = heard[clips[0].name][0].shape[1]
    inputs = CONTEXT[0] * features + 1
    normal, moment, total = np.zeros((inputs, inputs)), np.zeros((inputs, len(space.basis))), 0.0
    for clip, moved in zip(clips, displacements, strict=True):
        shape, trust = space.shape_of(moved), clip.confidence[:, None]
        for part in heard[clip.name]:
            data = in_context(part)
            length = min(len(data), len(shape))
            weighted = (data[:length] * trust[:length]).T
            normal += weighted @ data[:length]
            moment += weighted @ shape[:length]
            total += float(trust[:length].sum())
    normal[np.arange(inputs - 1), np.arange(inputs - 1)] += ridge * total
    solved = np.linalg.solve(normal, moment).astype(np.float32)
    fits = []
    for clip, moved in zip(clips, displacements, strict=True):
        told = inner_gap(((in_context(heard[clip.name][0]) @ solved) @ space.basis).reshape(-1, 68, 3))
        length = min(len(told), len(moved))
        fits.append(correlation(told[:length], inner_gap(moved.reshape(-1, 68, 3))[:length]))
    weight = solved[:-1].reshape(CONTEXT[0], features, -1).transpose(2, 1, 0)
    return np.ascontiguousarray(weight), solved[-1], space.basis, fits


def in_context(features: np.ndarray) -> np.ndarray:
    """Features (T, F) as the convolution sees them, zeros outside, and a one: (T, width · F + 1) float32."""
    width, dilation, ahead = CONTEXT
    padded = np.pad(features, (((width - 1) * dilation - ahead, ahead), (0, 0)))
    parts = [padded[tap * dilation : tap * dilation + len(features)] for tap in range(width)]
    return np.concatenate([*parts, np.ones((len(features), 1), np.float32)], axis=1)


def validate(model: ContentModel, clips: list[Clip]) -> dict[str, float]:
    """Mean figures of held-out clips, each face at rest moved with its own amplitude."""
    figures = []
    for clip in clips:
        moved = model.mouths(clip.waveform)[: len(clip.landmarks)] / opening_scale(clip)
        figures.append(clip_figures(clip.rest + moved, clip.landmarks[: len(moved)]))
    return {key: float(np.mean([one[key] for one in figures])) for key in figures[0]} if figures else {}


def fit_command(
    options: argparse.Namespace, training: list[Clip], validation: list[Clip]
) -> dict[str, float]:
    """Fit as the command line says and write the weights; the figures of the held-out clips."""
    if options.init is None:
        raise InputError(
            "--front_end moonshine takes lip closures of weights on the mel; name them by --init"
        )
    network, arguments, about = fit_content(
        training,
        options.init,
        options.features,
        options.shape_size,
        options.ridge,
        options.copies,
        options.seed,
    )
    options.run.mkdir(parents=True, exist_ok=True)
    save_network(options.run / "content_branch.safetensors", network, arguments, about)
    return validate(ContentModel(network, about), validation)
