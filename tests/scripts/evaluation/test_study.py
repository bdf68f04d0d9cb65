import json
import time
from pathlib import Path

import browser_tools
import numpy as np
import pytest

from module1_audio2lmk.foundation.errors import InputError
from scripts import evaluate
from scripts.evaluation.commands.study import QUESTIONS, build, read_answers, read_manifest, read_questions
from scripts.evaluation.commands.study_report import shares, table
from scripts.evaluation.store import CLIP_VIDEOS, Store, write_json, write_video

METHODS = {"ours": "Ours", "upd_warp": "UPD+Warp", "per_frame": "Clip"}


@pytest.fixture(scope="module")
def run(clip, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of a run with two clips; the videos of the methods are of one grey each."""
    folder = tmp_path_factory.mktemp("run")
    for one in ("one", "two"):
        for grey, name in enumerate((*METHODS, CLIP_VIDEOS)):
            frames = np.full((9, 256, 256, 3), 60 * grey, np.uint8)
            write_video(Store(folder).video(name, one), frames, clip.fps, clip.sound)
    methods = {name: {"label": label, "sees_clip": name == "per_frame"} for name, label in METHODS.items()}
    content = {"methods": methods, "metrics": {}, "scores": {}, "clips": ["one", "two"]}
    write_json(folder / "results.json", content)
    return folder


def code_of(manifest: dict, name: str) -> str:
    return next(code for code, method in manifest["methods"].items() if method["name"] == name)


def answers_of(manifest: dict, participant: str, choices: dict[str, list[str]]) -> dict:
    """choices: question → the method chosen, clip by clip."""
    given = [
        {"clip": clip, "question": question, "choice": code_of(manifest, name)}
        for question, names in choices.items()
        for clip, name in zip(manifest["clips"], names, strict=True)
    ]
    return {"study": manifest["study"], "participant": participant, "answers": given}


def test_the_page_is_whole_and_names_no_method(run: Path, tmp_path: Path) -> None:
    page = build(run, tmp_path).read_text()
    manifest = read_manifest(tmp_path)
    assert [method["name"] for method in manifest["methods"].values()] == ["ours", "upd_warp"]
    assert not any(
        word in page for word in ("upd_warp", "Ours", "UPD+Warp", 'src="http', "@STUDY@", "@TITLE@")
    )
    assert page.count("data:video/mp4;base64,") == 4 and page.count("data:image/jpeg;base64,") == 2
    assert page == build(run, tmp_path).read_text()


def test_methods_and_clips_can_be_chosen(run: Path, tmp_path: Path) -> None:
    build(run, tmp_path, methods=["per_frame", "ours"], clips=["two"])
    manifest = read_manifest(tmp_path)
    assert manifest["clips"] == ["two"] and {m["name"] for m in manifest["methods"].values()} == {
        "per_frame",
        "ours",
    }
    with pytest.raises(InputError, match="unknown method sda"):
        build(run, tmp_path, methods=["ours", "sda"])
    with pytest.raises(InputError, match="at least two"):
        build(run, tmp_path, methods=["ours"])


def test_questions_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "questions.json"
    path.write_text(json.dumps(QUESTIONS[:1]))
    assert read_questions(str(path)) == QUESTIONS[:1]
    for wrong in ([], [{"key": "a"}], QUESTIONS[:1] * 2, {"key": "a"}):
        path.write_text(json.dumps(wrong))
        with pytest.raises(InputError, match="no list"):
            read_questions(str(path))


def test_shares_are_per_cent_of_all_choices(run: Path, tmp_path: Path) -> None:
    build(run, tmp_path)
    manifest = read_manifest(tmp_path)
    collected = [
        answers_of(manifest, "a", {"lips": ["ours", "ours"], "overall": ["ours", "upd_warp"]}),
        answers_of(manifest, "b", {"lips": ["ours", "upd_warp"], "overall": ["upd_warp", "upd_warp"]}),
    ]
    found = shares(manifest, collected)
    assert found["lips"]["ours"]["share"] == 75 and found["lips"]["upd_warp"]["share"] == 25
    assert found["overall"]["upd_warp"] | {"low": 0, "high": 0} == {
        "share": 75,
        "low": 0,
        "high": 0,
        "choices": 3,
    }
    # Resampling two participants: one alone has 100 or 50 per cent.
    assert (found["lips"]["ours"]["low"], found["lips"]["ours"]["high"]) == (50, 100)
    rows = table(manifest, found, 2).rows
    assert rows[0][1].text == "75.0% [50.0, 100.0]" and rows[0][1].standing == "best"


def test_answers_of_another_study_are_refused(run: Path, tmp_path: Path) -> None:
    build(run, tmp_path)
    manifest = read_manifest(tmp_path)
    with pytest.raises(InputError, match="no answers"):
        read_answers(tmp_path, manifest)
    good = answers_of(manifest, "a", {"lips": ["ours", "ours"]})
    (tmp_path / "a.json").write_text(json.dumps(good))
    (tmp_path / "a (1).json").write_text(json.dumps(good))
    assert len(read_answers(tmp_path, manifest)) == 1
    for change in ({"study": "other"}, {"answers": [{"clip": "one", "question": "lips", "choice": "zzz"}]}):
        (tmp_path / "b.json").write_text(json.dumps(good | {"participant": "b"} | change))
        with pytest.raises(InputError, match=r"b\.json"):
            read_answers(tmp_path, manifest)


@pytest.mark.skipif(not browser_tools.installed(), reason="needs chromium and chromium-driver")
def test_a_participant_in_a_browser(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    study, downloads = tmp_path / "study", tmp_path / "answers"
    downloads.mkdir()
    assert evaluate.main(["study", "--from", str(run), "--out", str(study), "--quiet"]) is None
    manifest = read_manifest(study)
    with browser_tools.browser(downloads) as browser:
        browser.open((study / "study.html").as_uri())
        browser.click("#begin")
        for clip in range(2):
            assert browser.run("return document.querySelectorAll('#stage video').length") == 2
            assert browser.run("return document.getElementById('next').disabled")
            # Always the first method of study.json, wherever it stands.
            chosen = next(iter(manifest["methods"]))
            for question in QUESTIONS:
                browser.click(f"input[name={question['key']}][value='{chosen}']")
            # All questions are answered, but the videos have not been watched.
            assert browser.run("return document.getElementById('next').disabled")
            browser.click("#play")
            browser.wait_until("return !document.getElementById('next').disabled")
            browser.click("#next")
            if clip == 0:
                # What is answered survives a reload.
                browser.run("window.old = true; location.reload()")
                reloaded = (
                    "!window.old && document.getElementById('progress')?.textContent.startsWith('Clip 2')"
                )
                browser.wait_until(f"return {reloaded}")
        browser.click("#save")
        end = time.monotonic() + 120
        while not list(downloads.glob("answers-*.json")):
            assert time.monotonic() < end, "the answers were not saved"
            time.sleep(0.05)
        assert browser.errors() == []
    assert evaluate.main(["study-report", str(downloads), "--study", str(study), "--quiet"]) is None
    shown = capsys.readouterr().out
    first = manifest["methods"][chosen]["label"]
    assert f"| {first} | **100.0%** | **100.0%** | **100.0%** | **100.0%** |" in shown
    content = json.loads((downloads / "table" / "study_table.json").read_text())
    assert (
        content["participants"] == 1
        and content["shares"]["lips"][manifest["methods"][chosen]["name"]]["choices"] == 2
    )
