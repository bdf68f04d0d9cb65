"""The clock on the wall may jump: nothing that lasts is measured by it."""

import random
import re
import time
from pathlib import Path

import pytest

from module2_drawing.live.clock import SystemClock

ROOT = Path(__file__).resolve().parents[2]
_WALL = re.compile(
    r"\btime\.time(_ns)?\b|from time import .*\btime\b|\bdate(time)?\.(utc)?(now|today)\b|Date\.now\b"
)


def test_nothing_asks_the_clock_on_the_wall() -> None:
    files = [ROOT / "main_end2end.py"]
    for room in ("module1_audio2lmk", "module2_drawing", "scripts"):
        files += [file for file in (ROOT / room).rglob("*") if file.suffix in (".py", ".js")]
    assert len(files) > 200 and _WALL.search("began = time.time()")
    assert [str(file) for file in files if _WALL.search(file.read_text(encoding="utf-8"))] == []


def test_the_live_clock_goes_on_while_the_wall_clock_jumps(monkeypatch: pytest.MonkeyPatch) -> None:
    jumps = random.Random(0)
    monkeypatch.setattr(time, "time", lambda: jumps.uniform(-1e9, 1e9))
    clock = SystemClock()
    times = [clock.now()]
    for due in (0.02, 0.04, 0.06):
        clock.wait_until(times[0] + due)
        times.append(clock.now())
    assert times == sorted(times) and 0.06 <= times[-1] - times[0] < 2
