"""Flags: each says in --help what it does, and every command that a document names is understood."""

import argparse
import importlib
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

import main_end2end
from module1_audio2lmk.foundation.published_flags import FLAGS
from module1_audio2lmk.train import build_parser
from module2_drawing.options import TestOptions, TrainOptions

ROOT = Path(__file__).resolve().parents[1]
MODELS = sorted(path.stem.removesuffix("_model") for path in ROOT.glob("module2_drawing/training/*_model.py"))
SCRIPTS = sorted(
    path.stem for path in (ROOT / "scripts").glob("*.py") if "def parse_arguments(" in path.read_text()
)
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("module*/**/*.md"), *ROOT.glob("scripts/**/*.md")]


class Captured(BaseException):
    """Carries a parser out of the function that makes it."""


def capture(monkeypatch: pytest.MonkeyPatch, parse: Callable[[list[str]], object]) -> argparse.ArgumentParser:
    def parse_known_args(parser: argparse.ArgumentParser, *_: object) -> None:
        raise Captured(parser)

    monkeypatch.setattr(argparse.ArgumentParser, "parse_known_args", parse_known_args)
    with pytest.raises(Captured) as captured:
        parse([])
    return captured.value.args[0]


def without_help(parser: argparse.ArgumentParser) -> list[str]:
    missing: list[str] = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            missing += [name for command in action.choices.values() for name in without_help(command)]
        elif not action.help:
            missing.append(action.dest)
    return missing


@pytest.mark.parametrize("model", [name for name in MODELS if name != "base"])
def test_every_flag_of_training_drawings_says_what_it_does(model: str) -> None:
    assert not without_help(TrainOptions().parser(["--model", model]))


def test_every_flag_of_the_other_programs_says_what_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not without_help(TestOptions().parser([]))
    assert not without_help(build_parser())
    assert not without_help(capture(monkeypatch, main_end2end.parse_arguments))


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_flag_of_the_scripts_says_what_it_does(script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module(f"scripts.{script}")
    assert not without_help(capture(monkeypatch, module.parse_arguments))


def test_flags_without_effect_are_read_nowhere() -> None:
    """Those that another command has under the same name are left out."""
    read = (
        "".join(
            path.read_text()
            for folder in ("module1_audio2lmk", "module2_drawing")
            for path in (ROOT / folder).rglob("*.py")
        )
        + (ROOT / "main_end2end.py").read_text()
    )
    flags = {flag.removeprefix("--") for group in FLAGS.values() for flag in group}
    assert {flag for flag in flags if f"options.{flag}" in read} == {"blendbg"}


def documented() -> list[list[str]]:
    """Commands of the documents' code blocks as lists of words, shell variables left out."""
    commands = []
    for document in DOCUMENTS:
        for block in re.findall(r"```bash\n(.*?)```", document.read_text(), re.DOTALL):
            for line in block.replace("\\\n", " ").splitlines():
                words = [word for word in shlex.split(line, comments=True) if not word.startswith("$")]
                if words[:1] == ["python"]:
                    commands.append(words[1:])
    return commands


def test_commands_of_the_documents_are_understood() -> None:
    """Values of flags that are only checked against the data are left as they are."""
    known: dict[str, Callable[[list[str]], object]] = {
        "main_end2end.py": main_end2end.parse_arguments,
        "module2_drawing/train.py": lambda words: TrainOptions().parse([*words, "--gpu_ids", "-1"]),
        "module2_drawing/test.py": lambda words: TestOptions().parse([*words, "--gpu_ids", "-1"]),
        "module1_audio2lmk.train": build_parser().parse_args,
    }
    for script in SCRIPTS:
        known[f"scripts/{script}.py"] = importlib.import_module(f"scripts.{script}").parse_arguments
    tried = set()
    for words in documented():
        words = words[1:] if words[0] == "-m" else words
        if words[0] in known:
            known[words[0]](words[1:])
            tried.add(words[0])
    assert {"main_end2end.py", "module2_drawing/train.py", "module1_audio2lmk.train"} <= tried


def test_the_glossary_names_files_and_what_is_in_them() -> None:
    rooms = [ROOT, ROOT / "scripts", *(ROOT / module for module in ("module1_audio2lmk", "module2_drawing"))]
    rooms += [ROOT / "module1_audio2lmk/foundation/face", ROOT / "module2_drawing/geometry"]
    glossary = (ROOT / "CONTRIBUTING.md").read_text().split("## Glossary")[1].split("## ")[0]
    for line in glossary.splitlines():
        last, code = line.split("|")[-2:-1], ""
        for name in re.findall(r"`([^`]+)`", last[0] if last else ""):
            if name.endswith(".py"):
                paths = [path for room in rooms if (path := room / name).is_file()]
                paths += ROOT.glob(f"module*/*/{name}")
                assert paths, line
                code = paths[0].read_text()
            else:
                assert re.search(rf"(def|class) {name}\b|^{name}\b", code, re.MULTILINE), line
