"""Native libraries: their log lines kept off the terminal, MediaPipe without what it need not import."""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from types import ModuleType

# Read when MediaPipe is first imported.
os.environ.setdefault("GLOG_minloglevel", "2")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Plots and recordings: what MediaPipe imports at once, half of a start, and is used by nothing here.
_POSTPONED = ("matplotlib", "matplotlib.pyplot", "mediapipe.tasks", "mediapipe.tasks.python")


@contextmanager
def silenced() -> Iterator[None]:
    """Inside, whatever native code writes to file descriptor 2 is dropped, and Python warnings with it.

    For short calls into a library only: exceptions still reach the caller.
    """
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # a process without stderr has nothing to silence
        yield
        return
    sink = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(sink, 2)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(sink)
        os.close(kept)


@cache
def mediapipe() -> ModuleType:
    """The package mediapipe; parts that are not used here are imported when they are."""
    postponed = {name: _later(name) for name in _POSTPONED if name not in sys.modules}
    for name, module in postponed.items():
        parent, _, child = name.rpartition(".")
        if parent in postponed:
            setattr(postponed[parent], child, module)
    sys.modules.update(postponed)
    try:
        with silenced():
            return import_module("mediapipe")
    finally:
        for name in postponed:
            del sys.modules[name]


def _later(name: str) -> ModuleType:
    """A stand-in for a module, which imports it when something of it is asked for."""
    module = ModuleType(name)

    def found(attribute: str) -> object:
        if sys.modules.get(name) is module:
            raise AttributeError(f"{name} is not imported yet")
        return getattr(import_module(name), attribute)

    module.__getattr__ = found  # type: ignore[method-assign]
    return module
