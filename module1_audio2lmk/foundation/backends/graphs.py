"""Graphs as a backend: ONNX models of a network's architecture, run with the weights of a file.

Their initializers are external data of the tensors' own names; what else is to be known of them stands in
a JSON file beside each. They lie in `graphs` beside the shipped weights (`scripts/export_onnx.py` writes
them). Those of another architecture are exported where torch is installed, and kept in the user's cache.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..checkpoints import SHIPPED, Found, describe, read_weights
from ..errors import InputError
from ..files import atomic_path
from . import installed

if TYPE_CHECKING:
    from torch import nn

#: Part of every graph's name: counts changes of a network that its arguments do not tell.
EXPORT = 3
FOLDER = SHIPPED / "graphs"
#: MediaPipe's networks, graph and weights in one file; `checkpoints/mediapipe/README.md` says how made.
OTHERS = SHIPPED / "mediapipe"

Run = Callable[[Mapping[str, np.ndarray]], list[np.ndarray]]


class NoGraph(Exception):
    """There is no graph of this architecture, and none can be made here."""


class GraphRuntime:
    """`Runtime` of a weight file by "onnxruntime" or "openvino"; export: make graphs that are not there.

    Raises InputError where the file is damaged or its tensors do not fit, NoGraph where there is no graph.
    """

    def __init__(self, file: Found | str | os.PathLike[str], backend: str, export: bool = False) -> None:
        self.backend = backend
        self._file = file
        self._name, self._arguments = describe(file)
        self._path = file.path if isinstance(file, Found) else Path(file)
        self._weights = read_weights(self._path)
        self._makers: dict[str, Callable[[], Run]] = {}
        self._arguments_of: dict[str, dict[str, list[int]]] = {}
        self._running: dict[str, Run] = {}  # of the entries that were called: what is not takes no memory
        self.numbers: dict[str, int] = {}
        for entry in entries_of(self._name, self._arguments) or self._exported(export):
            self._add(entry)

    def __call__(self, entry: str, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
        if entry not in self._running:
            self._running[entry] = self._makers[entry]()
        return tuple(self._running[entry](dict(zip(self._arguments_of[entry], arrays, strict=True))))

    def zeros(self, entry: str, argument: str) -> np.ndarray:
        return np.zeros(self._arguments_of[entry][argument], np.float32)

    def tensor(self, name: str) -> np.ndarray:
        return self._weights[name]

    def _add(self, entry: str) -> None:
        file = graph_file(self._name, self._arguments, entry)
        about = about_graph(file)
        self.numbers = about["numbers"]
        weights = {name: self._fitting(name, shape) for name, shape in about["weights"].items()}
        self._makers[entry] = partial(_RUNNERS[self.backend], file, weights)
        self._arguments_of[entry] = about["arguments"]

    def _fitting(self, name: str, shape: list[int]) -> np.ndarray:
        array = self._weights.get(name)
        if array is None or list(array.shape) != shape:
            found = "missing" if array is None else f"of shape {array.shape}, not {tuple(shape)}"
            raise InputError(f"{self._path} does not fit {self._name}: {name} is {found}; use another file")
        if not np.isfinite(array).all():
            raise InputError(
                f"{self._path} does not fit {self._name}: {name} is not finite; use another file"
            )
        return array

    def _exported(self, export: bool) -> list[str]:
        """Make the graphs of this architecture, in the user's cache: the names of the entries."""
        if not (export and installed("torch")):
            raise NoGraph(f"{self._path} has an architecture that no graph was shipped of")
        from ..checkpoints import build

        network: Any = build(self._file)
        write_graphs(network, self._arguments, cache_folder())
        return list(network.entries())


def about_graph(file: Path) -> dict[str, Any]:
    """What `export` notes beside a graph: weights, numbers and arguments."""
    found: dict[str, Any] = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    return found


