"""Data-parallel training under torchrun: each process draws its share, gradients are averaged."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
import torch.distributed as dist
from torch import nn


@contextmanager
def joined(device: torch.device) -> Iterator[torch.device]:
    """Join the process group that torchrun announces, if any; yields this process's device."""
    if int(os.environ.get("WORLD_SIZE", "1")) < 2:
        yield device
        return
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    try:
        yield device
    finally:
        dist.destroy_process_group()


def rank() -> int:
    """This process's number, 0 where there is one process."""
    return dist.get_rank() if dist.is_initialized() else 0


def world_size() -> int:
    """How many processes train together."""
    return dist.get_world_size() if dist.is_initialized() else 1


def wait_for_all() -> None:
    """Go on when every process has come here."""
    if dist.is_initialized():
        dist.barrier()


def spread(module: nn.Module) -> None:
    """Give every process the weights and buffers of the first."""
    if dist.is_initialized():
        for tensor in module.state_dict().values():
            dist.broadcast(tensor, 0)


def average_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """Replace each gradient by its mean over the processes, in one exchange; all must have one."""
    if not dist.is_initialized():
        return
    gradients = [p.grad for p in parameters]
    flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
    dist.all_reduce(flat)
    pieces = (flat / dist.get_world_size()).split([gradient.numel() for gradient in gradients])
    for gradient, piece in zip(gradients, pieces, strict=True):
        gradient.copy_(piece.view_as(gradient))


def average(values: dict[str, float]) -> dict[str, float]:
    """Mean over the processes, name by name; every process must hold the same names."""
    if not dist.is_initialized() or not values:
        return values
    device = torch.device("cuda") if dist.get_backend() == "nccl" else torch.device("cpu")
    flat = torch.tensor(list(values.values()), dtype=torch.float64, device=device)
    dist.all_reduce(flat)
    return dict(zip(values, (flat / dist.get_world_size()).tolist(), strict=True))
