"""The environment of the two commands: reused without work, made when it is not there, or one clear line."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = f'set -euo pipefail; source "{ROOT}/scripts/env.sh"; echo "$PYTHON"'


def run(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Source env.sh in a folder; pip has no index, so that an installation would fail."""
    environment = os.environ | {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder)} | variables
    return subprocess.run(
        ["bash", "-c", SOURCE], cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    """An environment with the stamp of these requirements; its Python is the one that runs the tests."""
    path = tmp_path / "environment"
    (path / "bin").mkdir(parents=True)
    (path / "bin" / "python").symlink_to(sys.executable)
    stamp = hashlib.sha256((ROOT / "requirements.txt").read_bytes()).hexdigest()
    (path / "requirements.sha256").write_text(stamp + "\n")
    return path


def test_a_complete_environment_is_reused(venv: Path) -> None:
    for name in (str(venv), venv.name):
        done = run(venv.parent, VENV=name)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.strip() == str(venv / "bin" / "python")


def test_other_requirements_are_installed(venv: Path) -> None:
    """pip is called with the constraint for visdom's build, and the stamp follows."""
    stamp = (venv / "requirements.sha256").read_text()
    (venv / "requirements.sha256").write_text("of other requirements")
    program = venv / "bin" / "python"
    program.unlink()
    program.write_text(
        "#!/bin/sh\n"
        f'[ "$2" = pip ] && cat "$PIP_CONSTRAINT" "$PIP_BUILD_CONSTRAINT" >>{venv}/log 2>/dev/null\n'
        f'[ "$2" = pip ] && echo "$@" >>{venv}/log && exit 0\n'
        'case "$2" in *onnxruntime*) exit 0 ;; esac\n'
        f'exec {sys.executable} "$@"\n'
    )
    program.chmod(0o755)
    done = run(venv.parent, VENV=str(venv))
    assert done.returncode == 0
    log = (venv / "log").read_text()
    assert log.count("setuptools<81") == 2
    assert f"--requirement {ROOT}/requirements.txt" in log
    assert (venv / "requirements.sha256").read_text() == stamp


def test_without_a_python_that_fits(tmp_path: Path) -> None:
    done = run(tmp_path, VENV=str(tmp_path / "new"), BASE_PYTHON="no_such_python /bin/false")
    assert done.returncode == 2
    assert done.stderr.startswith("error: no Python 3.10, 3.11 or 3.12 found")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "new").exists()


def test_a_python_that_cannot_make_environments(tmp_path: Path) -> None:
    """As Debian's without python3-venv."""
    program = tmp_path / "bare_python"
    program.write_text(f'#!/bin/sh\n[ "$2" = venv ] && mkdir -p "$3" && exit 1\nexec {sys.executable} "$@"\n')
    program.chmod(0o755)
    done = run(tmp_path, VENV=str(tmp_path / "new"), BASE_PYTHON=str(program))
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith("on Debian or Ubuntu: apt-get install python3-venv")
    assert not (tmp_path / "new").exists()