def description(path: Path, left_out: tuple[str, ...] = ()) -> dict[str, Any]:
    """What a page needs to run an own weight file: its name, NUMBERS, and for each entry the graph's name and
    the shapes of its arguments and weights. left_out: entries that it does not call."""
    name, arguments = describe(path)
    found: dict[str, Any] = {"weights": path.name, "entries": {}}
    for entry in (one for one in entries_of(name, arguments) if one not in left_out):
        file = graph_file(name, arguments, entry)
        about = about_graph(file)
        found["numbers"] = about.pop("numbers")
        found["entries"][entry] = {"file": file.name, **about}
    return found


def write_graphs(network: nn.Module, arguments: Mapping[str, Any], folder: Path) -> list[Path]:
    """Export all entries of a network to a folder; the files."""
    from .export import graph_of

    paths = [folder / file_name(type(network).__name__, arguments, entry) for entry in network.entries()]
    for path, entry in zip(paths, network.entries(), strict=True):
        graph, about = graph_of(network, entry)
        for written, content in ((path.with_suffix(".json"), json.dumps(about).encode()), (path, graph)):
            with atomic_path(written) as temporary:
                temporary.write_bytes(content)
    return paths


def file_name(network: str, arguments: Mapping[str, Any], entry: str) -> str:
    """The name of a graph's file, which tells the architecture."""
    text = json.dumps([EXPORT, network, dict(arguments)], sort_keys=True)
    return f"{network}-{hashlib.sha256(text.encode()).hexdigest()[:12]}-{entry}.onnx"


def graph_file(network: str, arguments: Mapping[str, Any], entry: str) -> Path:
    """The shipped graph, or that in the user's cache."""
    name = file_name(network, arguments, entry)
    return FOLDER / name if (FOLDER / name).is_file() else cache_folder() / name


def entries_of(network: str, arguments: Mapping[str, Any]) -> list[str]:
    """The entries of an architecture that there are graphs of."""
    start = file_name(network, arguments, "")[: -len(".onnx")]
    folders = FOLDER, cache_folder()
    return sorted({path.stem[len(start) :] for folder in folders for path in folder.glob(f"{start}*.onnx")})


def cache_folder() -> Path:
    """The folder of this program in the user's cache."""
    if os.name == "nt":
        root = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        root = "~/Library/Caches"
    else:
        root = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(os.path.expanduser(root)) / "talking-portrait-drawing"


def _onnxruntime(file: Path, weights: Mapping[str, np.ndarray]) -> Run:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # One thread: these networks are small, and on a busy machine waiting for a second one takes far longer.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(array) for array in weights.values()]
    options.add_external_initializers(list(weights), values)
    session = onnxruntime.InferenceSession(file.read_bytes(), options, providers=["CPUExecutionProvider"])
    return lambda arrays: session.run(None, arrays)


@lru_cache(maxsize=1)
def _openvino_core() -> Any:
    import openvino

    return openvino.Core()


def _openvino(file: Path, weights: Mapping[str, np.ndarray]) -> Run:
    core = _openvino_core()
    settings = {
        # Where the processor has bfloat16, OpenVINO takes it without a word, with errors up to 0.03.
        "INFERENCE_PRECISION_HINT": "f32",
        "INFERENCE_NUM_THREADS": 1,
        "NUM_STREAMS": 1,
        "PERFORMANCE_HINT": "LATENCY",
    }
    with tempfile.TemporaryDirectory() as folder:  # it reads external data from files alone
        for name, array in weights.items():
            array.tofile(Path(folder, name))
        graph = Path(folder, file.name)
        graph.write_bytes(file.read_bytes())
        request = core.compile_model(core.read_model(graph), "CPU", settings).create_infer_request()

    def run(arrays: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        found = request.infer(dict(arrays), share_inputs=True)
        return [np.array(found[index]) for index in range(len(found))]

    return run


@lru_cache
def shipped(name: str) -> Run:
    """A network of `OTHERS` by ONNX Runtime; its argument is called picture."""
    return _onnxruntime(OTHERS / f"{name}.onnx", {})


_RUNNERS = {"onnxruntime": _onnxruntime, "openvino": _openvino}
