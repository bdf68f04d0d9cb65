"""What every trained model shares: steps of optimisers, schedules, averaged weights, and a resumable state.

A model says what it computes (`forward`) and what each optimiser minimises (`steps`); the rest is here.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from module1_audio2lmk.foundation.files import atomic_path

from ..util import distributed
from .base_model import BaseModel

Batch = dict[str, Any]
Losses = dict[str, Tensor]


@dataclass(frozen=True)
class Step:
    """One update: `losses` of the forward pass's result, weighted, whose sum the `networks` are to lower."""

    networks: tuple[str, ...]
    losses: Callable[[Any], Losses]


class TrainingModel(BaseModel):
    """Subclasses fill `networks` and `steps`, then call `prepare_training`.

    averaged: name of the network whose moving average is saved in its place with `--ema`.
    """

    averaged = "G_A"

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options)
        self.steps: list[Step] = []
        self.losses: dict[str, float] = {}
        #: Measures that are logged beside the losses; no gradient, no part of their sum.
        self.metrics: dict[str, float] = {}
        self._result: Any = None

    def forward(self, batch: Batch) -> Any:
        """Compute from a batch on the device what the steps' losses look at. The first step's gradient
        passes through it; later steps must detach."""
        raise NotImplementedError

    def look(self, result: Any) -> dict[str, Tensor]:
        """Images of the first item to look at, (1, C, H, W) in [−1, 1], from what `forward` returned."""
        raise NotImplementedError

    def prepare_training(self) -> None:
        """Place the networks, and make optimisers, schedules and the average."""
        options = self.options
        layout = torch.channels_last if options.channels_last else torch.contiguous_format
        for network in self.networks.values():
            network.to(self.device, memory_format=layout).train()
            distributed.spread(network)
        betas = (options.beta1, 0.999)
        self.optimizers = [torch.optim.Adam(self._parameters(s), options.lr, betas) for s in self.steps]
        self.schedulers = [scheduler(optimizer, options) for optimizer in self.optimizers]
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=options.precision == "float16")
        self.start_average()

    def start_average(self) -> None:
        """Begin the moving average at the present weights."""
        self.average: AveragedModel | None = None
        if self.options.ema > 0:
            average = get_ema_multi_avg_fn(self.options.ema)
            self.average = AveragedModel(self.networks[self.averaged], multi_avg_fn=average, use_buffers=True)

    def optimize(self, batch: Batch) -> None:
        """One update of every step with a batch; `losses` then holds the weighted losses by name."""
        parts = split(to_device(batch, self.device), self.options.accumulate)
        results: list[Any] = []
        self.losses = {}
        for number, step in enumerate(self.steps):
            self._select(step)
            self.optimizers[number].zero_grad(set_to_none=True)
            for i, part in enumerate(parts):
                with self.autocast():
                    if number == 0:
                        results.append(self.forward(part))
                    losses = step.losses(results[i])
                self.scaler.scale(sum(losses.values()) / len(parts)).backward()
                for name, value in losses.items():
                    self.losses[name] = self.losses.get(name, 0.0) + float(value.detach()) / len(parts)
            distributed.average_gradients(self._parameters(step))
            self.scaler.step(self.optimizers[number])
        self.scaler.update()
        if self.average is not None:
            self.average.update_parameters(self.networks[self.averaged])
        self._result = results[0]

    def autocast(self) -> AbstractContextManager[None]:
        kind = getattr(torch, self.options.precision)
        return torch.autocast(self.device.type, kind, enabled=kind != torch.float32)

    def visuals(self) -> dict[str, Tensor]:
        return self.look(self._result)

    def update_learning_rate(self, metric: float) -> float:
        """At the end of an epoch; metric: the mean of its losses, for plateau. Returns the new rate."""
        for schedule in self.schedulers:
            if isinstance(schedule, torch.optim.lr_scheduler.ReduceLROnPlateau):
                schedule.step(metric)
            else:
                schedule.step()
        return self.optimizers[0].param_groups[0]["lr"]

    def save_networks(self, label: str) -> None:
        """Write LABEL_net_NAME.pth of every network, of the averaged one its average."""
        for name, network in self.networks.items():
            if name == self.averaged and self.average is not None:
                network = self.average.module
            with atomic_path(self.folder / f"{label}_net_{name}.pth") as temporary:
                torch.save({key: value.cpu() for key, value in network.state_dict().items()}, temporary)

    def state_dict(self) -> dict[str, Any]:
        """Everything that `load_state_dict` needs to go on as if nothing had happened."""
        return {
            "networks": {name: network.state_dict() for name, network in self.networks.items()},
            "average": self.average.state_dict() if self.average is not None else {},
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "schedulers": [schedule.state_dict() for schedule in self.schedulers],
            "scaler": self.scaler.state_dict(),
            "random": torch.get_rng_state(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        for name, network in self.networks.items():
            network.load_state_dict(state["networks"][name])
        if self.average is not None:
            self.average.load_state_dict(state["average"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        for schedule, saved in zip(self.schedulers, state["schedulers"], strict=True):
            schedule.load_state_dict(saved)
        self.scaler.load_state_dict(state["scaler"])
        torch.set_rng_state(state["random"])

    def _parameters(self, step: Step) -> list[nn.Parameter]:
        return [p for name in step.networks for p in self.networks[name].parameters()]

    def _select(self, step: Step) -> None:
        """Only the step's networks get gradients."""
        for name, network in self.networks.items():
            network.requires_grad_(name in step.networks)


def scheduler(optimizer: torch.optim.Optimizer, options: argparse.Namespace) -> Any:
    """The learning rate's course over the epochs, as `--lr_policy` names it."""
    schedules = torch.optim.lr_scheduler
    if options.lr_policy == "step":
        return schedules.StepLR(optimizer, options.lr_decay_iters, gamma=0.1)
    if options.lr_policy == "plateau":
        return schedules.ReduceLROnPlateau(optimizer, factor=0.2, threshold=0.01, patience=5)
    if options.lr_policy == "cosine":
        return schedules.CosineAnnealingLR(optimizer, max(1, options.niter + options.niter_decay))

    def linear(epoch: int) -> float:
        past = max(0, epoch + options.epoch_count - options.niter)
        return 1.0 - past / (options.niter_decay + 1) if options.niter_decay else 1.0

    return schedules.LambdaLR(optimizer, linear)


def to_device(batch: Batch, device: torch.device) -> Batch:
    return {k: v.to(device, non_blocking=True) if isinstance(v, Tensor) else v for k, v in batch.items()}


def split(batch: Batch, parts: int) -> list[Batch]:
    """Cut a batch of tensors and lists into equal parts along its first dimension."""
    if parts == 1:
        return [batch]
    size = math.ceil(len(next(iter(batch.values()))) / parts)
    return [{k: v[i * size : (i + 1) * size] for k, v in batch.items()} for i in range(parts)]


def mean(values: Iterable[float]) -> float:
    values = list(values)
    return sum(values) / len(values) if values else 0.0
