"""State of a batch: one file beside the outputs with a line for each finished row."""

import hashlib
import json
import os
import re
from contextlib import suppress
from pathlib import Path

from module1_audio2lmk.foundation.errors import InputError, explain
from module1_audio2lmk.foundation.files import digest_of

from .jobs import Job


class State:
    """What is done: a row whose key is in the file, and whose video is there as it was written.

    A line is added, and brought to the disk, when its row is finished: a batch that is killed goes on where
    it was.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._done: dict[str, str | None] = {}
        with suppress(FileNotFoundError):
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                with suppress(ValueError, TypeError, KeyError):  # the last line of a killed batch
                    entry = json.loads(line)
                    self._done[entry["key"]] = entry["sha256"]

    def holds(self, job: Job, key: str) -> bool:
        if job.output is None or self._done.get(key) is None:
            return False
        return self._done[key] == _digest_of_all(job.output)

    def add(self, job: Job, key: str) -> None:
        assert job.output is not None
        self._done[key] = _digest_of_all(job.output)
        entry = {"key": key, "output": job.output.name, "sha256": self._done[key]}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                # After a line that was cut short, on a line of its own.
                file.write(f"\n{json.dumps(entry)}" if file.tell() else json.dumps(entry))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise explain(error, self.path) or InputError(f"cannot write {self.path}: {error}") from None


def _digest_of_all(output: Path) -> str | None:
    """Of a video, or of the pictures in a folder or of a name such as a_%05d.png; None: nothing is there."""
    files = [output] if output.is_file() else sorted(output.glob("*"))
    if not files:
        files = sorted(output.parent.glob(re.sub(r"%\d*d", "*", output.name)))
    parts = [digest_of(file) for file in files if file.is_file()]
    return hashlib.sha256("".join(parts).encode()).hexdigest() if parts else None
