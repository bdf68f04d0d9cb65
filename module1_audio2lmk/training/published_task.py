"""Training task of the content branch in its published form: windows of frames and the face at rest."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..audio.mel import Mel
from ..foundation.face.geometry import load_standard_face
from ..motion.speaker import frame_windows
from ..networks.content_branch import ContentBranch
from . import losses
from .clips import Clip
from .content_task import ContentLosses
from .datasets import Batch, ContentDataset, Hear
from .face_space import TYPICAL_RANGE, opening_scale
from .metrics import clip_figures
from .task import SpeechTask, mean_figures


class PublishedContentTask(SpeechTask):
    """Speech task of a `ContentBranch`: L1 of landmarks (lips weighted), Laplacian and motion.

    Args:
        data: training sequences. validation: held-out clips.
        arguments: of the `ContentBranch`. weights: of the terms; those of the own form count as 0.
        batch_size: sequences a step, over all processes.
        hear: as in ``data``, for the validation; None is the mel.
        about: lines for the metadata of exported weights.
    """

    file = "content_branch.safetensors"

    def __init__(
        self,
        data: ContentDataset,
        validation: list[Clip],
        arguments: dict[str, Any],
        weights: ContentLosses,
        batch_size: int = 16,
        hear: Hear | None = None,
        about: dict[str, str] | None = None,
    ) -> None:
        super().__init__({"content": ContentBranch(**arguments)}, arguments, about, batch_size)
        self.data, self.weights = data, weights
        self._basis = torch.from_numpy(data.space.basis)
        self._face = torch.from_numpy(load_standard_face().reshape(1, -1)).float()
        hear = hear or (lambda waveform: Mel().batch([waveform])[0])
        self._validation = [(clip, hear(clip.waveform)) for clip in validation]

    def losses(self, step: int, rank: int, world: int) -> dict[str, Tensor]:
        return {"main": self.loss(self.data.batch(step, self.batch_size, rank, world))}

    def loss(self, batch: Batch) -> Tensor:
        """The weighted sum of the terms on one batch, a scalar."""
        device = self.device
        wanted = torch.from_numpy(batch.shape).to(device) @ self._basis.to(device)
        moved = torch.stack([self._moved(features, device) for features in batch.features])
        weight = torch.from_numpy(batch.weight).to(device)[..., None]
        moved, wanted = moved * weight, wanted * weight
        w = self.weights
        total = w.landmarks * losses.content_loss(moved, wanted, w.weigh_lips)
        total = total + w.laplacian * losses.laplacian_loss(moved, wanted)
        total = total + w.motion * losses.motion_loss(moved, wanted)
        return total / TYPICAL_RANGE

    def _moved(self, features: np.ndarray, device: torch.device) -> Tensor:
        """Displacement (T, 204) for features (T, 80)."""
        windows = torch.from_numpy(np.ascontiguousarray(frame_windows(features))).to(device)
        return self.network(windows, self._face.to(device))

    def validate(self) -> dict[str, float]:
        device = self.device
        figures = []
        for clip, features in self._validation:
            moved = self._moved(features[: len(clip.landmarks)], device).cpu().numpy().reshape(-1, 68, 3)
            figures.append(clip_figures(clip.rest + moved / opening_scale(clip), clip.landmarks))
        return mean_figures(figures)
