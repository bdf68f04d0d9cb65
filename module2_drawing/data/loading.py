"""Batches of an epoch in an order that depends on the seed and the epoch alone, shared among processes."""

import argparse
import os
import signal

import numpy as np
from torch.utils.data import DataLoader

from module1_audio2lmk.foundation.engine import distributed
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.processes import cores

from .base_dataset import BaseDataset


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


def epoch_loader(dataset: BaseDataset, options: argparse.Namespace, epoch: int, skip: int = 0) -> DataLoader:
    """The batches of an epoch, without the first `skip`."""
    dataset.epoch = epoch
    return DataLoader(
        dataset,
        batch_sampler=epoch_batches(dataset, options, epoch)[skip:],
        num_workers=min(options.num_threads, spare_cores()),
        pin_memory=options.device.type == "cuda",
        worker_init_fn=_leave_signals,
    )


def _leave_signals(worker: int) -> None:
    """Ctrl-C in a terminal, and `timeout`, reach every process; the one that trains says when to end."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
