"""Make a user study of a finished run: one page that needs no server.

    python scripts/evaluate.py study --from results/drawing --out results/study

study.html is handed out; every participant sends back the file of answers that the page saves. study.json
stays here: it says which video is whose. `study-report` reads both.
"""

import argparse
import base64
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from module1_audio2lmk.foundation.data_files import names_of, read_json
from module1_audio2lmk.foundation.errors import InputError, say
from module1_audio2lmk.foundation.files import input_file
from module1_audio2lmk.foundation.media import first_frame
from module1_audio2lmk.foundation.pages import write_page

from ..page import TEMPLATES
from ..store import CLIP_VIDEOS, Store, check_names, read_results, write_json

HELP = "make the page of a user study"
#: What is asked about each clip; the wording is this project's.
QUESTIONS = [
    {"key": "lips", "label": "Lip sync", "text": "In which video do the lips fit the speech best?"},
    {"key": "coherence", "label": "Coherence", "text": "Which video is steadiest, with the least flicker?"},
    {"key": "quality", "label": "Drawing quality", "text": "In which video are the drawings best?"},
    {"key": "overall", "label": "Overall", "text": "Which video do you like best on the whole?"},
]
_FIELDS = {"key", "label", "text"}
TITLE = "Talking drawings"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--from", dest="source", type=Path, required=True, metavar="DIR", help="--out of a drawing run")
    add("--out", type=Path, required=True, metavar="DIR", help="folder for study.html and study.json")
    add("--methods", type=names_of, metavar="NAME,…", help="default: all that do not see the clip")
    add("--only", type=names_of, metavar="CLIP,…", help="default: all clips of the run")
    add("--questions", metavar="FILE.json", help='other questions: a list of {"key", "label", "text"}')
    add("--seed", type=int, default=0, help="seed of the codes that stand for the methods")


def run(options: argparse.Namespace) -> None:
    questions = read_questions(options.questions) if options.questions else QUESTIONS
    page = build(options.source, options.out, options.methods, options.only, questions, options.seed)
    say(f"study: {page} ({page.stat().st_size / 1e6:.1f} MB)")


def build(
    run: Path,
    out: Path,
    methods: list[str] | None = None,
    clips: list[str] | None = None,
    questions: list[dict[str, str]] = QUESTIONS,
    seed: int = 0,
) -> Path:
    """Make study.html (to hand out) and study.json (to keep: which code stands for which method).

    run: output folder of an evaluation with videos. methods, clips: which of its rows and clips, default all
    that do not see the clip, and all. Returns the page's path. Raises InputError where a video is missing.
    """
    results, store = read_results(run), Store(run)
    known = results["methods"]
    rivals = [name for name, about in known.items() if not (about["sees_clip"] or about.get("at_rest"))]
    methods, clips = methods or rivals, clips or results["clips"]
    check_names(methods, known, "method")
    check_names(clips, results["clips"], "clip")
    if len(methods) < 2:
        raise InputError("a study compares methods: choose at least two")
    codes = _codes(methods, clips, seed)
    trials = [
        {
            "clip": clip,
            "photo": _image_link(store.video(CLIP_VIDEOS, clip)),
            "videos": {code: _video_link(store.video(name, clip)) for code, name in codes.items()},
        }
        for clip in clips
    ]
    coded = {code: {"name": name, "label": known[name]["label"]} for code, name in codes.items()}
    shown = {"title": TITLE, "questions": questions}
    everything = json.dumps([shown, clips, coded, trials], sort_keys=True)
    shown["study"] = hashlib.sha256(everything.encode()).hexdigest()[:16]
    write_json(out / "study.json", shown | {"clips": clips, "methods": coded})
    return write_page(
        out / "study.html", TEMPLATES / "study.html", title=TITLE, content=shown | {"trials": trials}
    )


def read_questions(path: str) -> list[dict[str, str]]:
    """JSON list of {"key", "label", "text"}. Raises InputError where it is none."""
    content = read_json(path, "list of questions", kind=list)
    sound = [item for item in content if isinstance(item, dict) and item.keys() >= _FIELDS]
    texts = all(isinstance(item[name], str) for item in sound for name in _FIELDS)
    if not sound or sound != content or not texts or len({item["key"] for item in sound}) < len(sound):
        raise InputError(f'{path} is no list of {{"key", "label", "text"}} with different keys; correct it')
    return content


def read_answers(folder: Path, manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """The answer files of a folder, one a participant; a file that is there twice counts once.

    Raises InputError for an answer of another study, or one that is damaged.
    """
    if not folder.is_dir():
        raise InputError(f"no folder {folder}; name the folder of the answer files")
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("*.json")):
        content = read_json(path, "answer file")
        if "methods" not in content:  # the study itself lies beside the answers
            _check_answers(path, content, manifest)
            found[content["participant"]] = content
    if not found:
        raise InputError(f"{folder} holds no answers (*.json); collect some with study.html")
    return list(found.values())


def read_manifest(path: Path) -> dict[str, Any]:
    """study.json. Raises InputError where it is none."""
    content = read_json(path / "study.json" if path.is_dir() else path, "study")
    if not {"study", "methods", "questions", "clips"} <= content.keys():
        raise InputError(f"{path} is no study.json; give the one that was made with the page")
    return content


def _check_answers(path: Path, content: dict[str, Any], manifest: dict[str, Any]) -> None:
    complete = {"study", "participant", "answers"} <= content.keys()
    if not complete or content["study"] != manifest["study"]:
        raise InputError(f"{path} holds no answers of this study; take it out of the folder")
    keys = [question["key"] for question in manifest["questions"]]
    known = {"clip": manifest["clips"], "question": keys, "choice": manifest["methods"]}
    for answer in content["answers"]:
        if not isinstance(answer, dict) or any(answer.get(part) not in of for part, of in known.items()):
            raise InputError(f"{path} has an answer that the study does not know; take it out of the folder")


def _codes(methods: list[str], clips: list[str], seed: int) -> dict[str, str]:
    """Code → method: nothing in the page says which video is whose."""
    random = np.random.default_rng([seed, *json.dumps([methods, clips]).encode()])
    codes = random.permutation(0x1000)[: len(methods)]
    return {f"{code:03x}": methods[index] for index, code in enumerate(codes)}


def _video_link(path: Path) -> str:
    return "data:video/mp4;base64," + base64.b64encode(input_file(path, "video").read_bytes()).decode()


def _image_link(video: Path) -> str:
    buffer = io.BytesIO()
    Image.fromarray(first_frame(video)).save(buffer, "JPEG", quality=90)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
