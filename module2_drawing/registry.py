"""Classes found by name: `--model portrait` is the subclass of its base in `training/portrait_model.py`."""

from importlib import import_module
from pathlib import Path
from typing import Any

from module1_audio2lmk.foundation.errors import InputError


def find_class(package: str, name: str, suffix: str, base: type, option: str) -> Any:
    """The subclass of `base` that `package.NAME_SUFFIX` defines.

    Raises InputError that lists the names there are, where there is no such file.
    """
    folder = Path(__file__).parent / package.rpartition(".")[2]
    known = sorted(path.stem.removesuffix(f"_{suffix}") for path in folder.glob(f"*_{suffix}.py"))
    known = [one for one in known if one != "base"]
    if name not in known:
        raise InputError(f"unknown {option} {name}; there are {', '.join(known)}")
    module = import_module(f"{package}.{name}_{suffix}")
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, base) and value.__module__ == module.__name__:
            return value
    raise TypeError(f"{module.__name__} defines no subclass of {base.__name__}")
