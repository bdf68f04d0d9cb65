"""Workers of a batch: processes of this machine, or the nodes of a Ray cluster. Rows are told as they end."""

import contextlib
import io
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, NamedTuple

import main_end2end
from module1_audio2lmk.foundation.errors import InputError, explain, set_quiet
from module1_audio2lmk.foundation.worker import Worker, WorkerError

from .jobs import Job

# A node of a cluster that is lost takes its rows with it: so often a row is begun again.
_RETRIES = 3
_ANSWERS_WITHIN = 5.0  # s


class Outcome(NamedTuple):
    """What became of a row. problem: None where its video is there; warnings: the program's lines."""

    job: Job
    problem: str | None
    warnings: tuple[str, ...] = ()


def draw(job: tuple[str, Job], tell: Callable[[Any], None] | None = None) -> list[str]:
    """Draw a row in the folder of its table; the warnings. Raises InputError."""
    folder, row = job
    os.chdir(folder)
    set_quiet(True)
    told = io.StringIO()
    options = row.options()
    options.quiet = True
    try:
        with contextlib.redirect_stderr(told):
            main_end2end.animate(options)
    except OSError as error:
        raise explain(error) or error from None
    return [line for line in told.getvalue().splitlines() if line.startswith("warning: ")]


def on_this_machine(jobs: list[Job], folder: Path, count: int) -> Iterator[Outcome]:
    """Rows by `count` processes, each of which loads its models once."""
    workers: list[Worker] = []
    own = threading.local()

    def begin() -> None:
        own.worker = Worker(draw)
        workers.append(own.worker)

    def work(job: Job) -> Outcome:
        try:
            return Outcome(job, None, tuple(own.worker.result((str(folder), job))))
        except (InputError, WorkerError) as error:
            return Outcome(job, str(error))

    with ThreadPoolExecutor(count, initializer=begin) as pool:
        futures = {pool.submit(work, job) for job in jobs}
        try:
            yield from _ended(futures)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in workers:
                worker.close()


def _ended(futures: set[Future[Outcome]]) -> Iterator[Outcome]:
    while futures:
        ended, futures = wait(futures, return_when=FIRST_COMPLETED)
        yield from (future.result() for future in ended)


def on_cluster(jobs: list[Job], folder: Path, address: str, threads: int) -> Iterator[Outcome]:
    """Rows by the nodes of a Ray cluster, which have the package and see the table's folder at its path.

    address: of the cluster; "" starts one on this machine. A row whose node is lost is begun again elsewhere;
    as videos are put in place when complete, a row that was half drawn leaves nothing. Raises InputError
    where Ray is not installed or there is no such cluster.
    """
    try:
        import ray
        from ray.exceptions import RayError
    except ImportError:
        raise InputError("--ray needs Ray; install it with: pip install ray") from None
    path = os.pathsep.join([str(Path(main_end2end.__file__).parent), os.environ.get("PYTHONPATH", "")])
    variables = {"PYTHONPATH": path, "OMP_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": "PASSIVE"}
    if not ray.is_initialized():
        try:
            host, _, port = address.removeprefix("ray://").rpartition(":")
            if host and port.isdigit():  # Ray itself asks an address where nobody is for minutes
                socket.create_connection((host, int(port)), _ANSWERS_WITHIN).close()
            ray.init(
                address or "local", log_to_driver=False, logging_level=logging.ERROR, include_dashboard=False
            )
        except (OSError, OverflowError, RuntimeError, ValueError) as error:
            raise InputError(f"no Ray cluster at {address} ({error}); check the address") from None
    task = ray.remote(num_cpus=threads, max_retries=_RETRIES, runtime_env={"env_vars": variables})(_attempt)
    waiting = iter(jobs)
    running: dict[Any, Job] = {}
    while True:
        # A few more than there are cores, so that none waits for the next one; the rest stays here.
        room = 2 * int(ray.cluster_resources().get("CPU", 1)) - len(running)
        running |= {
            task.remote((str(folder), job)): job for _, job in zip(range(room), waiting, strict=False)
        }
        if not running:
            return
        for ended in ray.wait(list(running), timeout=None)[0]:
            job = running.pop(ended)
            try:
                yield Outcome(job, *ray.get(ended))
            except RayError as error:
                yield Outcome(job, f"its node or process died {_RETRIES + 1} times ({type(error).__name__})")


def _attempt(job: tuple[str, Job]) -> tuple[str | None, tuple[str, ...]]:
    """A row on a node: its problem, and the warnings."""
    try:
        return None, tuple(draw(job))
    except Exception as error:
        kind = "" if isinstance(error, InputError) else f"{type(error).__name__}: "
        return f"{kind}{error}", ()
