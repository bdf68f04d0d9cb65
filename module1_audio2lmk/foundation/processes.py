"""Processes that work for another one: jobs worked off by several of them, which end with it."""

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing.connection import wait
from typing import Any

from tqdm import tqdm

from .errors import InputError, is_quiet, set_quiet


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def end_with_parent() -> None:
    """End this process as soon as the one that started it is gone, even if that was killed.

    Workers of a pool would wait for the next job for ever. Does nothing in a process that has no parent of
    `multiprocessing`.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent.sentinel,), daemon=True).start()


def _follow(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def work_off(
    jobs: dict[Any, tuple[Any, ...]],
    work: Callable[..., Any],
    processes: int,
    unit: str,
    start: Callable[..., None] | None = None,
    start_with: tuple[Any, ...] = (),
) -> Iterator[tuple[Any, Any]]:
    """Yield (key, result or InputError) of `work(*arguments)` for every job, in this process or in several.

    start: called once in every process that works. Other exceptions end everything.
    """
    if processes < 1:
        raise InputError(f"{processes} processes; give 1 or more")
    with tqdm(total=len(jobs), unit=unit, disable=is_quiet()) as bar:
        if processes == 1:
            if start:
                start(*start_with)
            for key, arguments in jobs.items():
                yield key, _tried(work, arguments)
                bar.update()
            return
        # Not forked: detectors that were started in the parent would not run in a child.
        spawn, begin = multiprocessing.get_context("spawn"), (is_quiet(), start, start_with)
        with ProcessPoolExecutor(processes, spawn, _start, begin) as pool:
            waiting = {pool.submit(_tried, work, arguments): key for key, arguments in jobs.items()}
            try:
                for job in as_completed(waiting):
                    yield waiting[job], job.result()
                    bar.update()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise


def _start(quiet: bool, start: Callable[..., None] | None, start_with: tuple[Any, ...]) -> None:
    end_with_parent()
    set_quiet(quiet)
    os.environ["OMP_NUM_THREADS"] = "1"  # torch reads it when it is imported, which takes seconds
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)
    if start:
        start(*start_with)


def _tried(work: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    try:
        return work(*arguments)
    except InputError as error:
        return error
