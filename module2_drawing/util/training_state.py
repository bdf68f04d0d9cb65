"""States of a training run: written atomically, the last few kept, the newest readable one found again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from module1_audio2lmk.foundation.errors import InputError, warn
from module1_audio2lmk.foundation.files import atomic_path


class StateFolder:
    """FOLDER/NNNNNNNNN.pt: the state after so many images; a process other than the first adds its rank."""

    def __init__(self, folder: Path, keep: int = 3, rank: int = 0) -> None:
        self.folder, self.keep, self.rank = folder, keep, rank

    def save(self, images: int, state: dict[str, Any]) -> None:
        """state: tensors, numbers, strings, and dicts, lists and tuples of them."""
        with atomic_path(self._path(images)) as temporary:
            torch.save(state, temporary)
        for old in self._images()[: -self.keep]:
            self._path(old).unlink(missing_ok=True)

    def load(self, images: int | None = None) -> dict[str, Any]:
        """The newest state, or that after `images`; a damaged one is passed over with a warning.

        Raises InputError where there is none.
        """
        found = self._images() if images is None else [images]
        for number in reversed(found):
            try:
                return torch.load(self._path(number), map_location="cpu", weights_only=True)
            except Exception as error:
                # Whatever is wrong with the file, an older state is what helps.
                warn(f"{self._path(number)} cannot be read ({type(error).__name__}); trying an older state")
        raise InputError(f"no training state in {self.folder}; start without --continue_train")

    def _path(self, images: int) -> Path:
        return self.folder / (f"{images:09d}.pt" if self.rank == 0 else f"{images:09d}.rank{self.rank}.pt")

    def _images(self) -> list[int]:
        pattern = "[0-9]" * 9 + (".pt" if self.rank == 0 else f".rank{self.rank}.pt")
        return sorted(int(path.name[:9]) for path in self.folder.glob(pattern))
