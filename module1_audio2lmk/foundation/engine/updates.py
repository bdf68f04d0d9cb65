"""Updates of a task's networks: optimisers, schedules, gradient accumulation, precision, moving averages."""

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.swa_utils import AveragedModel

from . import distributed
from .task import Losses, Step, Task

PRECISIONS = ("float32", "bfloat16", "float16")


@dataclass(frozen=True)
class UpdateSettings:
    """optimiser, schedule: makers of them; the schedule advances with every epoch.

    accumulate: parts that a batch is worked on in. precision: of convolutions and products (autocast).
    clip_gradient: largest norm of an optimiser's gradient, 0 for any. average: decay of the moving average of
    the weights, 0 for none; with `average_warms_up` it is at most n / (n + 9) in update n.
    """

    optimiser: Callable[[list[nn.Parameter]], Optimizer]
    schedule: Callable[[Optimizer], Any]
    accumulate: int = 1
    precision: str = "float32"
    channels_last: bool = False
    clip_gradient: float = 0.0
    average: float = 0.0
    average_warms_up: bool = False
    seed: int = 0


class Updates:
    """Changes a task's networks batch by batch; all that is random in an update depends on its number."""

    def __init__(self, task: Task, settings: UpdateSettings, device: torch.device) -> None:
        self.task, self.settings, self.device = task, settings, device
        self.count, self.result = 0, None
        layout = torch.channels_last if settings.channels_last else torch.contiguous_format
        for network in task.networks.values():
            network.to(device, memory_format=layout)
            distributed.spread(network)
        self._parameters = [self._of(step) for step in task.steps]
        self.optimisers = [settings.optimiser(parameters) for parameters in self._parameters]
        self.schedules = [settings.schedule(optimiser) for optimiser in self.optimisers]
        self.scaler = torch.amp.GradScaler(device.type, enabled=settings.precision == "float16")
        self.start_averages()

    def start_averages(self) -> None:
        """Begin the moving averages at the present weights."""
        names = self.task.averaged if self.settings.average > 0 else ()
        self.averages = {name: self._average_of(self.task.networks[name]) for name in names}

    def __call__(self, batch: Any) -> dict[str, float]:
        """One update of every step → weighted losses by name. `result`: of the first part's forward pass."""
        torch.manual_seed(hash((self.settings.seed, self.count, distributed.rank())) % (1 << 62))
        parts = split(to_device(batch, self.device), self.settings.accumulate)
        results: list[Any] = []
        found: Losses = {}
        for number, step in enumerate(self.task.steps):
            self.optimisers[number].zero_grad(set_to_none=True)
            for i, part in enumerate(parts):
                with self.autocast():
                    if number == 0:
                        results.append(self.task.forward(part))
                    losses = step.losses(results[i])
                if not losses:
                    continue
                total = torch.stack([loss.float() for loss in losses.values()]).sum() / len(parts)
                self.scaler.scale(total).backward(inputs=self._parameters[number])
                for name, loss in losses.items():
                    found[name] = found.get(name, 0.0) + loss.detach().float() / len(parts)
            if losses:
                self._descend(number)
        self.scaler.update()
        for name, average in self.averages.items():
            average.update_parameters(self.task.networks[name])
        self.count, self.result = self.count + 1, results[0]
        return dict(zip(found, torch.stack(list(found.values())).tolist(), strict=True))

    def end_epoch(self, metric: float) -> float:
        """Advance the schedules; metric: what a plateau is seen in. Returns the first new learning rate."""
        for schedule in self.schedules:
            if isinstance(schedule, torch.optim.lr_scheduler.ReduceLROnPlateau):
                schedule.step(metric)
            else:
                schedule.step()
        return self.optimisers[0].param_groups[0]["lr"]

    def autocast(self) -> AbstractContextManager[None]:
        """The precision that the task's networks work in."""
        kind = getattr(torch, self.settings.precision)
        return torch.autocast(self.device.type, kind, enabled=kind != torch.float32)

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """The task's networks are in evaluation mode, without gradients, averages where there are any."""
        networks = self.task.networks
        kept = dict(networks)
        networks.update({name: average.module for name, average in self.averages.items()})
        training = {module: module.training for network in networks.values() for module in network.modules()}
        for network in networks.values():
            network.eval()
        try:
            with torch.no_grad():
                yield
        finally:
            for module, was_training in training.items():
                module.training = was_training
            networks.update(kept)

    def state_dict(self) -> dict[str, Any]:
        """Everything that `load_state_dict` needs to go on as if nothing had happened."""
        return {
            "count": self.count,
            "networks": {name: network.state_dict() for name, network in self.task.networks.items()},
            "averages": {name: average.state_dict() for name, average in self.averages.items()},
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "schedules": [schedule.state_dict() for schedule in self.schedules],
            "scaler": self.scaler.state_dict(),
            "task": self.task.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Raises KeyError, ValueError or RuntimeError for a state of other networks or optimisers."""
        self.count = state["count"]
        for name, network in self.task.networks.items():
            network.load_state_dict(state["networks"][name])
        for name, average in self.averages.items():
            average.load_state_dict(state["averages"][name])
        for kind in ("optimisers", "schedules"):
            for one, saved in zip(getattr(self, kind), state[kind], strict=True):
                one.load_state_dict(saved)
        self.scaler.load_state_dict(state["scaler"])
        self.task.load_state_dict(state["task"])

    def _descend(self, number: int) -> None:
        """Let an optimiser use the gradients, averaged over the processes."""
        parameters = self._parameters[number]
        for parameter in parameters:
            if parameter.grad is None:  # without a part in the loss; processes must agree on which have one
                parameter.grad = torch.zeros_like(parameter)
        distributed.average_gradients(parameters)
        if self.settings.clip_gradient > 0:
            self.scaler.unscale_(self.optimisers[number])
            nn.utils.clip_grad_norm_(parameters, self.settings.clip_gradient)
        self.scaler.step(self.optimisers[number])

    def _of(self, step: Step) -> list[nn.Parameter]:
        return [p for name in step.networks for p in self.task.networks[name].parameters() if p.requires_grad]

    def _average_of(self, network: nn.Module) -> AveragedModel:
        @torch.no_grad()
        def blend(averages: list[Tensor], values: list[Tensor], count: Tensor) -> None:
            if not averages[0].is_floating_point():
                torch._foreach_copy_(averages, values)
                return
            n = int(count)
            most = (n + 1) / (n + 10) if self.settings.average_warms_up else 1.0
            torch._foreach_lerp_(averages, values, 1 - min(self.settings.average, most))

        return AveragedModel(network, multi_avg_fn=blend, use_buffers=True)


def to_device(batch: Any, device: torch.device) -> Any:
    """The tensors of a dict of tensors and other things, on the device; anything else as it is."""
    if not isinstance(batch, dict):
        return batch
    return {k: v.to(device, non_blocking=True) if isinstance(v, Tensor) else v for k, v in batch.items()}


def split(batch: Any, parts: int) -> list[Any]:
    """Cut a dict of tensors and lists into equal parts along its first dimension."""
    if parts == 1:
        return [batch]
    size = math.ceil(len(next(iter(batch.values()))) / parts)
    return [{k: v[i * size : (i + 1) * size] for k, v in batch.items()} for i in range(parts)]
