"""Batches of an epoch in an order that depends on the seed and the epoch alone, shared among processes."""

import argparse
import os
import shutil
import signal
import sys

import numpy as np
import torch
from torch.utils.data import DataLoader

from module1_audio2lmk.foundation.engine import distributed
from module1_audio2lmk.foundation.errors import InputError, ending_signals, warn
from module1_audio2lmk.foundation.processes import cores

from .base_dataset import BaseDataset

SHARED_MEMORY = "/dev/shm"
_PLENTY = 1 << 30  # bytes: more than any batches that wait
_LEAST = 1 << 20  # of which locks and the like take some


def epoch_batches(dataset: BaseDataset, options: argparse.Namespace, epoch: int) -> list[list[int]]:
    """The indices of this process's batches. A last batch that is not full is left out.

    All processes together take `batch_size` × processes items at a time, each every so-many-th of them.
    Raises InputError where the data is less than one batch.
    """
    order = np.arange(len(dataset))
    if not options.serial_batches:
        np.random.default_rng([options.seed, epoch]).shuffle(order)
    world = distributed.world_size()
    together = options.batch_size * world
    if len(order) < together:
        raise InputError(f"{len(order)} items are less than one batch of {together}; lower --batch_size")
    starts = range(0, len(order) - together + 1, together)
    return [order[start : start + together][distributed.rank() :: world].tolist() for start in starts]


def spare_cores() -> int:
    """How many loading processes there is room for beside this one, at least 1; torchrun's share cores."""
    return max(1, cores() // int(os.environ.get("LOCAL_WORLD_SIZE", "1")) - 1)


def loading_processes(dataset: BaseDataset, options: argparse.Namespace) -> int:
    """How many processes load: as many as are asked for, there are cores for and shared memory holds."""
    wanted, room = min(options.num_threads, spare_cores()), shared_memory()
    if not wanted or room >= _PLENTY:
        return wanted
    item = sum(value.nbytes for value in dataset[0].values() if isinstance(value, torch.Tensor))
    # Each process keeps two batches ready (the loader's prefetch_factor), beside the one that is used.
    fits = room // max(1, 3 * options.batch_size * item) if room > _LEAST else 0
    if fits < wanted:
        free = f"{SHARED_MEMORY} has {room / 2**20:.0f} MB free"
        warn(f"{free}: {fits} of {wanted} loading processes; a container gets more by --shm-size=1g")
    return min(wanted, fits)


def shared_memory() -> int:
    """Bytes that are free for what processes share: on Linux a file system, elsewhere not bounded."""
    if sys.platform != "linux":
        return _PLENTY
    try:
        return shutil.disk_usage(SHARED_MEMORY).free
    except OSError:
        return 0


def epoch_loader(dataset: BaseDataset, options: argparse.Namespace, epoch: int, skip: int = 0) -> DataLoader:
    """The batches of an epoch, without the first `skip`."""
    dataset.epoch = epoch
    return DataLoader(
        dataset,
        batch_sampler=epoch_batches(dataset, options, epoch)[skip:],
        num_workers=loading_processes(dataset, options),
        pin_memory=options.device.type == "cuda",
        worker_init_fn=_leave_signals,
    )


def _leave_signals(worker: int) -> None:
    """Ctrl-C in a terminal, and `timeout`, reach every process; the one that trains says when to end."""
    for number in (signal.SIGINT, *ending_signals()):
        signal.signal(number, signal.SIG_IGN)
