"""Tables in the project's documents, made from the result files that are kept in scripts/evaluation/results.

A document marks the place; whatever stands between the two marks is made anew by `evaluate.py tables`:

    <!-- table: clip.json methods=ours,upd_warp metrics=lmd,identity -->
    <!-- end -->

`figures: NAME.json` in the place of `table:` lists figures with their goals, `tests=NAME,…` those of some
tests alone. Below each table stands what it
was measured on, with which commit, and whether the weights have changed since.
"""

import hashlib
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from safetensors import safe_open

from module1_audio2lmk.foundation.data_files import read_json
from module1_audio2lmk.foundation.errors import InputError

from . import tables
from .provenance import ROOT, digest
from .store import check_names

KEPT = Path(__file__).parent / "results"
WEIGHTS = ROOT / "checkpoints" / "default"
BLOCK = re.compile(r"<!-- (table|figures): (\S+\.json)((?: \w+=\S+)*) -->\n(.*?)<!-- end -->", re.DOTALL)
_OPENING = re.compile(r"<!-- (?:table|figures): ")
#: Deep enough for checkpoints/default/NAME.md, and for no environment.
_DOCUMENTS = ("*.md", "*/*.md", "*/*/*.md")
_NAMING = ("network", "arguments")  # metadata of weight files
_LISTED = 5  # names that a command shows
_ABOUT_METRIC = ("label", "unit", "better", "decimals")


def documents(root: Path = ROOT) -> list[Path]:
    """The project's Markdown files that have marked places."""
    found = {path for pattern in _DOCUMENTS for path in root.glob(pattern)}
    own = (path for path in found if not any(part.startswith(".") for part in path.relative_to(root).parts))
    return sorted(path for path in own if _OPENING.search(path.read_text(encoding="utf-8")))


def refreshed(text: str, kept: Path = KEPT, weights: Path = WEIGHTS) -> str:
    """A document's text with all its tables made anew. Raises InputError where a place is marked wrongly."""
    if len(_OPENING.findall(text)) != len(BLOCK.findall(text)):
        raise InputError("a marked place is not of the form <!-- table: NAME.json … --> … <!-- end -->")

    def made(found: re.Match[str]) -> str:
        kind, name, options, _ = found.groups()
        results = read_json(kept / name, "result file")
        chosen = dict(option.split("=", 1) for option in options.split())
        make = _figure_table if kind == "figures" else _method_table
        lines = tables.markdown_lines(make(results, **chosen))
        note = " ".join(_notes(results, weights, kind))
        return f"<!-- {kind}: {name}{options} -->\n\n" + "\n".join(lines) + f"\n\n{note}\n\n<!-- end -->"

    return BLOCK.sub(made, text)


def keep(results: dict[str, Any], measured_on: str, weights: Path = WEIGHTS) -> dict[str, Any]:
    """The small part of a results.json that documents need.

    measured_on: which clips or photos. weights: folder of the shipped ones. Raises InputError where
    `measured_on` does not say whether they are real.
    """
    if not re.search(r"\b(real|generated|synthetic)\b", measured_on):
        raise InputError("say what it was measured on: real, generated or synthetic clips or photos")
    about, source = results["provenance"], results["provenance"].get("source", {})
    content: dict[str, Any] = {
        "measured_on": measured_on,
        "command": public_command(about["command"]),
        "time": about["time"],
        "commit": source.get("commit"),
        "changed": source.get("changed", []),
        "versions": about["versions"],
        "seed": results["settings"].get("seed", 0),
        "weights": {name: _kept_digest(weights / name, sha) for name, sha in sorted(_weights(results))},
    }
    if "scores" in results:
        content["methods"] = {
            name: {"label": method["label"], "sees_clip": method["sees_clip"]}
            for name, method in results["methods"].items()
        }
        content["metrics"] = {
            name: {part: metric[part] for part in _ABOUT_METRIC}
            for name, metric in results["metrics"].items()
        }
        content["scores"] = {
            method: {name: _kept_score(score) for name, score in scores.items()}
            for method, scores in results["scores"].items()
        }
    if "figures" in results:
        content["figures"] = results["figures"]
    return content


