"""Backends: what they return is what the network itself returns, and shipped graphs are those of today."""

import inspect

import numpy as np
import pytest

from module1_audio2lmk.foundation import backends
from module1_audio2lmk.foundation.backends import graphs
from module1_audio2lmk.foundation.checkpoints import KNOWN, SHIPPED, build, describe, save_network
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.networks.pose_generator import PoseGenerator

POSE = SHIPPED / "default" / "pose_generator.safetensors"
GRAPHIC = [name for name in ("onnxruntime", "openvino") if backends.installed(name)]


def shipped():
    files = (known.default for known in KNOWN.values() if known.default)
    return [path for file in files if (path := SHIPPED / file).is_file()]


def arguments(network, entry, random):
    """Other arguments than the examples: of another number, and not zero."""
    examples, free = network.entries()[entry]
    for name, example in zip(inspect.signature(getattr(network, entry)).parameters, examples, strict=True):
        shape = list(example.shape)
        if name in free:
            shape[free[name]] *= 3
        numbers = np.abs(random.standard_normal(shape)).astype(np.float32)
        yield numbers if example.is_floating_point() else np.full(shape, 5)


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.stem)
def test_backends_return_what_the_network_returns(path):
    """Where this fails after a change of a network: python scripts/export_onnx.py."""
    network = build(path)
    if not hasattr(network, "entries"):
        assert not list(graphs.FOLDER.glob(f"{type(network).__name__}-*"))
        return
    name = type(network).__name__
    eager = backends.load(path, name, "torch")
    for backend in GRAPHIC:
        runtime = backends.load(path, name, backend)
        assert runtime.numbers == eager.numbers
        for entry in network.entries():
            given = list(arguments(network, entry, np.random.default_rng(0)))
            for found, wanted in zip(runtime(entry, *given), eager(entry, *given), strict=True):
                assert found.shape == wanted.shape
                assert np.abs(found - wanted).mean() <= 1 / 255 * 0.1 * max(1, np.abs(wanted).mean())
                assert np.abs(found - wanted).max() <= 2e-3 * max(1, np.abs(wanted).max())


def test_graphs_hold_no_weights_and_are_few():
    names = {path.name for path in graphs.FOLDER.glob("*.onnx")}
    wanted = set()
    for path in shipped():
        if hasattr(network := build(path), "entries"):
            name, arguments = describe(path)
            wanted |= {graphs.file_name(name, arguments, entry) for entry in network.entries()}
    assert names == wanted
    assert sum((graphs.FOLDER / name).stat().st_size for name in names) < 1 << 20


def test_auto_takes_torch_for_an_architecture_without_graphs(tmp_path):
    path = tmp_path / "pose.safetensors"
    save_network(path, PoseGenerator(hidden=4), {"hidden": 4})
    assert backends.load(path, "PoseGenerator").backend == "torch"
    assert backends.load(POSE, "PoseGenerator").backend == "onnxruntime"


def test_what_cannot_run_is_told(tmp_path):
    with pytest.raises(InputError, match="unknown --backend 'tensorflow'"):
        backends.chosen("tensorflow")
    with pytest.raises(InputError, match="holds a PoseGenerator, not a SpeechEncoder"):
        backends.load(POSE, "SpeechEncoder")
    path = tmp_path / "pose.safetensors"
    network = build(POSE)
    network.scale[0] = float("nan")
    save_network(path, network, describe(POSE)[1])
    with pytest.raises(InputError, match="scale is not finite"):
        backends.load(path, "PoseGenerator", "onnxruntime")
    save_network(path, PoseGenerator(hidden=4), describe(POSE)[1])
    with pytest.raises(InputError, match=r"does not fit PoseGenerator: \S+ is of shape"):
        backends.load(path, "PoseGenerator", "onnxruntime")
