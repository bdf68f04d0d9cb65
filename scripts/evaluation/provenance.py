"""Provenance of a result: command, versions, source, machine, weights."""

import importlib.metadata
import os
import platform
import shlex
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

from module1_audio2lmk.foundation.engine.run_folder import git
from module1_audio2lmk.foundation.files import digest_of

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("torch", "numpy", "opencv-python", "onnxruntime", "scikit-image", "scipy", "av")


def provenance() -> dict[str, Any]:
    """What goes into every result file."""
    return {
        "command": shlex.join(["python", *sys.argv]),
        "time": time.strftime("%Y-%m-%d %H:%M:%S %Z"),
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in PACKAGES},
        "source": source_state(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
    }


def source_state() -> dict[str, Any]:
    """The commit, and whether files differ from it; empty outside a repository."""
    try:
        commit = git("rev-parse", "HEAD").strip()
        changed = git("status", "--short", "--untracked-files=no").splitlines()
    except (OSError, subprocess.SubprocessError):
        return {}
    return {"commit": commit, "changed": [line.strip() for line in changed]}


def describe_file(path: Path) -> dict[str, Any]:
    """Name, size and SHA-256 of a file."""
    return {"file": _shown(path), "bytes": path.stat().st_size, "sha256": digest(path)}


def digest(path: Path) -> str:
    """SHA-256 of a file; the same file is read once."""
    status = path.stat()
    return _digest(str(path), status.st_size, status.st_mtime_ns)


@cache
def _digest(path: str, size: int, changed: int) -> str:
    return digest_of(Path(path))


def _shown(path: Path) -> str:
    """Relative to the project where it lies inside."""
    resolved = path.resolve()
    return str(resolved.relative_to(ROOT)) if resolved.is_relative_to(ROOT) else str(path)


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
