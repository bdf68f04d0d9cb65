"""The training loop that all branches share: steps, averages, checkpoints, curves, several processes.

All that is random in a step depends on the seed and the number of the step. A run that was killed continues
from its last checkpoint and ends where it would have ended without the interruption.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
import torch.distributed as dist
from torch import Tensor, nn
from tqdm import tqdm

from ..foundation.errors import InputError, is_quiet, say
from ..foundation.files import atomic_path
from .curves import Curves

CHECKPOINT = "checkpoint.pt"


class Task(Protocol):
    """What a branch brings: its networks, its loss on the batch of a step, and how it is judged."""

    networks: dict[str, nn.Module]

    def losses(self, step: int, rank: int, world: int) -> dict[str, Tensor]:
        """Loss of each optimiser ("main", perhaps "discriminator") on this process's part of the batch."""

    def validate(self) -> dict[str, float]:
        """Figures on the held-out clips."""

    def export(self, folder: Path, step: int) -> None:
        """Write the weights to ship into a folder."""


@dataclass(frozen=True)
class EngineOptions:
    """run: folder of the run. Other fields are the flags of the same names in `options`."""

    run: Path
    steps: int
    lr: float
    weight_decay: float
    warmup: float = 0.1
    clip_gradient: float = 1.0
    average: float = 0.99
    seed: int = 0
    save_every: int = 200
    validate_every: int = 200
    amp: bool = False


def learning_rate(step: int, options: EngineOptions) -> float:
    """Linear warm-up to ``lr`` over the share ``warmup`` of the steps, then half a cosine to zero."""
    warm = max(1, int(options.warmup * options.steps))
    if step < warm:
        return options.lr * (step + 1) / warm
    progress = (step - warm) / max(1, options.steps - warm)
    return options.lr * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))


class Engine:
    """Runs a `Task` for a number of steps.

    Networks named "discriminator" get an optimiser of their own; all others share "main". ``averages`` holds
    the exponential moving average of the main networks' weights, which is validated and exported.
    """

    def __init__(self, task: Task, options: EngineOptions, device: torch.device, curves: Curves) -> None:
        self.task, self.options, self.device, self.curves = task, options, device, curves
        self.rank, self.world = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
        self.step = 0
        self._groups: dict[str, list[nn.Parameter]] = {}
        for name, network in task.networks.items():
            network.to(device)
            key = "discriminator" if name == "discriminator" else "main"
            self._groups.setdefault(key, []).extend(p for p in network.parameters() if p.requires_grad)
        self._optimisers = {
            key: torch.optim.AdamW(parameters, options.lr, weight_decay=options.weight_decay)
            for key, parameters in self._groups.items()
        }
        self.averages = {name: _copy_state(network) for name, network in task.networks.items()}

    def run(self) -> dict[str, float]:
        """Train from the current step to the last; the figures of the last validation."""
        options, figures = self.options, {}
        bar = tqdm(
            total=options.steps,
            initial=self.step,
            unit="step",
            disable=is_quiet() or self.rank > 0,
            mininterval=5,
        )
        while self.step < options.steps:
            values = self._one_step()
            bar.update()
            last = self.step == options.steps
            if self.rank == 0:
                self.curves.add(self.step, values)
                if self.step % options.validate_every == 0 or last:
                    figures = self.validate()
                    self.curves.add(self.step, figures)
                    bar.set_postfix({key: f"{value:.3f}" for key, value in list(figures.items())[:2]})
                if self.step % options.save_every == 0 or last:
                    self.save()
            if self.world > 1:
                dist.barrier()
        bar.close()
        return figures

    def _one_step(self) -> dict[str, float]:
        for group in self._optimisers.values():
            for settings in group.param_groups:
                settings["lr"] = learning_rate(self.step, self.options)
        torch.manual_seed(hash((self.options.seed, self.step, self.rank)) % (1 << 62))
        for network in self.task.networks.values():
            network.train()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.options.amp):
            losses = self.task.losses(self.step, self.rank, self.world)
        for key, loss in losses.items():
            self._update(key, loss)
        self.step += 1
        self._average()
        return {f"loss_{key}": self._mean_over_processes(loss) for key, loss in losses.items()}

    def _update(self, key: str, loss: Tensor) -> None:
        parameters = self._groups[key]
        gradients = torch.autograd.grad(loss, parameters, allow_unused=True, retain_graph=True)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = torch.zeros_like(parameter) if gradient is None else gradient
            if self.world > 1:
                dist.all_reduce(parameter.grad)
                parameter.grad /= self.world
        nn.utils.clip_grad_norm_(parameters, self.options.clip_gradient)
        self._optimisers[key].step()

    def _mean_over_processes(self, loss: Tensor) -> float:
        value = loss.detach().clone()
        if self.world > 1:
            dist.all_reduce(value)
            value /= self.world
        return float(value)

    def _average(self) -> None:
        decay = min(self.options.average, self.step / (self.step + 9))
        for name, network in self.task.networks.items():
            average = self.averages[name]
            for key, value in network.state_dict().items():
                if value.is_floating_point():
                    average[key].lerp_(value.detach(), 1 - decay)
                else:
                    average[key].copy_(value)

    def validate(self) -> dict[str, float]:
        """The task's figures with the averaged weights."""
        return self._with_averages(self.task.validate)

    def export(self, folder: Path) -> None:
        """Write the averaged weights."""
        self._with_averages(lambda: self.task.export(folder, self.step))

    def _with_averages(self, action):  # type: ignore[no-untyped-def]
        kept = {name: _copy_state(network) for name, network in self.task.networks.items()}
        for name, network in self.task.networks.items():
            network.load_state_dict(self.averages[name])
            network.eval()
        with torch.no_grad():
            result = action()
        for name, network in self.task.networks.items():
            network.load_state_dict(kept[name])
        return result

    def save(self) -> None:
        """Write all that is needed to continue; the file appears when complete."""
        state = {
            "step": self.step,
            "networks": {name: network.state_dict() for name, network in self.task.networks.items()},
            "averages": self.averages,
            "optimisers": {key: optimiser.state_dict() for key, optimiser in self._optimisers.items()},
            "curves": self.curves.rows,
        }
        with atomic_path(self.options.run / CHECKPOINT) as temporary:
            torch.save(state, temporary)
        self.curves.write(self.options.run)

    def resume(self) -> bool:
        """Continue from the checkpoint of the run's folder, if there is one.

        Raises:
            InputError: the checkpoint is damaged or belongs to other options.
        """
        path = self.options.run / CHECKPOINT
        if not path.exists():
            return False
        try:
            state = torch.load(path, map_location=self.device, weights_only=True)
            for name, network in self.task.networks.items():
                network.load_state_dict(state["networks"][name])
            for key, optimiser in self._optimisers.items():
                optimiser.load_state_dict(state["optimisers"][key])
        except (RuntimeError, KeyError, ValueError, OSError, EOFError) as error:
            line = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise InputError(
                f"cannot continue from {path}: {line}; use the same options or another --run_dir"
            ) from None
        self.averages, self.step, self.curves.rows = state["averages"], state["step"], state["curves"]
        say(f"continuing from step {self.step}")
        return True


def _copy_state(network: nn.Module) -> dict[str, Tensor]:
    return {key: value.detach().clone() for key, value in network.state_dict().items()}


def join_processes() -> bool:
    """Join the other processes of a torchrun start (CPU: gloo, GPU: nccl); False for a single process."""
    if int(os.environ.get("WORLD_SIZE", "1")) < 2:
        return False
    dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    return True
