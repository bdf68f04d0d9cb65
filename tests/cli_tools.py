"""Commands run in this process, whose imports are there already, or with one beside it, and free ports."""

import io
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from module1_audio2lmk.foundation.errors import InputError, set_quiet


class Done(NamedTuple):
    """What a command leaves, as of a process of its own."""

    returncode: int
    stdout: str
    stderr: str


def run(main: Callable[[list[str]], int | None], *arguments: str | os.PathLike[str]) -> Done:
    """`main` with these arguments, ended as `run_cli` ends it: bad input is one line and status 2."""
    out, err = io.StringIO(), io.StringIO()
    set_quiet(False)
    with redirect_stdout(out), redirect_stderr(err):
        try:
            status = main([os.fspath(argument) for argument in arguments]) or 0
        except InputError as error:
            print(f"error: {error}", file=sys.stderr)
            status = 2
        except SystemExit as end:
            status = int(end.code or 0)
    return Done(status, out.getvalue(), err.getvalue())


def free_port() -> int:
    """A port of this machine that nothing listens to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def train_in_two_processes(
    main: Callable[[list[str]], object], program: list[str], arguments: list[str], folder: Path
) -> None:
    """A training under the variables that torchrun sets, as `test_distributed.py` holds: this
    process is the first, `program` the second."""
    from torch import distributed

    root = Path(__file__).resolve().parents[1]
    address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()), "WORLD_SIZE": "2"}
    second = {**os.environ, **address, "RANK": "1", "LOCAL_RANK": "1", "PYTHONPATH": str(root)}
    command = [sys.executable, *program, *arguments]
    # Should the other one die before it joins, this one does not wait for half an hour.
    joining = partial(distributed.init_process_group, timeout=timedelta(seconds=240))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distributed, "init_process_group", joining)
        for name, value in {**address, "RANK": "0", "LOCAL_RANK": "0"}.items():
            patch.setenv(name, value)
        with subprocess.Popen(command, cwd=folder, env=second, stderr=subprocess.PIPE, text=True) as other:
            try:
                main(arguments)
                _, said = other.communicate(timeout=240)
            finally:
                other.kill()
    assert other.returncode == 0, said[-3000:]
