"""Setup: packages, and requirements by extra, which pyproject.toml cannot say."""

import ast
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

#: The folder checkpoints/ of a clone, where it lies once installed (see foundation/checkpoints/known.py).
WEIGHTS = "module1_audio2lmk.foundation.checkpoints.shipped"

#: The folder scripts/, of which the sub-commands of animate-portrait are installed, under another name.
COMMANDS = "animate_portrait"


def subcommands() -> set[str]:
    """The modules that main_end2end.py names."""
    tree = ast.parse((Path(__file__).parent / "main_end2end.py").read_text(encoding="utf-8"))
    named = (node.value for node in tree.body if isinstance(node, ast.Assign))
    table = next(value for value in named if isinstance(value, ast.Dict))
    return {module for module, _ in ast.literal_eval(table).values()}


class Build(build_py):
    """Of scripts/ itself only what is installed; the packages below it are named one by one."""

    def find_package_modules(self, package: str, package_dir: str) -> list[tuple[str, str, str]]:
        modules = super().find_package_modules(package, package_dir)
        return [module for module in modules if package != COMMANDS or module[1] in subcommands()]


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
below = [*find_packages(f"{Path(__file__).parent}/scripts", exclude=["evaluation*"]), "examples"]
commands = [COMMANDS, *(f"{COMMANDS}.{name}" for name in below)]
setup(
    cmdclass={"build_py": Build},
    packages=[*find_packages(include=["module1_audio2lmk*", "module2_drawing*"]), WEIGHTS, *commands],
    package_dir={WEIGHTS: "checkpoints", COMMANDS: "scripts", f"{COMMANDS}.examples": "data/examples"},
    install_requires=extras.pop(""),
    extras_require=extras,
)
