"""Training tasks: what a training brings to the engine, which knows neither its networks nor its losses."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor, nn

Batch = dict[str, Any]
Losses = dict[str, Tensor]


@dataclass(frozen=True)
class Step:
    """One optimiser: the `networks` that it changes, to lower the sum of the `losses` of what the forward
    pass returned. Losses are weighted scalars by their name in the log."""

    networks: tuple[str, ...]
    losses: Callable[[Any], Losses]


class Task:
    """Networks by name, and the steps of an update, in their order.

    averaged: names of the networks whose moving averages are validated and exported, where there are any.
    metrics: measures of the last update that are logged beside the losses; no gradient, no part of the sum.
    """

    averaged: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.networks: dict[str, nn.Module] = {}
        self.steps: list[Step] = []
        self.metrics: dict[str, float] = {}

    def batches(self, epoch: int, skip: int) -> Iterable[Any]:
        """This process's batches of an epoch without the first `skip`; they depend on nothing else."""
        raise NotImplementedError

    def forward(self, batch: Any) -> Any:
        """Compute from a batch on the device what the steps' losses look at. The first step's gradient
        passes through it; later steps must detach what earlier ones changed."""
        raise NotImplementedError

    def visuals(self, result: Any) -> dict[str, np.ndarray]:
        """Images (H, W, 3) uint8 to look at, from what `forward` returned."""
        return {}

    def validate(self) -> dict[str, float]:
        """Figures on data that is held out; `networks` are in evaluation mode."""
        return {}

    def export(self, label: str | None) -> None:
        """Write the networks' weights; label: of an epoch's end, else None. `networks` are the averages."""

    def state_dict(self) -> dict[str, Any]:
        """What else a run needs to go on as if nothing had happened, such as random states."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Put back what `state_dict` returned."""
