"""One reader on one input: taken, or refused in one line; anything else is a fault."""

from __future__ import annotations

import resource
import time
import traceback
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from robustness.mutations import MUTATIONS
from robustness.readers import Reader

from module1_audio2lmk.foundation.errors import InputError

LONGEST = 10.0  # s
MOST_MEMORY = 2 << 20  # KiB


@dataclass
class Tally:
    """What became of the inputs of one kind."""

    taken: int = 0
    refused: int = 0
    slowest: float = 0.0
    faults: list[str] = field(default_factory=list)

    @property
    def inputs(self) -> int:
        return self.taken + self.refused + len(self.faults)

    def add(self, other: Tally) -> None:
        self.taken += other.taken
        self.refused += other.refused
        self.slowest = max(self.slowest, other.slowest)
        self.faults += other.faults


def try_input(reader: Reader, path: Path, content: bytes, tally: Tally) -> None:
    """Read an input as the program does; the folder holds nothing else before and after."""
    path.write_bytes(content)
    started = time.process_time()  # other programs make it no slower
    before = most_memory()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reader.read(path)
        tally.taken += 1
    except InputError as error:
        tally.refused += 1
        if not str(error).strip():
            tally.faults.append(f"{reader.name}: a refusal without a word")
    except Exception:
        tally.faults.append(f"{reader.name}: {traceback.format_exc(limit=-3)}")
    took = time.process_time() - started
    tally.slowest = max(tally.slowest, took)
    if took > LONGEST:
        tally.faults.append(f"{reader.name}: {took:.0f} s for {len(content)} bytes")
    path.unlink(missing_ok=True)
    left = [other.name for other in path.parent.iterdir()]
    if left:
        tally.faults.append(f"{reader.name}: left {left}")
        for other in path.parent.iterdir():
            other.unlink()
    if most_memory() - before > MOST_MEMORY:  # what tests before have held is not this file's
        tally.faults.append(f"{reader.name}: over 2 GB of memory")


def most_memory() -> int:
    """The most that this process has held so far, kB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def mutate_all(reader: Reader, folder: Path, count: int, seed: int, tally: Tally) -> None:
    """So many mutations of the reader's file, the same for the same seed."""
    path = folder / reader.file
    reader.make(path)
    content = path.read_bytes()
    reader.read(path)  # the file itself is taken
    for other in folder.iterdir():
        other.unlink()
    random = np.random.default_rng(seed)
    for number in range(count):
        mutated = MUTATIONS[number % len(MUTATIONS)](content, random)
        try_input(reader, path, mutated, tally)
