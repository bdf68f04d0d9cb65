"""The benchmark measures what it says: pairs of costs in turn, of this checkout and another one."""

import json
import subprocess
import sys
import time

import pytest

from module1_audio2lmk.foundation.errors import InputError
from scripts import benchmark, benchmark_worker
from scripts.benchmark import Cost, Side

SLOW = "import time; t = time.process_time()\nwhile time.process_time() < t + 0.3: pass"


def test_cpu_wall_and_memory_are_those_of_the_process():
    busy, still = (
        benchmark.run([sys.executable, "-c", code]) for code in (SLOW, "import time; time.sleep(0.5)")
    )
    assert busy.cpu > 0.3
    assert still.cpu < busy.cpu
    assert still.wall > 0.5


def test_memory_is_that_of_the_process():
    """Measured from a small process, as by the command: a child counts what its parent held at its start."""
    code = """import sys; sys.path.insert(0, sys.argv[1])
from scripts.benchmark import run
print(run([sys.executable, "-c", sys.argv[2]]).megabytes)"""
    sizes = []
    for work in ("pass", "x = b'x' * (300 << 20)"):
        command = [sys.executable, "-c", code, str(benchmark.ROOT), work]
        sizes.append(float(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    assert sizes[1] > sizes[0] + 100


def test_a_process_that_fails_is_told_with_its_last_line():
    with pytest.raises(InputError, match="no such luck"):
        benchmark.run([sys.executable, "-c", "import sys; sys.exit('no such luck')"])


def test_pairs_are_measured_in_turn_after_a_warm_up():
    order = []

    def work(name: str) -> Cost:
        order.append(name)
        return Cost(len(order), 1)

    pairs = benchmark.in_turn(lambda: work("a"), lambda: work("b"), 2)
    assert order == ["a", "b"] * 3
    assert pairs == [(Cost(3, 1), Cost(4, 1)), (Cost(5, 1), Cost(6, 1))]


def test_the_summary_is_the_median_of_the_ratios():
    found = benchmark.summary([(Cost(4, 1), Cost(1, 1)), (Cost(9, 1), Cost(3, 1)), (Cost(2, 1), Cost(2, 1))])
    assert found["cpu"] == {"other": 4, "ours": 2, "ratio": 3}
    assert "megabytes" not in found


def test_imports_of_two_checkouts_are_compared_and_written(tmp_path, capsys):
    file = tmp_path / "figures.json"
    arguments = ["--against", str(benchmark.ROOT), "--only", "import", "--rounds", "1", "--json", str(file)]
    benchmark.main(arguments)
    assert "import of both packages: cpu" in capsys.readouterr().out
    found = json.loads(file.read_text())["import"]
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", ""], check=True)
    # The packages themselves, not only their first lines: some twenty times the start of Python.
    assert found["wall"]["ours"] > 3 * (time.perf_counter() - begun)
    assert 0.2 < found["cpu"]["ratio"] < 5


def test_another_program_gets_its_files(tmp_path):
    side = Side("other", None, "draw --in {photo} -a {speech} {output}")
    command = side.command(tmp_path / "a b.wav", str(tmp_path), 256)
    assert command[:2] == ["draw", "--in"]
    assert command[4:] == [str(tmp_path / "a b.wav"), f"{tmp_path}/out.mp4"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "colour"], "colour"),
        (["--against", "/nowhere"], "no checkout"),
        (["--against_command", "x", "--only", "frame"], "--only command"),
    ],
)
def test_what_cannot_be_measured_is_named(arguments, message):
    with pytest.raises(InputError, match=message):
        benchmark.main(arguments)


def test_frames_are_drawn_and_stages_listed(tmp_path, capsys, monkeypatch):
    begin = time.perf_counter()
    speech, ours = benchmark.speech_of_length(str(tmp_path), 0.5), Side("ours", benchmark.ROOT)
    options = benchmark.parse_arguments(["--frames", "2", "--only", "frame"])
    cost = benchmark.work_of("frame", ours, speech, str(tmp_path), options)()
    assert 0 < cost.wall < time.perf_counter() - begin
    monkeypatch.setattr(sys, "path", [str(benchmark.ROOT), *sys.path])
    command = ours.worker("stages", speech, str(tmp_path), options)
    benchmark_worker.stages(*command[command.index("stages") + 1 :])
    assert "animator.frames " in capsys.readouterr().out


def test_updates_of_the_published_command_are_timed(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(benchmark, "UPDATES", 2)
    monkeypatch.setattr(benchmark, "TRAINING", f"{benchmark.TRAINING} --ngf 2 --ndf 2")
    cost = benchmark.update_of(Side("ours", benchmark.ROOT), benchmark.training_data(str(tmp_path)))
    assert cost.cpu > 0 and cost.wall > 0
    told = capfd.readouterr().err
    assert "geometry loss: " in told and "identity loss: " in told, "no loss is left out"
