"""How many processes load the batches."""

import argparse
from typing import cast

import pytest
import torch

from module2_drawing.data import loading
from module2_drawing.data.base_dataset import BaseDataset

OPTIONS = argparse.Namespace(num_threads=4, batch_size=2)
DATA = cast(BaseDataset, [{"photo": torch.zeros(1 << 20), "name": "a"}])  # 4 MiB an item, 24 a process


@pytest.mark.parametrize(("free", "processes"), [(0, 0), (20, 0), (64, 2), (200, 4), (2000, 4)])
def test_shared_memory_of_a_container_bounds_them(
    free: int, processes: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Docker gives 64 MB where nothing is said: loaders would die by a bus error in mid-training."""
    monkeypatch.setattr(loading, "spare_cores", lambda: 8)
    monkeypatch.setattr(loading, "shared_memory", lambda: free << 20)
    assert loading.loading_processes(DATA, OPTIONS) == processes
    assert ("--shm-size" in capsys.readouterr().err) == (processes < 4)


def test_no_shared_memory_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(loading, "SHARED_MEMORY", "/nowhere")
    assert loading.shared_memory() == 0
