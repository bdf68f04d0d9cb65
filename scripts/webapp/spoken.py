"""Spoken text: a line of text → a WAV file, by espeak-ng or piper where they are installed."""

import os
import shutil
import subprocess
from pathlib import Path

from module1_audio2lmk.foundation.errors import InputError

#: What a person chooses → the voice of espeak-ng.
LANGUAGES = {
    "English": "en-gb",
    "Deutsch": "de",
    "Español": "es",
    "Français": "fr-fr",
    "Italiano": "it",
    "Português": "pt",
    "中文": "cmn",
}
_SECONDS = 60  # that a program may take


def program() -> str | None:
    """piper where it is installed and PIPER_VOICE names a voice (.onnx), else espeak-ng; None: neither."""
    if shutil.which("piper") and Path(os.environ.get("PIPER_VOICE", "")).is_file():
        return "piper"
    return "espeak-ng" if shutil.which("espeak-ng") else None


def speak(text: str, language: str, path: Path) -> None:
    """Write the spoken text. It goes in by the program's input: no part of it is an option or a name.

    Raises InputError where no program is installed, or it fails.
    """
    name = program()
    if name is None:
        raise InputError("text cannot be spoken here; install espeak-ng or piper, or give a recording")
    command = {
        "piper": ["piper", "--model", os.environ.get("PIPER_VOICE", ""), "--output_file", str(path)],
        "espeak-ng": ["espeak-ng", "-v", LANGUAGES.get(language, "en-gb"), "-s", "150", "-w", str(path)],
    }[name]
    try:
        done = subprocess.run(
            command, input=text.encode(), capture_output=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        raise InputError(f"{name} did not answer; give a recording") from None
    if done.returncode or not path.is_file():
        raise InputError(f"{name} could not speak this text; give a recording")
