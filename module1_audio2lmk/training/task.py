"""Speech tasks: what each branch brings to its training, and how the engine is given it."""

import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..foundation import engine
from ..foundation.checkpoints import save_network
from ..foundation.engine import Losses, distributed

Draw = Callable[[np.random.Generator], tuple[np.ndarray, ...]]  # of one item of a batch
Place = tuple[int, int, int]  # number of a step; process and how many there are


class SpeechTask(engine.Task):
    """A branch: its networks, its losses on the batch of a step, and the figures it is compared by.

    An epoch is one step. The first of the networks is the one that is trained for use: it is written to
    `file` at the end. A network named "discriminator" has an optimiser of its own; all others share "main".

    networks: by name. arguments: that build the first. about: lines for its metadata.
    batch_size: items a step, over all processes. seed: of what is drawn.
    """

    file: str
    batch_size, seed = 16, 0

    def __init__(self, networks: dict[str, nn.Module], arguments: dict[str, Any]) -> None:
        super().__init__()
        self.networks, self.arguments = networks, arguments
        self.about: dict[str, str] = {}

    def begin(self, folder: Path, steps: int, batch_size: int, seed: int) -> None:
        """Be trained for so many steps, with the weights in a folder at the end."""
        self.folder, self.last, self.averaged = folder, steps, tuple(self.networks)
        self.batch_size, self.seed = batch_size, seed
        main = tuple(name for name in self.networks if name != "discriminator")
        self.steps = [engine.Step(main, lambda found: _named("main", found))]
        if len(main) < len(self.networks):
            self.steps.append(engine.Step(("discriminator",), lambda found: _named("discriminator", found)))

    @property
    def network(self) -> Any:
        """The one that is trained for use."""
        return next(iter(self.networks.values()))

    @property
    def device(self) -> torch.device:
        return next(self.network.parameters()).device

    def losses(self, step: int, rank: int, world: int) -> dict[str, Tensor]:
        """Loss of each optimiser ("main", perhaps "discriminator") on this process's part of the batch."""
        raise NotImplementedError

    def drawn(self, draw: Draw, step: int, rank: int, world: int) -> list[Tensor]:
        """This process's items of a step's batch, stacked; each depends on seed, step and place alone."""
        places = range(rank, self.batch_size, world)
        items = [draw(np.random.default_rng([self.seed, step, index])) for index in places]
        return [torch.from_numpy(np.stack(part)).to(self.device) for part in zip(*items, strict=True)]

    def write(self, folder: Path, step: int) -> None:
        """Write the weights to use into a folder."""
        save_network(folder / self.file, self.network, self.arguments, self.about | {"steps": str(step)})

    def batches(self, epoch: int, skip: int) -> Iterable[Place]:
        return [(epoch - 1, distributed.rank(), distributed.world_size())][skip:]

    def forward(self, batch: Place) -> Losses:
        return self.losses(*batch)

    def export(self, label: str | None) -> None:
        if label == str(self.last):
            self.write(self.folder, self.last)


def mean_figures(figures: list[dict[str, float]]) -> dict[str, float]:
    """The mean of each figure over clips; {} without clips."""
    return {key: float(np.mean([one[key] for one in figures])) for key in figures[0]} if figures else {}


def _named(optimiser: str, found: Losses) -> Losses:
    return {f"loss_{optimiser}": found[optimiser]} if optimiser in found else {}


def learning_rate(step: int, steps: int, warmup: float = 0.1) -> float:
    """Share of the highest rate: linear over the share `warmup` of the steps, then half a cosine to 0."""
    warm = max(1, int(warmup * steps))
    if step < warm:
        return (step + 1) / warm
    progress = (step - warm) / max(1, steps - warm)
    return 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
