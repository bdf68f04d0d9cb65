"""Weight files: which are there, and whether they fit.

python scripts/checkpoints.py status [--checkpoints_dir DIR]   each known file, and what is used instead
python scripts/checkpoints.py verify DIR                       each file against its network, every tensor
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from module1_audio2lmk.foundation import checkpoints  # noqa: E402
from module1_audio2lmk.foundation.errors import InputError, run_cli  # noqa: E402

STYLES = tuple(key.removeprefix("generator_") for key in checkpoints.KNOWN if key.startswith("generator_"))


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 1 where a file fails, else 0."""
    parser = argparse.ArgumentParser(description="Which weight files are there, and do they fit?")
    commands = parser.add_subparsers(dest="command", required=True)
    status_parser = commands.add_parser(
        "status", help="each known file: present, loadable, what is used instead"
    )
    status_parser.add_argument("--checkpoints_dir", default="checkpoints", help="default: checkpoints")
    verify_parser = commands.add_parser("verify", help="load each file of a folder into its network")
    verify_parser.add_argument("folder", type=Path, metavar="DIR")
    options = parser.parse_args(arguments)
    return status(options.checkpoints_dir) if options.command == "status" else verify(options.folder)


def status(checkpoints_dir: str) -> int:
    """One line for each known file; 1 where one that would be used cannot be loaded."""
    failed = False
    for key, known in checkpoints.KNOWN.items():
        found = checkpoints.find(key, checkpoints_dir)
        if found is None:
            print(f"{known.published}: not present; instead: {known.instead or 'nothing'}")
        else:
            faults = faults_of_file(found)
            failed |= bool(faults)
            presence = "present" if found.origin == "published" else f"not present; instead: {found.path}"
            print(f"{known.published}: {presence}, {'NOT LOADABLE: ' + faults[0] if faults else 'loadable'}")
    return int(failed)


def verify(folder: Path) -> int:
    """Load every known file of a folder, name each tensor that does not fit; 1 where a file fails."""
    if not folder.is_dir():
        raise InputError(f"no folder {folder}; name one with checkpoints")
    failed = checked = 0
    for found in files_of(folder):
        name = found.path.relative_to(folder)
        checked += 1
        faults = faults_of_file(found)
        failed += bool(faults)
        print(f"{name}: {'FAILED' if faults else 'ok'}")
        for fault in faults:
            print(f"    {fault}")
    if not checked:
        raise InputError(f"{folder} holds no file of a known name; checkpoints/README.md lists them")
    print(f"{checked} files, {failed} failed")
    return int(failed > 0)


def files_of(folder: Path) -> Iterator[checkpoints.Found]:
    """Every known file below a folder, and the generators of other experiments and epochs."""
    seen = set()
    for key, known in checkpoints.KNOWN.items():
        for path in (found.path for found in places_of(key, known, folder) if found.path not in seen):
            seen.add(path)
            yield checkpoints.Found(path, "user", known)
    for path in sorted(folder.rglob("*_net_G_A.pth")):
        if path not in seen:
            style = next((style for style in STYLES if style in str(path.relative_to(folder))), "drawing")
            yield checkpoints.Found(path, "user", checkpoints.KNOWN[f"generator_{style}"])


def places_of(key: str, known: checkpoints.KnownFile, folder: Path) -> Iterator[checkpoints.Found]:
    """The published file of a key below a folder, and the own default there."""
    found = checkpoints.find(key, folder)
    if found is not None and found.origin == "published":
        yield found
    if (path := folder / known.default).is_file():
        yield checkpoints.Found(path, "default", known)


def faults_of_file(found: checkpoints.Found) -> list[str]:
    """Why a file cannot be used: [] where each of its tensors fits."""
    try:
        state = checkpoints.load_state(found.path, found.known.inside)
        network = checkpoints.skeleton(found, state)
    except InputError as error:
        return [str(error)]
    return checkpoints.faults_of(network, checkpoints.used_by(network, state, found.known.ignore))


if __name__ == "__main__":
    run_cli(main)
