"""Errors become one line and the right status."""

import errno
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from module1_audio2lmk.foundation import errors
from module1_audio2lmk.foundation.errors import InputError, explain, run_cli

ROOT = Path(errors.__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """`run_cli` sets handlers of signals; a test runner in the background has some of them ignored."""
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    handlers = [signal.signal(number, signal.SIG_DFL) for number in numbers]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for number, handler in zip(numbers, handlers, strict=True):
        signal.signal(number, handler)
    errors.set_quiet(False)


def status_of(main: Callable[[], int | None]) -> object:
    with pytest.raises(SystemExit) as stopped:
        run_cli(main)
    return stopped.value.code


def raising(error: BaseException) -> Callable[[], int | None]:
    def main() -> int | None:
        raise error

    return main


def test_success_and_own_status() -> None:
    assert status_of(lambda: None) == 0
    assert status_of(lambda: 1) == 1


def test_input_error_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(raising(InputError("no photo;\n give one"))) == 2
    assert capsys.readouterr().err == "error: no photo; give one\n"


def test_interrupt(capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(raising(KeyboardInterrupt())) == 130
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_an_import_loses(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Modules in C make an ImportError of it, or go on; then the next message ends the process."""

    def main(lost: bool) -> None:
        with suppress(BaseException):
            os.kill(os.getpid(), number)
        if not lost:
            raise ImportError("numpy._core.multiarray failed to import")
        errors.say("device: cpu")
        raise AssertionError

    assert [status_of(lambda lost=lost: main(lost)) for lost in (True, False)] == [128 + number] * 2
    assert capsys.readouterr().err in ("", "interrupted\ninterrupted\n")


def test_names_that_the_terminal_cannot_show(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", terminal)
    assert status_of(lambda: print("output: é.mp4")) == 0
    assert terminal.buffer.getvalue() == b"output: \\xe9.mp4\n"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_operating_system_errors_are_one_line(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(raising(OSError(number, os.strerror(number), "out.mp4"))) == 2
    line = capsys.readouterr().err
    assert line.startswith("error: cannot use out.mp4: ")
    assert line.count("\n") == 1


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"),
        ImportError("a.so: failed to map segment from shared object"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
    ],
)
def test_a_lack_of_memory_is_one_line(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(raising(error)) == 2
    line = capsys.readouterr().err
    assert line.startswith("error: not enough memory; ") and line.count("\n") == 1


def test_a_defect_keeps_its_traceback() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with pytest.raises(ZeroDivisionError):
        run_cli(raising(ZeroDivisionError()))
    with pytest.raises(OSError, match="odd"):
        run_cli(raising(OSError(errno.ENOENT, "odd")))


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no SIGHUP")
def test_a_closed_terminal_unwinds_but_not_under_nohup(tmp_path: Path) -> None:
    unwound = []

    def main() -> int:
        try:
            os.kill(os.getpid(), signal.SIGHUP)
        except SystemExit:
            unwound.append(True)
            raise
        return 0

    assert (status_of(main), unwound) == (128 + signal.SIGHUP, [True])
    former = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert status_of(main) == 0
    finally:
        signal.signal(signal.SIGHUP, former)


def test_explain_knows_only_what_a_user_can_mend() -> None:
    assert "disk is full" in str(explain(OSError(errno.ENOSPC, "x"), "a/b"))
    assert explain(OSError(errno.ENOENT, "x"), "a/b") is None


def test_quiet_silences_notices_and_keeps_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    errors.say("one")
    errors.set_quiet(True)
    errors.say("two")
    errors.warn("three")
    assert capsys.readouterr().err == "one\nwarning: three\n"


def test_broken_pipe_is_quiet() -> None:
    """The reader of a pipe goes away while the command writes."""
    code = (
        "from module1_audio2lmk.foundation.errors import run_cli\n"
        "run_cli(lambda: [print('x' * 100) for _ in range(100_000)] and None)"
    )
    command = f'{sys.executable} -c "{code}" | head -n 1'
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


COMMAND = """
import contextlib, os, sys
from module1_audio2lmk.foundation.errors import run_cli, say, warn
def main():
    path = sys.argv[1]
    with open(path, "w") as file:
        for _ in range(3000):
            say("a notice")
            warn("a warning")
        with contextlib.suppress(OSError):
            os.write(2, b"from a library")
        file.write("done")
run_cli(main)
"""


@pytest.mark.skipif(os.name == "nt", reason="shells of Windows close no streams")
@pytest.mark.parametrize("closing", ["2>&-", "2>&- >&- <&-", "2> >(true)", "2>/dev/full"])
def test_the_work_goes_on_without_stderr(tmp_path: Path, closing: str) -> None:
    """Closed, to a reader that went away, or full: and nothing of it lands in a file."""
    script = f'"$0" -c "$1" "$2" {closing}'
    run = subprocess.run(["bash", "-c", script, sys.executable, COMMAND, str(tmp_path / "a")], cwd=ROOT)
    assert run.returncode == 0
    assert (tmp_path / "a").read_text() == "done"


def test_a_command_warns_once_of_each_thing(capsys: pytest.CaptureFixture[str]) -> None:
    def main() -> None:
        for message in ("one", "two", "one"):
            errors.warn(message)

    assert status_of(main) == 0
    assert capsys.readouterr().err == "warning: one\nwarning: two\n"
