"""What pyproject.toml cannot say: the packages, and the requirements by extra. All else stands there."""

from pathlib import Path

from setuptools import find_packages, setup

#: The folder checkpoints/ of a clone, where it lies once installed (see foundation/checkpoints/known.py).
WEIGHTS = "module1_audio2lmk.foundation.checkpoints.shipped"


def requirements() -> dict[str, list[str]]:
    """requirements.txt by extra: lines below a comment `# extra NAME` belong to it, those before to ""."""
    extras: dict[str, list[str]] = {"": []}
    extra = ""
    for line in (Path(__file__).parent / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("# extra "):
            extra = line.split()[2]
        elif line and not line.startswith("#"):
            extras.setdefault(extra, []).append(line)
    return extras


extras = requirements()
setup(
    packages=[*find_packages(include=["module1_audio2lmk*", "module2_drawing*"]), WEIGHTS],
    package_dir={WEIGHTS: "checkpoints"},
    install_requires=extras.pop(""),
    extras_require=extras,
)
