"""Turn the answers of a user study into the paper's Table 2.

    python scripts/evaluate.py study-report ANSWERS --study results/study

ANSWERS is the folder of the files that the participants sent.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from module1_audio2lmk.foundation.errors import say
from module1_audio2lmk.foundation.files import write_text

from .. import bootstrap
from ..provenance import provenance
from ..store import write_json
from ..tables import Cell, Table, latex, markdown
from .study import read_answers, read_manifest

HELP = "answers of a user study: the paper's Table 2"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("answers", type=Path, metavar="ANSWERS", help="folder of answer files (*.json)")
    add("--study", type=Path, required=True, metavar="DIR", help="study.json or its folder")
    help = "folder for study_table.md, .tex and .json (default: ANSWERS/table)"
    add("--out", type=Path, metavar="DIR", help=help)
    add("--seed", type=int, default=0, help="seed of the bootstrap")


def run(options: argparse.Namespace) -> None:
    manifest = read_manifest(options.study)
    answers = read_answers(options.answers, manifest)
    found = shares(manifest, answers, seed=options.seed)
    made = [table(manifest, found, len(answers))]
    out = options.out or options.answers / "table"
    content = {"provenance": provenance(), "participants": len(answers), "shares": found}
    write_json(out / "study_table.json", content | {"questions": manifest["questions"]})
    write_text(out / "study_table.md", markdown(made))
    write_text(out / "study_table.tex", latex(made))
    print(markdown(made))
    say(f"results: {out / 'study_table.json'}")


def shares(
    manifest: dict[str, Any], answers: list[dict[str, Any]], count: int = 2000, seed: int = 0
) -> dict[str, Any]:
    """Question → method → {"share", "low", "high", "choices"}, per cent; intervals by resampling the
    participants, whose answers are not independent of each other."""
    codes = list(manifest["methods"])
    drawn = bootstrap.draws(len(answers), count, seed)
    result: dict[str, Any] = {}
    for question in manifest["questions"]:
        counts = np.zeros((len(answers), len(codes)))
        for row, participant in zip(counts, answers, strict=True):
            for answer in participant["answers"]:
                if answer["question"] == question["key"]:
                    row[codes.index(answer["choice"])] += 1
        whole = _per_cent(counts.sum(0))
        resampled = _per_cent(counts[drawn].sum(1))
        result[question["key"]] = {
            manifest["methods"][code]["name"]: _entry(
                whole[i], resampled[:, i], counts[:, i].sum(), len(answers)
            )
            for i, code in enumerate(codes)
        }
    return result


def table(manifest: dict[str, Any], found: dict[str, Any], participants: int) -> Table:
    """Rows: methods; columns: questions; the most chosen in bold."""
    questions = [question for question in manifest["questions"] if question["key"] in found]
    rows: list[list[Cell] | None] = []
    for method in manifest["methods"].values():
        cells = [Cell(method["label"])]
        for question in questions:
            entries = found[question["key"]]
            entry = entries[method["name"]]
            text = f"{entry['share']:.1f}%"
            if entry["low"] is not None:
                text += f" [{entry['low']:.1f}, {entry['high']:.1f}]"
            most = entry["share"] == max(other["share"] for other in entries.values())
            cells.append(Cell(text, "best" if most else None))
        rows.append(cells)
    header = ["Method", *(question["label"] for question in questions)]
    notes = [f"{question['label']}: {question['text']}" for question in questions]
    title = f"User study: {participants} participants, {len(manifest['clips'])} clips, choices per question"
    return Table(title, header, rows, [*notes, "95% bootstrap interval over participants."])


def _entry(share: float, resampled: np.ndarray, choices: float, participants: int) -> dict[str, Any]:
    low, high = bootstrap.interval(resampled) if participants > 1 else (None, None)
    return {"share": float(share), "low": low, "high": high, "choices": int(choices)}


def _per_cent(counts: np.ndarray) -> np.ndarray:
    return 100 * counts / np.maximum(counts.sum(-1, keepdims=True), 1)
