"""Remake the photo and the voice in data/examples: the astronaut portrait and a spoken text.

Needs the program flite (Debian: apt-get install flite). Run it from anywhere: python scripts/make_examples.py
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import skimage.data

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from module1_audio2lmk.foundation.errors import InputError, run_cli, say  # noqa: E402
from module1_audio2lmk.foundation.files import atomic_path  # noqa: E402
from module1_audio2lmk.foundation.media import write_image  # noqa: E402

EXAMPLES = ROOT / "data" / "examples"
VOICE = "slt"
TEXT = (
    "A portrait begins with a single line. The pencil follows the brow, the nose, and the lips, "
    "and before long the drawing looks back at you. This one can speak for itself."
)


def main() -> None:
    """Write astronaut.jpg and speech.wav."""
    write_image(EXAMPLES / "astronaut.jpg", skimage.data.astronaut())
    speak(EXAMPLES / "speech.wav")
    say(f"output: {EXAMPLES}")


def speak(path: Path) -> None:
    """TEXT → 16 kHz mono WAV. Raises InputError where flite is not installed or fails."""
    if shutil.which("flite") is None:
        raise InputError("the program flite is not installed; on Debian or Ubuntu: apt-get install flite")
    with atomic_path(path) as temporary:
        done = subprocess.run(["flite", "-voice", VOICE, "-t", TEXT, "-o", str(temporary)], check=False)
        if done.returncode:
            raise InputError(f"flite failed with status {done.returncode}; does it have the voice {VOICE}?")


if __name__ == "__main__":
    run_cli(main)
