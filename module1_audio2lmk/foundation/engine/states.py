"""States of a training run: written atomically, the last few kept, the newest readable one found again."""

from pathlib import Path
from typing import Any

import torch

from ..errors import InputError, warn
from ..files import atomic_path

FORMAT = 2  # 1: of the two engines that each module once had


class StateFolder:
    """FOLDER/NNNNNNNNN.pt: the state after so many items; a process other than the first adds its rank."""

    def __init__(self, folder: Path, keep: int = 3, rank: int = 0) -> None:
        self.folder, self.keep, self.rank = folder, keep, rank

    def save(self, seen: int, state: dict[str, Any]) -> None:
        """state: tensors, numbers, strings, and dicts, lists and tuples of them. States after more items are
        of an earlier run in this folder: they go, too."""
        with atomic_path(self._path(seen)) as temporary:
            torch.save({**state, "format": FORMAT}, temporary)
        found = self.found()
        for old in {*found[: -self.keep], *(n for n in found if n > seen)} - {seen}:
            self._path(old).unlink(missing_ok=True)

    def load(self) -> dict[str, Any]:
        """The newest state; a damaged one is passed over with a warning.

        Raises InputError where there is none, or where an earlier version of this program wrote it.
        """
        for number in reversed(self.found()):
            path = self._path(number)
            try:
                state = torch.load(path, map_location="cpu", weights_only=True)
            except Exception as error:
                # Whatever is wrong with the file, an older state is what helps.
                warn(f"{path} cannot be read ({type(error).__name__}); trying an older state")
                continue
            if not isinstance(state, dict) or state.get("format") != FORMAT:
                raise InputError(
                    f"{path} is the state of another version of this program, which alone can go on from it; "
                    "move it away, or name another run"
                )
            return state
        raise InputError(f"no training state in {self.folder} can be read; start a new run")

    def found(self) -> list[int]:
        """After how many items there are states, ascending."""
        pattern = "[0-9]" * 9 + self._suffix()
        return sorted(int(path.name[:9]) for path in self.folder.glob(pattern))

    def _path(self, seen: int) -> Path:
        return self.folder / f"{seen:09d}{self._suffix()}"

    def _suffix(self) -> str:
        return ".pt" if self.rank == 0 else f".rank{self.rank}.pt"
