import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from module1_audio2lmk.foundation.worker import Worker, WorkerError

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = """
import os, sys, time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
sys.path.insert(0, {root!r})
from module1_audio2lmk.foundation.processes import end_with_parent

def work(_):
    return os.getpid()

if __name__ == "__main__":
    with ProcessPoolExecutor(1, get_context("spawn"), end_with_parent) as pool:
        print(pool.submit(work, 0).result(), flush=True)
        time.sleep(60)
"""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_workers_end_when_their_parent_is_killed(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(root=str(ROOT)))
    with subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, text=True) as parent:
        worker = int(parent.stdout.readline())
        assert alive(worker)
        os.kill(parent.pid, signal.SIGKILL)
        end = time.monotonic() + 120
        while alive(worker) and time.monotonic() < end:
            time.sleep(0.05)
        assert not alive(worker)


def thread_settings(environment: dict[str, str]) -> list[str]:
    names = "OMP_WAIT_POLICY", "OPENBLAS_NUM_THREADS"
    code = f"import module1_audio2lmk.foundation.errors, os; print(*map(os.environ.get, {names}))"
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, text=True
    )
    return done.stdout.split()


def test_threads_that_wait_leave_the_cores_to_others():
    own = ("OMP_WAIT_POLICY", "OPENBLAS_NUM_THREADS")
    environment = {name: value for name, value in os.environ.items() if name not in own}
    assert thread_settings(environment) == ["PASSIVE", "1"]
    given = {"OMP_WAIT_POLICY": "ACTIVE", "OPENBLAS_NUM_THREADS": "2"}
    assert thread_settings(environment | given) == ["ACTIVE", "2"]


def test_a_worker_that_cannot_be_started(monkeypatch):
    """Where memory or processes are short."""

    def fail(process):
        raise BlockingIOError("Resource temporarily unavailable")

    monkeypatch.setattr("multiprocessing.process.BaseProcess.start", fail)
    with pytest.raises(WorkerError, match="died"):
        Worker(print).result("job")
