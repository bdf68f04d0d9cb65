"""Batch: tables that are none, rows that fail, rows that are done, and nodes that are lost."""

import csv
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import main_end2end
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.files import atomic_path
from module1_audio2lmk.foundation.media import probe
from scripts import batch
from scripts.batch import main
from scripts.batching import workers
from scripts.batching.jobs import Job, read_jobs


@pytest.fixture
def folder(tmp_path: Path, photo_path: Path) -> Path:
    (tmp_path / "photo.jpg").write_bytes(photo_path.read_bytes())
    soundfile.write(tmp_path / "s.wav", np.zeros(6400, np.int16), 16000)
    return tmp_path


def table(folder: Path, content: str, encoding: str = "utf-8") -> Path:
    path = folder / "jobs.csv"
    path.write_bytes(content.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"photo,audio\n\xe4.jpg,s.wav\n", 'line 2 is not in UTF-8; save the table as "CSV UTF-8"'),
        (b"photo,audio,colour\na,b,c\n", "has a column 'colour'; the columns are photo, "),
        (b"photo,jpg\na,b\n", "two columns of one name"),
        (b"audio\na\n", "no column photo"),
        (b"photo,audio\n", "no row below its columns"),
        (b'photo,audio\n"a,b\n', "check its quotes"),
        (b"PK\x03\x04\0\0", "is no text"),
    ],
)
def test_a_table_that_is_none(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "jobs.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_jobs(path, [])


@pytest.mark.parametrize(("delimiter", "encoding"), [(";", "utf-8-sig"), ("\t", "utf-16"), (",", "utf-8")])
def test_tables_as_spreadsheets_save_them(delimiter: str, encoding: str, tmp_path: Path) -> None:
    rows = [
        ["Photo", "AUDIO", "--style"],
        ["Zoë.jpg", "a,b;c.wav", ""],
        ["", "", ""],
        ["p.jpg", "s.wav", "oil"],
    ]
    text = "\r\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    first, second = read_jobs(table(tmp_path, text, encoding), ["--style=cartoon"])
    assert (first.options().jpg, first.options().audio, first.options().style) == (
        "Zoë.jpg",
        "a,b;c.wav",
        "cartoon",
    )
    assert (second.line, second.options().style) == (4, "oil")
    assert first.output == tmp_path / "output" / "Zoë-a,b;c" / "cartoon.mp4"


def test_rows_that_cannot_be_tried(tmp_path: Path) -> None:
    text = "photo,audio,output,size\na,b,v.mp4,256\na,b,./v.mp4,256\na,b,w.mp4,100\na,b\na,,x.mp4,256\n"
    problems = [job.problem for job in read_jobs(table(tmp_path, text), [])]
    for problem, wanted in zip(
        problems, [None, "same file as line 2", "multiple of 32", "2 cells for 4", "give speech"], strict=True
    ):
        assert problem is None if wanted is None else wanted in (problem or "")


def test_goes_on_past_bad_rows_and_leaves_what_is_done(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same bytes as by the command itself, a report of what failed, and a second run that mends alone."""
    text = "photo,audio,output,size,fps\nphoto.jpg,s.wav,out/a.mp4,256,5\nnone.jpg,s.wav,out/b.mp4,256,5\n"
    jobs = table(folder, text)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(workers, "Worker", InThisProcess)
    assert main([str(jobs), "--workers", "1"]) == 1
    assert f"{jobs}, line 3: error: photo not found: none.jpg" in capsys.readouterr().err
    with (folder / "out/jobs-failed.csv").open(encoding="utf-8-sig") as file:
        (failed,) = csv.DictReader(file)
    assert (failed["line"], "none.jpg" in failed["error"]) == ("3", True)
    drawn = (folder / "out/a.mp4").read_bytes()
    main_end2end.main("--jpg photo.jpg --audio s.wav --output one.mp4 --size 256 --fps 5 --quiet".split())
    assert drawn == (folder / "one.mp4").read_bytes() and probe(folder / "one.mp4").width == 256
    assert {path.name for path in (folder / "out").iterdir()} == {
        "a.mp4",
        "jobs-failed.csv",
        ".jobs-batch.jsonl",
    }

    begun = watched(monkeypatch)
    with (folder / "out/.jobs-batch.jsonl").open("a") as file:
        file.write('\n{"key": "cut sho')
    (folder / "none.jpg").write_bytes((folder / "photo.jpg").read_bytes())
    assert main([str(jobs)]) == 0 and begun == [3]
    assert main([str(jobs)]) == 0 and begun == [3]
    (folder / "out/a.mp4").write_bytes(b"another")
    jobs.write_text(text.replace("b.mp4,256,5", "b.mp4,256,6"))
    assert main([str(jobs)]) == 0 and begun == [3, 2, 3]
    assert not (folder / "out/jobs-failed.csv").exists()


def test_a_row_is_another_where_its_folder_of_a_voice_is(folder: Path) -> None:
    (folder / "voice").mkdir()
    job = Job(2, ("--jpg=photo.jpg", "--audio=s.wav", "--voice_of=voice"))
    keys = [job.key(folder)]
    for content in (b"one", b"two", b"two"):
        (folder / "voice/a.wav").write_bytes(content)
        keys.append(job.key(folder))
    assert len(set(keys)) == 3 and keys[2] == keys[3]


class InThisProcess:
    """A worker without a process of its own, which would load torch once more."""

    def __init__(self, function: Callable[[Any], list[str]]) -> None:
        self._function = function

    def result(self, job: Any) -> Any:
        return self._function(job)

    def close(self) -> None: ...


def watched(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lines of the rows that are drawn from now on, by a worker that only writes a file."""
    begun: list[int] = []

    def on_this_machine(jobs: list[Job], folder: Path, count: int) -> Any:
        for job in jobs:
            begun.append(job.line)
            assert job.output
            job.output.write_bytes(b"video %d" % job.line)
            yield workers.Outcome(job, None)

    monkeypatch.setattr("scripts.batch.on_this_machine", on_this_machine)
    return begun


def test_a_worker_that_dies_fails_its_row_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "draw", die_at_two)
    jobs = [Job(line, ()) for line in (1, 2, 3)]
    outcomes = {done.job.line: done.problem for done in workers.on_this_machine(jobs, tmp_path, 1)}
    assert outcomes[1] is None and outcomes[3] is None
    assert "died" in outcomes[2]


def die_at_two(job: tuple[str, Job], tell: Callable[[Any], None]) -> list[str]:
    if job[1].line == 2:
        import os

        os.kill(os.getpid(), 9)
    return []


def test_a_cluster_that_is_not_there_is_told_at_once() -> None:
    pytest.importorskip("ray")
    with pytest.raises(InputError, match="no Ray cluster at"):
        list(workers.on_cluster([], Path(), "127.0.0.1:9", 1))


def test_the_report_is_beside_the_outputs_but_above_no_table() -> None:
    outputs = [Path("/home/me/jobs/out/a.mp4"), Path("/home/me/jobs/out/b/c.mp4"), Path("/etc/x.txt")]
    table = Path("/home/me/jobs")
    assert batch._common_folder(outputs[:2], table) == table / "out"
    assert batch._common_folder(outputs, table) == table


def test_a_node_of_a_cluster_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two nodes, one killed half way: every row ends once, all files are whole, the bad row is reported."""
    cluster_utils = pytest.importorskip("ray.cluster_utils")
    import ray

    rows = "".join(f"p{line}.jpg,s.wav,out/{line}.mp4\n" for line in range(2, 14))
    monkeypatch.setattr(workers, "_attempt", slow_row)
    cluster = cluster_utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    try:
        second = cluster.add_node(num_cpus=1)
        ended: list[int] = []
        tell = batch._tell

        def told(path: Path, outcome: workers.Outcome) -> None:
            ended.append(outcome.job.line)
            if len(ended) == 4:
                cluster.remove_node(second, allow_graceful=False)
            tell(path, outcome)

        monkeypatch.setattr(batch, "_tell", told)
        assert (
            batch.main([str(table(tmp_path, "photo,audio,output\n" + rows)), "--ray", cluster.address]) == 1
        )
    finally:
        ray.shutdown()
        cluster.shutdown()
    assert sorted(ended) == list(range(2, 14))
    whole = {f"{line}.mp4": str(line) * 1000 for line in range(2, 14) if line != 7}
    assert {path.name: path.read_text() for path in (tmp_path / "out").glob("*.mp4")} == whole
    assert len((tmp_path / "out/jobs-failed.csv").read_text().splitlines()) == 2
    assert not list((tmp_path / "out").glob(".*part*"))


def slow_row(job: tuple[str, Job]) -> tuple[str | None, tuple[str, ...]]:
    output = job[1].output
    assert output
    if job[1].line == 7:
        return "bad", ()
    with atomic_path(output) as temporary, temporary.open("w") as file:
        for _ in range(1000):
            file.write(str(job[1].line))
            file.flush()
            time.sleep(0.0003)
    return None, ()
