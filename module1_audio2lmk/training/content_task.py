"""Training task of the content branch: own streaming network, or the published form on windows."""

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from ..audio.mel import Mel
from ..foundation.face.geometry import INNER_LIP_PAIRS, load_standard_face
from ..motion.content import ContentModel
from ..motion.speaker import frame_windows
from ..networks.content_branch import ContentBranch
from ..networks.streaming_content_branch import StreamingContentBranch
from . import losses
from .clips import Clip
from .datasets import Batch, ContentDataset
from .face_space import TYPICAL_RANGE, opening_scale
from .metrics import clip_figures
from .task import SpeechTask, mean_figures


class ContentLosses(NamedTuple):
    """Weights of the loss terms; 0 leaves a term out.

    landmarks: L1 of the displacement, lips weighted (``weigh_lips``) as published. laplacian, motion: the
    published terms. shape: L1 of the coordinates in the face space. opening, velocity: L1 of the mouth
    opening and of its change from frame to frame, in units of the typical opening range. correlation: 1 minus
    the correlation of the opening over a sequence. closure: cross-entropy of whether the lips touch. heard:
    squared error of what a teacher hears, told by every stack, where there are pseudo-labels. viseme: weight
    of synthetic speech in the terms of shapes.
    """

    landmarks: float = 1.0
    weigh_lips: bool = True
    laplacian: float = 1.0
    motion: float = 5.0
    shape: float = 0.0
    opening: float = 0.3
    velocity: float = 1.0
    correlation: float = 0.1
    closure: float = 0.5
    heard: float = 0.3
    viseme: float = 0.3


PARTS = ("members", "closure")
_TOUCH_WEIGHT = 2.0  # lips that touch are rarer than lips apart


def opening_of(displacement: Tensor) -> Tensor:
    """Displacement (..., 204) → change of the inner-lip gap in units of the typical range, (...)."""
    upper, lower = zip(*INNER_LIP_PAIRS, strict=True)
    y = displacement.unflatten(-1, (68, 3))[..., 1]
    return (y[..., list(lower)] - y[..., list(upper)]).mean(dim=-1) / TYPICAL_RANGE


def sequence_correlation(first: Tensor, second: Tensor, weight: Tensor) -> Tensor:
    """Weighted correlation over time of (B, T) tracks → (B,)."""
    total = weight.sum(1, keepdim=True).clamp(min=1e-6)
    first = first - (first * weight).sum(1, keepdim=True) / total
    second = second - (second * weight).sum(1, keepdim=True) / total
    norm = ((weight * first**2).sum(1) * (weight * second**2).sum(1)).clamp(min=1e-6).sqrt()
    return (weight * first * second).sum(1) / norm


class Listeners(nn.Module):
    """Layers that tell from each stack's hidden features what a teacher hears; they serve training alone.

    widths: of the stacks. size: features of the teacher.
    """

    def __init__(self, widths: list[int], size: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv1d(width, size, 1) for width in widths)

    def loss(self, hidden: list[Tensor], heard: Tensor, weight: Tensor) -> Tensor:
        """Weighted mean square error over the stacks.

        hidden: (B, width, T) of each. heard: (B, T, size), standardised. weight: (B, T).
        """
        errors = [
            (layer(x).transpose(1, 2) - heard).square().mean(dim=-1)
            for layer, x in zip(self.layers, hidden, strict=True)
        ]
        return (torch.stack(errors) * weight).mean()


def published_terms(moved: Tensor, wanted: Tensor, weights: ContentLosses) -> Tensor:
    """The published terms on displacements (..., T, 204), in units of the typical opening range."""
    total = weights.landmarks * losses.content_loss(moved, wanted, weights.weigh_lips)
    total = total + weights.laplacian * losses.laplacian_loss(moved, wanted)
    return (total + weights.motion * losses.motion_loss(moved, wanted)) / TYPICAL_RANGE


class ClipsTask(SpeechTask):
    """What both forms of the content branch share.

    network: with the `arguments` that build it. data: training sequences. validation: held-out clips.
    weights: of the loss terms.
    """

    file = "content_branch.safetensors"

    def __init__(
        self,
        network: nn.Module,
        arguments: dict[str, Any],
        data: ContentDataset,
        validation: list[Clip],
        weights: ContentLosses,
    ) -> None:
        super().__init__({"content": network}, arguments)
        self.data, self.weights = data, weights
        hear = data.hear or (lambda waveform: Mel().batch([waveform])[0])
        self._validation = [(clip, hear(clip.waveform)) for clip in validation]

    def losses(self, step: int, rank: int, world: int) -> dict[str, Tensor]:
        return {"main": self.loss(self.data.batch(step, self.batch_size, rank, world))}

    def loss(self, batch: Batch) -> Tensor:
        """The weighted sum of the terms on one batch, a scalar."""
        raise NotImplementedError

    def displacement(self, features: np.ndarray) -> np.ndarray:
        """Features (T, C) of a whole sound → displacement (T, 68, 3) of the typical opening range."""
        raise NotImplementedError

    def validate(self) -> dict[str, float]:
        figures = []
        for clip, features in self._validation:
            moved = self.displacement(features[: len(clip.landmarks)]) / opening_scale(clip)
            figures.append(clip_figures(clip.rest + moved, clip.landmarks))
        return mean_figures(figures)


