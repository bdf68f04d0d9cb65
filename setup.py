"""Package metadata; the pinned versions live in requirements.txt alone."""

from pathlib import Path

from setuptools import find_packages, setup

DEVELOPMENT = ("pytest", "ruff")
# Only the training display uses it, and its build needs an old setuptools (see scripts/env.sh).
DISPLAY = ("visdom",)


def requirements() -> list[str]:
    """Lines of requirements.txt without comments."""
    lines = (Path(__file__).parent / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


setup(
    name="talking-portrait-drawing",
    version="0.1.0",
    description="A photo and a voice in, a talking portrait drawing out",
    python_requires=">=3.10,<3.13",
    packages=find_packages(include=["module1_audio2lmk*", "module2_drawing*"]),
    py_modules=["main_end2end"],
    install_requires=[line for line in requirements() if not line.startswith(DEVELOPMENT + DISPLAY)],
    extras_require={
        "dev": [line for line in requirements() if line.startswith(DEVELOPMENT)],
        "display": [line for line in requirements() if line.startswith(DISPLAY)],
    },
)
