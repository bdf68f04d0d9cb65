"""The recipe of the default weights: every stage once, with commands that the programs understand."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from module1_audio2lmk.train import build_parser
from module1_audio2lmk.training import finish
from module2_drawing.options import TrainOptions
from scripts import (
    export_weights,
    make_viseme_clips,
    prepare_clip,
    prepare_portraits,
    prepare_pseudo_labels,
    prepare_talking_clips,
)

ROOT = Path(__file__).resolve().parents[2]
STYLES = "drawing", "cartoon", "oil", "watercolour"
HELPERS = "pose_branch", "speaker_branch", "landmark_net", "paper_drawing"
DEFAULTS = {"content_branch", "content_branch_mel", *HELPERS, *(f"generator_{style}" for style in STYLES)}
SCRIPTS = (
    export_weights,
    make_viseme_clips,
    prepare_clip,
    prepare_pseudo_labels,
    prepare_portraits,
    prepare_talking_clips,
)
#: In the place of Python: notes the command and leaves the files that the next commands read.
NOTING = """#!{python}
import json, os, sys
from pathlib import Path

arguments = sys.argv[1:]
if arguments[0] == "-c":
    os.execv("{python}", ["{python}", *arguments])
with open("{log}", "a") as log:
    log.write(json.dumps(arguments) + "\\n")
value = lambda name: Path(arguments[arguments.index(name) + 1])
made = []
if "--run_dir" in arguments:
    made = [value("--run_dir") / (str(value("--branch")) + "_branch.safetensors")]
elif "--out" in arguments and str(value("--out")).endswith(".safetensors"):
    made = [value("--out")]
elif arguments[0].endswith("export_weights.py"):
    assert Path(arguments[1]).is_file(), arguments
    made = [Path(arguments[2])]
elif "--name" in arguments and "--model" in arguments:
    made = [Path("checkpoints") / value("--name") / f"latest_net_{{n}}.pth" for n in ("G_A", "M", "S")]
for path in made:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("weights")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the recipe alone, beside it an environment whose Python takes notes, photos, clips."""
    project, environment = tmp_path / "project", tmp_path / "environment"
    (project / "scripts").mkdir(parents=True)
    for name in ("scripts/train_defaults.sh", "scripts/env.sh", "requirements.txt"):
        shutil.copy(ROOT / name, project / name)
    (project / "checkpoints" / "default").mkdir(parents=True)
    for name in ("photos", "clips", "sounds"):
        (tmp_path / name).mkdir()
    (environment / "bin").mkdir(parents=True)
    stamp = hashlib.sha256((ROOT / "requirements.txt").read_bytes()).hexdigest()
    (environment / "requirements.sha256").write_text(stamp + "\n")
    python = environment / "bin" / "python"
    python.write_text(NOTING.format(python=sys.executable, log=tmp_path / "log"))
    python.chmod(0o755)
    return project


def run(project: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"VENV": str(project.parent / "environment")} | variables
    command = ["bash", str(project / "scripts" / "train_defaults.sh"), *arguments]
    return subprocess.run(
        command, cwd=project.parent, env=environment, capture_output=True, text=True, timeout=300
    )


def noted(project: Path) -> list[list[str]]:
    return [json.loads(line) for line in (project.parent / "log").read_text().splitlines()]


def understood(command: list[str]) -> None:
    """Parse a noted command as its program does; raises where that fails."""
    if command[0] == "-m":
        modules = {"module1_audio2lmk.train": build_parser().parse_args}
        modules["module1_audio2lmk.training.finish"] = finish.parse_arguments
        modules[command[1]](command[2:])
        return
    known = {Path(module.__file__).name: module.parse_arguments for module in SCRIPTS}
    known["train.py"] = TrainOptions().parse
    known[Path(command[0]).name](command[1:])


@pytest.mark.parametrize(
    "command",
    [
        ["-m", "module1_audio2lmk.training.finish", "a.safetensors", "--joined", "b.safetensors"],
        ["-m", "module1_audio2lmk.train", "--branch", "content"],
        ["scripts/export_weights.py", "latest_net_G_A.pth"],
        ["scripts/nowhere.py"],
    ],
)
def test_a_command_that_its_program_refuses_is_not_understood(command: list[str]) -> None:
    with pytest.raises((SystemExit, KeyError)):
        understood(command)


@pytest.mark.parametrize("taught", [False, True])
def test_every_stage_runs_once_and_makes_its_weights(taught: bool, project: Path) -> None:
    pseudo_labels = {"SOUNDS": "sounds"} if taught else {}
    given = "photos", "clips", "work"
    done = run(project, *given, VALIDATION="one,two", **pseudo_labels)
    assert done.returncode == 0, done.stderr
    weights = {path.stem for path in (project / "checkpoints" / "default").glob("*.safetensors")}
    assert weights == DEFAULTS
    commands = noted(project)
    assert any("prepare_pseudo_labels" in part for command in commands for part in command) == taught
    for command in commands:
        understood(command)
    assert run(project, *given, VALIDATION="one,two", **pseudo_labels).returncode == 0
    assert noted(project) == commands  # all stages are done


@pytest.mark.parametrize(
    ("given", "says"),
    [((), "give PHOTOS CLIPS WORK"), (("photos", "nowhere", "work"), "no folder nowhere")],
)
def test_wrong_folders_are_one_line(given: tuple[str, ...], says: str, project: Path) -> None:
    done = run(project, *given)
    assert done.returncode == 2 and says in done.stderr and len(done.stderr.splitlines()) == 1
