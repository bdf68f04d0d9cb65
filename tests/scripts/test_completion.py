import shutil
import subprocess

import pytest

from scripts.completion import script


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes_options_styles_and_commands() -> None:
    """The script is asked as the shell asks it."""

    def completed(*words: str) -> set[str]:
        line = " ".join(f"'{word}'" for word in words)
        name = script("bash").split("\ncomplete ")[1].split()[-2]
        ask = (
            f"COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; {name}; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        )
        done = subprocess.run(
            ["bash", "-c", f"compopt() {{ :; }}\n{script('bash')}\n{ask}"],
            capture_output=True,
            text=True,
            timeout=120,
        )
        return set(done.stdout.split())

    assert "--save_landmarks" in completed("animate-portrait", "--save")
    assert completed("animate-portrait", "--style", "oi") == {"oil"}
    assert "batch" in completed("animate-portrait", "bat")
