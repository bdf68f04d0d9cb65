"""Errors: the one for bad input, one-line notices, and the frame that every command runs in."""

import errno
import io
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn, TextIO

EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130
_REASONS = {
    errno.ENOSPC: "the disk is full; free some space or choose another output folder",
    errno.EDQUOT: "the disk quota is used up; free some space or choose another output folder",
    errno.EFBIG: "the file grew beyond the allowed size; choose another output folder",
    errno.EACCES: "permission denied; check the permissions or choose another folder",
    errno.EPERM: "not permitted; check the permissions or choose another folder",
    errno.EROFS: "the file system is read-only; choose another folder",
    errno.ENOTDIR: "a part of the path is a file, not a folder; choose another path",
    errno.EEXIST: "a part of the path is a file, not a folder; choose another path",
    errno.EISDIR: "this is a folder; name a file",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
    errno.EMFILE: "too many open files; raise the limit with `ulimit -n`",
    errno.ENOMEM: "not enough memory; close other programs or choose a smaller size",
    errno.EIO: "the disk reported an error; try another disk",
}
# How the libraries beneath say that memory is used up; few raise MemoryError.
_LACK = (
    "failed to map segment",
    "annot allocate memory",
    "an't allocate memory",
    "bad_alloc",
    "bad allocation",
    "ailed to allocate",
    "nsufficient memory",
    "ut of memory",
)
#: Packages that parts of the project need which a light installation lacks.
OPTIONAL = ("torch", "torchvision", "torchaudio", "librosa", "skimage", "face_alignment", "openvino", "onnx")
NO_MEMORY = _REASONS[errno.ENOMEM]
_quiet = False
_warned: set[str] | None = None
_ending: int | None = None  # exit status of a signal that asked the process to end


class InputError(Exception):
    """Something the user gave cannot be used. The message says what is wrong and what to do, in one line."""


def set_quiet(quiet: bool) -> None:
    """Silence the notices of `say`. Warnings and errors are always shown."""
    global _quiet
    _quiet = quiet


def is_quiet() -> bool:
    """True when notices (and with them progress bars) are switched off."""
    return _quiet


def say(message: str) -> None:
    """One line of information on stderr, unless quiet."""
    if _ending is not None:  # libraries that were being imported lost the signal
        raise KeyboardInterrupt
    if not _quiet:
        _print(message)


def warn(message: str) -> None:
    """One line `warning: …` on stderr. A command says the same one once."""
    if _warned is not None:
        if message in _warned:
            return
        _warned.add(message)
    _print(f"warning: {message}")


def _print(line: str) -> None:
    # Whoever closed stderr wants no messages; the work goes on.
    with suppress(OSError, ValueError, AttributeError):
        print(line, file=sys.stderr, flush=True)


def explain(error: OSError, path: str | os.PathLike[str] | None = None) -> InputError | None:
    """The InputError that says what an OSError means to a user; None if it is not of that kind."""
    reason = _REASONS.get(error.errno or 0)
    name = path or error.filename
    if reason is None:
        return None
    return InputError(f"cannot use {os.fspath(name)}: {reason}" if name else reason)


def lacks_memory(error: BaseException) -> bool:
    """True for an exception that says that memory is used up, that of a GPU included."""
    return isinstance(error, MemoryError) or any(words in str(error) for words in _LACK)


def run_cli(main: Callable[[], int | None]) -> NoReturn:
    """Run a command and exit with its status.

    InputError, an OSError such as a full disk, and a lack of memory become one line `error: …` and status 2;
    Ctrl-C becomes status 130; a reader that went away (`| head`) is no error. SIGTERM and SIGHUP unwind like
    Ctrl-C, so that temporary files are removed. Any other exception is a defect and keeps its traceback.
    """
    global _warned, _ending
    _warned, _ending = set(), None
    _open_streams()
    interrupts = signal.getsignal(signal.SIGINT) == signal.default_int_handler
    for number in [*ending_signals(), *([signal.SIGINT] if interrupts else [])]:
        signal.signal(number, terminate)
    try:
        status = main() or 0
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:
        status = _status_of(error)
    sys.exit(status)


def _status_of(error: BaseException) -> int:
    """Exit status of a command that an exception ended; one line says why. A defect is raised again."""
    # Libraries in C that a signal meets while they are imported raise an error of their own.
    if _ending is not None and _ending != EXIT_INTERRUPTED:
        return _ending
    if _ending or isinstance(error, KeyboardInterrupt):
        _print("interrupted")
        return EXIT_INTERRUPTED
    if isinstance(error, BrokenPipeError):
        # Python would complain again when it flushes stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    explained = _explained(error)
    if explained is None:
        raise error
    _print("error: " + " ".join(str(explained).split()))
    return EXIT_BAD_INPUT


def _explained(error: BaseException) -> InputError | None:
    """What an exception means to a user; None for a defect."""
    if isinstance(error, InputError):
        return error
    if isinstance(error, ModuleNotFoundError) and error.name in OPTIONAL:
        return InputError(f"this needs {error.name}, which is not installed; pip install {error.name}")
    if isinstance(error, UnicodeEncodeError):
        return InputError("this locale cannot write a name; set PYTHONUTF8=1 or rename the file")
    if isinstance(error, OSError):
        return explain(error)
    return InputError(NO_MEMORY) if lacks_memory(error) else None


def ending_signals() -> list[signal.Signals]:
    """SIGTERM, and SIGHUP, that the terminal was closed, unless it is ignored as under nohup."""
    if not hasattr(signal, "SIGHUP") or signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
        return [signal.SIGTERM]
    return [signal.SIGTERM, signal.SIGHUP]


def _open_streams() -> None:
    """Streams that the caller closed go nowhere: else the next file opened would get their messages."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "r" if number == 0 else "w", closefd=False))  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name that a terminal cannot show
    if not isinstance(sys.stderr, _Forgiving):
        sys.stderr = _Forgiving(sys.stderr)


class _Forgiving(io.TextIOBase):
    """stderr whose reader may go away: progress and messages are lost, the work is not."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()

    def fileno(self) -> int:
        return self._stream.fileno()

    def isatty(self) -> bool:
        return self._stream.isatty()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._stream.encoding


def terminate(number: int, frame: object) -> NoReturn:
    """A handler of signals: the process unwinds, so that temporary files go."""
    global _ending
    _ending = 128 + number
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    sys.exit(_ending)