class ContentTask(ClipsTask):
    """Task of the own, streaming form; the network's ``basis`` is set from the data.

    parts: stacks to train, "members", "closure" or both; the others stay as they are, and with them the face
    space of the network.
    """

    def __init__(
        self,
        network: StreamingContentBranch,
        data: ContentDataset,
        validation: list[Clip],
        weights: ContentLosses,
        parts: tuple[str, ...] = PARTS,
    ) -> None:
        arguments = {
            "in_size": network.in_size,
            "channels": network.members[0][0].out_channels,
            "closure_channels": network.closure[0].out_channels,
            "closure_size": network.closure[-1].out_channels,
            "shape_size": network.basis.shape[0],
            "members": len(network.members),
        }
        super().__init__(network, arguments, data, validation, weights)
        self.parts = parts
        for name in PARTS:
            getattr(network, name).requires_grad_(name in parts)
        if data.heard_size and weights.heard:
            widths = [
                stack[0].out_channels for name in PARTS if name in parts for stack in self._stacks(name)
            ]
            self.networks["listeners"] = Listeners(widths, data.heard_size)
        if "members" in parts:
            network.basis.copy_(torch.from_numpy(data.space.basis))
            self.about["gain"] = f"{data.amplitude:.3f}"

    def loss(self, batch: Batch) -> Tensor:
        device = self.device
        features, target, weight, touching, sure = (torch.from_numpy(part).to(device) for part in batch[:5])
        viseme = torch.from_numpy(batch.viseme).to(device)
        weight = weight * torch.where(viseme, self.weights.viseme, 1)[:, None]
        total, hidden = features.new_zeros(()), []
        if "members" in self.parts:
            hidden += self.network.hidden(features, self._stacks("members"))
            total = total + self._shape_loss(self.network.shapes_of(hidden).flatten(0, 1), target, weight)
        if "closure" in self.parts:
            hidden += self.network.hidden(features, self._stacks("closure"))
            resting = torch.from_numpy(batch.resting).to(device)
            total = total + self.weights.closure * self._closure_loss(hidden[-1:], touching, sure, resting)
        if "listeners" in self.networks:
            heard, known = (torch.from_numpy(part).to(device) for part in (batch.heard, batch.heard_weight))
            total = total + self.weights.heard * self.networks["listeners"].loss(hidden, heard, known)
        return total

    def _stacks(self, part: str) -> list[nn.Sequential]:
        return list(self.network.members) if part == "members" else [self.network.closure]

    def _closure_loss(self, hidden: list[Tensor], touching: Tensor, sure: Tensor, resting: Tensor) -> Tensor:
        """All (B, T)."""
        return losses.closure_loss(self.network.closures_of(hidden), touching, sure, resting, _TOUCH_WEIGHT)

    def _shape_loss(self, shape: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        # every member learns for itself: what they do differently is what the mean takes out
        count = len(self.network.members)
        target, weight = target.repeat(count, 1, 1), weight.repeat(count, 1)
        w = self.weights
        moved, wanted = self.network.displacement(shape), self.network.displacement(target)
        heard, seen = opening_of(moved), opening_of(wanted)
        # A frame of little weight pulls both sides together and so counts less in every term.
        moved, wanted = moved * weight[..., None], wanted * weight[..., None]
        total = published_terms(moved, wanted, w)
        if w.shape:
            total = total + w.shape * ((shape - target).abs() * weight[..., None]).mean()
        if w.opening:
            total = total + w.opening * ((heard - seen).abs() * weight).mean()
        if w.velocity:
            total = total + w.velocity * ((heard.diff(dim=1) - seen.diff(dim=1)).abs() * weight[:, 1:]).mean()
        if w.correlation:
            moving = (seen.std(dim=1) > 0.05) * (weight.mean(dim=1) > 0.5)
            score = sequence_correlation(heard, seen, weight)
            total = total + w.correlation * ((1 - score) * moving).mean()
        return total

    def displacement(self, features: np.ndarray) -> np.ndarray:
        shape, closure = self.network(torch.from_numpy(features[None]).to(self.device))
        model = ContentModel(self.network, {"features": self.about.get("features", "mel")})
        return model.displacement(shape[0].cpu().numpy(), closure[0].cpu().numpy())


class PublishedContentTask(ClipsTask):
    """Task of a `ContentBranch`: L1 of landmarks (lips weighted), Laplacian and motion; the other terms
    count as 0."""

    def __init__(
        self,
        arguments: dict[str, Any],
        data: ContentDataset,
        validation: list[Clip],
        weights: ContentLosses,
    ) -> None:
        network = ContentBranch(**arguments)
        super().__init__(network, arguments, data, validation, weights)
        self._basis = torch.from_numpy(data.space.basis)
        self._face = torch.from_numpy(load_standard_face().reshape(1, -1)).float()

    def loss(self, batch: Batch) -> Tensor:
        wanted = torch.from_numpy(batch.shape).to(self.device) @ self._basis.to(self.device)
        moved = torch.stack([self._moved(features) for features in batch.features])
        weight = torch.from_numpy(batch.weight).to(self.device)[..., None]
        return published_terms(moved * weight, wanted * weight, self.weights)

    def _moved(self, features: np.ndarray) -> Tensor:
        """Displacement (T, 204) for features (T, 80)."""
        windows = torch.from_numpy(np.ascontiguousarray(frame_windows(features))).to(self.device)
        return self.network(windows, self._face.to(self.device))

    def displacement(self, features: np.ndarray) -> np.ndarray:
        return self._moved(features).cpu().numpy().reshape(-1, 68, 3)
