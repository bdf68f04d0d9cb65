import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.media import iter_frames, probe
from scripts.evaluation.evaluator import Plan, Row, run
from scripts.evaluation.methods import Settings
from scripts.evaluation.options import write_pages
from scripts.evaluation.photos import Subject
from scripts.evaluation.store import CLIP_VIDEOS, RESULTS, Store, read_arrays, read_results, write_json
from scripts.evaluation.summary import Draws, summarise

ROWS = [Row("upd_warp", "upd_warp"), Row("per_frame", "per_frame")]
METRICS = ["frechet_filterbank", "inter_frame_ssim", "lmd", "landmark_error", "flicker"]


def subject(clips: Path, name: str) -> Subject:
    return Subject(name, clips / f"{name}.mp4", clips / f"{name}.mp4")


@pytest.fixture(scope="module")
def plan(clips: Path, tmp_path_factory: pytest.TempPathFactory) -> Plan:
    out = tmp_path_factory.mktemp("out")
    files = [subject(clips, name) for name in ("left", "nobody", "right")]
    return Plan(files, out, ROWS, METRICS, settings=Settings(device="cpu"), drive="clip", seconds=0.2)


@pytest.fixture(scope="module")
def done(plan: Plan) -> tuple[Plan, dict]:
    skipped = run(plan, jobs=1)
    results = summarise(plan, skipped, Draws(200, 20))
    write_json(plan.out / RESULTS, results)
    return plan, results


def times(plan: Plan) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in plan.out.rglob("*") if path.parent != plan.out}


def test_every_method_has_video_scores_and_features_of_every_clip(done) -> None:
    plan, results = done
    store = Store(plan.out)
    assert results["clips"] == ["left", "right"] and "face" in results["skipped"]["nobody"]
    for row in ("upd_warp", "per_frame", CLIP_VIDEOS):
        for clip in results["clips"]:
            about = probe(store.video(row, clip))
            assert (about.width, about.height, about.fps, about.frames) == (256, 256, 25, 5)
            assert abs(about.duration - 0.2) < 0.1 and about.audio_codec == "aac"
    assert read_arrays(store.pair("upd_warp", "left"))["frechet_filterbank"].shape == (3, 416)
    for row in ROWS:
        for metric in METRICS:
            assert np.isfinite(results["scores"][row.name][metric]["value"])


def test_the_scores_make_sense(done) -> None:
    scores = done[1]["scores"]["upd_warp"]
    assert 0.5 < scores["inter_frame_ssim"]["value"] < 1
    assert 0 < scores["lmd"]["value"] < 5 and 0 < scores["landmark_error"]["value"] < 6
    assert scores["lmd"]["low"] <= scores["lmd"]["value"] <= scores["lmd"]["high"]
    assert scores["frechet_filterbank"]["value"] > 0 and len(scores["frechet_filterbank"]["draws"]) == 20
    # per_frame sees the clip: it is no rival, and upd_warp alone is the best of its kind.
    assert scores["lmd"]["standing"] == "best" and "standing" not in done[1]["scores"]["per_frame"]["lmd"]


def test_the_result_says_where_it_comes_from(done) -> None:
    results = done[1]
    assert results["settings"]["drive"] == "clip" and results["settings"]["bootstrap"]["count"] == 200
    assert "torch" in results["provenance"]["versions"] and "command" in results["provenance"]
    assert results["methods"]["upd_warp"]["seconds_per_frame"] > 0
    json.loads((done[0].out / RESULTS).read_text(), parse_constant=pytest.fail)


def test_what_is_done_is_not_made_again_and_what_is_missing_is(done) -> None:
    plan = done[0]
    before = times(plan)
    run(plan, jobs=1)
    assert times(plan) == before
    store = Store(plan.out)
    store.pair("per_frame", "left").unlink()
    run(plan, jobs=1)
    changed = {path for path, time in times(plan).items() if before.get(path) != time}
    assert str(store.pair("per_frame", "left")) in changed
    assert not any("right" in path or "upd_warp" in path or "references" in path for path in changed)


def test_another_metric_or_length_is_made(done) -> None:
    plan = replace(done[0], rows=ROWS[:1], subjects=done[0].subjects[:1])
    store = Store(plan.out)
    run(replace(plan, metrics=["flicker", "face_found"]), jobs=1)
    made = read_arrays(store.pair("upd_warp", "left"))
    assert {"flicker", "face_found"} <= made.keys() and "lmd" not in made and made["frames"] == 5
    run(replace(plan, seconds=0.12), jobs=1)
    assert read_arrays(store.pair("upd_warp", "left"))["frames"] == 3
    assert len(list(iter_frames(store.video("upd_warp", "left")))) == 3


def test_tables_and_page_are_written(done, capsys: pytest.CaptureFixture) -> None:
    plan = done[0]
    write_json(plan.out / RESULTS, done[1])
    write_pages(plan.out)
    shown = capsys.readouterr().out
    assert "| UPD+Warp |" in shown and "151.9" in shown and "185.2" in shown
    page = (plan.out / "index.html").read_text()
    for row in ("upd_warp", "per_frame", CLIP_VIDEOS):
        assert f'src="videos/{row}/left.mp4"' in page
    assert "nobody" in page and "\\toprule" in (plan.out / "table.tex").read_text()
    assert read_results(plan.out)["clips"] == ["left", "right"]


def test_nothing_is_made_when_something_is_missing(clips: Path, tmp_path: Path) -> None:
    files = [subject(clips, "left")]
    plan = Plan(files, tmp_path / "out", [Row("x", "external", {"label": "X", "folder": tmp_path})], METRICS)
    plan = replace(plan, drive="clip", settings=Settings(device="cpu"))
    with pytest.raises(InputError, match="no video left"):
        run(plan, jobs=1)
    with pytest.raises(InputError, match="unknown method dream"):
        run(replace(plan, rows=[Row("dream", "dream")]), jobs=1)
    with pytest.raises(InputError, match="no clip or photo could be used"):
        run(replace(plan, rows=ROWS[:1], subjects=[subject(clips, "nobody")]), jobs=1)
    assert not (tmp_path / "out").exists()


def test_several_processes_make_the_same(done, clips: Path, tmp_path: Path) -> None:
    plan = replace(done[0], out=tmp_path, rows=ROWS[:1], metrics=["inter_frame_ssim"], seconds=0.1)
    assert list(run(plan, jobs=2)) == ["nobody"]
    results = summarise(plan, {"nobody": "no face"}, Draws(10, 5))
    assert 0.5 < results["scores"]["upd_warp"]["inter_frame_ssim"]["value"] < 1
    assert results["frames"] == {"left": 2, "right": 2}