def public_command(command: str) -> str:
    """A command without the folders of whoever gave it: paths out of the project become names, and long
    lists of names, which the result holds anyway, an ellipsis."""
    parts = [Path(part).name if part.startswith(("/", "..")) else part for part in shlex.split(command)]
    return shlex.join("…" if part.count(",") > _LISTED else part for part in parts).replace("'…'", "…")


def former_weights(results: dict[str, Any], weights: Path = WEIGHTS) -> list[str]:
    """The weight files of a kept result that are no longer what is shipped."""
    shipped = {name: weights / name for name in results["weights"]}
    return [
        name
        for name, path in shipped.items()
        if not path.is_file() or results["weights"][name] not in (digest(path), content_digest(path))
    ]


def content_digest(path: Path) -> str:
    """SHA-256 of the tensors of a weight file and of how it is used; of any other file, of its bytes.

    What names the network is left out: a file that is told what it holds draws the same as before.
    """
    if path.suffix != ".safetensors":
        return digest(path)
    state = hashlib.sha256()
    with safe_open(path, "numpy") as file:
        about = {name: text for name, text in (file.metadata() or {}).items() if name not in _NAMING}
        state.update(json.dumps(about, sort_keys=True).encode())
        for name in sorted(file.keys()):
            tensor = file.get_tensor(name)
            state.update(f"{name} {tensor.dtype} {tensor.shape}".encode() + tensor.tobytes())
    return state.hexdigest()


def _kept_digest(shipped: Path, sha256: str) -> str:
    """The digest of the content where what was measured is the shipped file, else that of the file."""
    same = shipped.is_file() and digest(shipped) == sha256
    return content_digest(shipped) if same else sha256


def _kept_score(score: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {name: _short(score[name]) for name in ("value", "low", "high")}
    if "clips" in score:
        kept["clips"] = {clip: _short(value) for clip, value in score["clips"].items()}
    return kept | {"standing": score.get("standing")}


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")


def _weights(content: Any) -> Iterator[tuple[str, str]]:
    """Every described weight file in a results.json: name, SHA-256."""
    if isinstance(content, dict):
        if {"file", "sha256"} <= set(content):
            yield Path(content["file"]).name, content["sha256"]
        content = list(content.values())
    if isinstance(content, list):
        for part in content:
            yield from _weights(part)


def _method_table(results: dict[str, Any], methods: str = "", metrics: str = "") -> tables.Table:
    rows = methods.split(",") if methods else list(results["methods"])
    columns = metrics.split(",") if metrics else list(results["metrics"])
    check_names(rows, results["methods"], "method of a table:")
    check_names(columns, results["metrics"], "metric of a table:")
    cells = [[tables.cell(results, row, name, interval=False) for name in columns] for row in rows]
    labels = [tables.Cell(results["methods"][row]["label"]) for row in rows]
    made: list[list[tables.Cell] | None] = [[label, *row] for label, row in zip(labels, cells, strict=True)]
    return tables.Table("", ["Method", *(tables.heading(results, name) for name in columns)], made)


def _figure_table(results: dict[str, Any], tests: str = "") -> tables.Table:
    chosen = [f for f in results["figures"] if not tests or f["test"] in tests.split(",")]
    return tables.text_table("", tables.FIGURE_HEADER, [tables.figure_texts(figure) for figure in chosen])


def _notes(results: dict[str, Any], weights: Path, kind: str) -> Iterator[str]:
    if former := former_weights(results, weights):
        yield f"**Measured with former weights**: {', '.join(former)} changed since."
    if kind == "table" and any(
        score["standing"] for row in results["scores"].values() for score in row.values()
    ):
        yield tables.STANDINGS
    commit = f"commit {results['commit'][:7]}" if results["commit"] else "no commit"
    yield f"Measured on {results['measured_on']}; {commit}, seed {results['seed']}: `{results['command']}`."
