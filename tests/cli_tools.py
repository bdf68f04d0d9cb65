"""Commands run in this process, whose imports are there already, and ports for those that are not."""

import io
import os
import socket
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple

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
