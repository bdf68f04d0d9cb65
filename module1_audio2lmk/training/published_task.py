"""Training task of the content branch in its published form: windows of frames and the face at rest."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..foundation.face.geometry import load_standard_face
from ..motion.speaker import frame_windows
from ..networks.content_branch import ContentBranch
from .clips import Clip
from .content_task import ClipsTask, ContentLosses, published_terms
from .datasets import Batch, ContentDataset


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
