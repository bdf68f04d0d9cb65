"""The installed package: nothing of the clone is missing, and it works where there is no clone."""

import configparser
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import main_end2end
from module1_audio2lmk.foundation.checkpoints import KNOWN

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = "module1_audio2lmk", "module2_drawing"


def run(*arguments: str, folder: Path, path: Path | None = None) -> str:
    """Output of Python in a folder; `path` is all that it imports from besides its environment."""
    environment = os.environ | {"PYTHONPATH": str(path or "")}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a wheel holds: build/lib is its files, *.egg-info its metadata."""
    folder = tmp_path_factory.mktemp("package")
    run("setup.py", "-q", "build", "-b", f"{folder}/build", "egg_info", "-e", str(folder), folder=ROOT)
    return folder


def test_every_file_of_the_packages_is_there(built: Path) -> None:
    left_out = {".md", ".pyc"}  # and data sets that a user keeps below a package, as published
    wanted = {
        path.relative_to(ROOT)
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file()
        and path.suffix not in left_out
        and (path.suffix == ".py" or (path.parent / "__init__.py").is_file())
    }
    found = {path.relative_to(built / "build/lib") for path in (built / "build/lib").rglob("*.*")}
    assert {"py.typed", "standard_face.txt"} <= {path.name for path in wanted}
    assert not wanted - found


def test_every_default_weight_file_is_there_with_its_card(built: Path) -> None:
    default = ROOT / "checkpoints" / "default"
    weights = {path.name for path in default.glob("*.safetensors")}
    assert weights
    shipped = built / "build/lib/module1_audio2lmk/foundation/checkpoints/shipped/default"
    for name in {*weights, *(f"{Path(name).stem}.md" for name in weights)}:
        assert (shipped / name).read_bytes() == (default / name).read_bytes()


def test_the_image_is_built_of_every_weight_file_that_is_shipped() -> None:
    """A folder that .dockerignore leaves out is missed by nothing before the first drawing in a container."""
    admitted = (ROOT / "scripts/Dockerfile.dockerignore").read_text().split()
    held = {
        path.parent for path in (ROOT / "checkpoints").rglob("*") if path.suffix in (".onnx", ".safetensors")
    }
    shipped = {folder for folder in held if f"{folder.name}/*" in (ROOT / "pyproject.toml").read_text()}
    assert {f"!checkpoints/{folder.name}" for folder in shipped} <= set(admitted) and len(shipped) > 2


def test_the_installed_package_finds_its_weights(built: Path, tmp_path: Path) -> None:
    """From another folder, without a clone in sight."""
    program = (
        "from module1_audio2lmk.foundation.checkpoints import KNOWN, find\n"
        "print(*(found.path for key in KNOWN if (found := find(key))), sep='\\n')"
    )
    paths = run("-c", program, folder=tmp_path, path=built / "build/lib").split()
    there = {path.name for path in (ROOT / "checkpoints/default").glob("*.safetensors")}
    named = {Path(known.default).name for known in KNOWN.values() if known.default}
    assert {Path(path).name for path in paths} == named & there
    assert all(Path(path).is_relative_to(built) for path in paths)


def test_the_console_command_is_that_of_the_program(built: Path, tmp_path: Path) -> None:
    (info,) = built.glob("*.egg-info")
    scripts = configparser.ConfigParser()
    scripts.read(info / "entry_points.txt")
    module, _, function = scripts["console_scripts"]["animate-portrait"].partition(":")
    call = f"import sys; sys.argv[1:] = ['--help']; from {module} import {function}; {function}()"
    assert "--from_landmarks" in run("-c", call, folder=tmp_path, path=built / "build/lib")


def test_every_subcommand_is_installed(built: Path, tmp_path: Path) -> None:
    """All in one process: each module is found in the installed package, and answers --help."""
    call = (
        "import main_end2end\n"
        "for name in main_end2end.SUBCOMMANDS:\n"
        "    try: main_end2end.main([name, '--help'])\n"
        "    except SystemExit as end: assert not end.code\n"
        "    print('module', main_end2end.subcommand(name).__module__)"
    )
    printed = run("-c", call, folder=tmp_path, path=built / "build/lib")
    assert printed.count("module animate_portrait.") == len(main_end2end.SUBCOMMANDS)
    assert printed.count("usage:") == len(main_end2end.SUBCOMMANDS)


def test_requirements_are_those_of_the_one_file(built: Path) -> None:
    """What a user needs is required, what only tests and the training display need is not."""
    (info,) = built.glob("*.egg-info")
    required, *extras = (info / "requires.txt").read_text().split("\n[")
    names = {re.split("[<=>]", line)[0] for line in required.split()}
    assert "onnxruntime" in names and not {"onnx", "torch", "mediapipe"} & names
    assert any(extra.startswith("train]") and "torch==" in extra for extra in extras)
    assert "pytest" not in required and "visdom" not in required
    extras_named = re.findall(r"^# extra (\w+)$", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert sorted(extra.partition("]")[0] for extra in extras) == sorted(extras_named)
    named = (info / "requires.txt").read_text().split("\n")
    wanted = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if line[:1].isalpha()]
    assert len([line for line in named if line[:1].isalpha()]) == len(wanted)
