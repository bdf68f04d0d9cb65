"""Native libraries: their log lines kept off the terminal."""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


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
