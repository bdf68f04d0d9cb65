"""Worker: a process that does one job after the other, and may die of one."""

import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable, Generator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from .errors import NO_MEMORY, InputError, lacks_memory, terminate
from .processes import end_with_parent

#: Called with a job and with what sends news of it to `Worker.run`.
JobFunction = Callable[[Any, Callable[[Any], None]], Any]
_GRACE = 5.0  # s that a process has to remove its temporary files


class WorkerError(Exception):
    """A job that ended in a defect, or with the death of its process. The message is one line."""


class Worker:
    """A process that does one job after the other, so that models are loaded once, and a crash is its own.

    It is started with the first job, and anew after it died. function: a function of a module, called in the
    process. One thread at a time may use a worker.
    """

    def __init__(self, function: JobFunction) -> None:
        self._function = function
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None

    def run(self, job: Any) -> Generator[Any, None, Any]:
        """Do a job: yields the news of it and returns its result.

        Raises InputError as the function does, WorkerError for any other exception and where the process
        died. A generator that is closed before its end ends the process.
        """
        finished = False
        try:
            connection = self._started()
            connection.send(job)
            while True:
                kind, content = connection.recv()
                if kind != "news":
                    break
                yield content
            finished = True
        except (EOFError, OSError):
            raise WorkerError(f"the process that worked on it died ({self._exit_status()})") from None
        finally:
            if not finished:
                self.close()
        if kind == "refused":
            raise InputError(content)
        if kind == "defect":
            raise WorkerError(content)
        return content

    def result(self, job: Any) -> Any:
        """Do a job whose news nobody wants; raises what `run` raises."""
        run = self.run(job)
        while True:
            try:
                next(run)
            except StopIteration as end:
                return end.value

    def close(self) -> None:
        """End the process; its temporary files are removed."""
        process, connection, self._process, self._connection = self._process, self._connection, None, None
        if connection is not None:
            connection.close()
        if process is not None:
            process.terminate()
            process.join(_GRACE)
            process.kill()

    def _started(self) -> Connection:
        if self._process is None or self._connection is None or not self._process.is_alive():
            self.close()
            context = multiprocessing.get_context("spawn")
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(self._function, theirs), daemon=True)
            process.start()  # may fail where memory or processes are short; then there is none to end
            theirs.close()
            self._connection, self._process = ours, process
        return self._connection

    def _exit_status(self) -> str:
        if self._process is None:
            return "it was ended"
        self._process.join(_GRACE)
        code = self._process.exitcode or 0
        return "killed; is there enough memory?" if code == -9 else f"status {code}"


def _serve(function: JobFunction, connection: Connection) -> None:
    """A worker's process, from its start to its end."""
    try:
        _do_jobs(function, connection)
    except SystemExit:
        pass  # told to end: what the job opened is closed by now
    finally:
        # At once: the libraries' own threads would be waited for.
        os._exit(0)


def _do_jobs(function: JobFunction, connection: Connection) -> None:
    end_with_parent()
    # The parent ends its workers; SIGTERM unwinds, so that temporary files are removed.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, terminate)
    while True:
        try:
            job = connection.recv()
        except (EOFError, OSError):
            return
        try:
            answer = "done", function(job, lambda news: connection.send(("news", news)))
        except InputError as error:
            answer = "refused", " ".join(str(error).split())
        except Exception as error:
            if lacks_memory(error):
                answer = "refused", NO_MEMORY
            else:
                traceback.print_exc()
                answer = "defect", " ".join(f"{type(error).__name__}: {error}".split())
        connection.send(answer)
