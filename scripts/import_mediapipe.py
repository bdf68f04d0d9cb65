#!/usr/bin/env python3
"""Face networks of MediaPipe (Apache-2.0) → ONNX graphs with their weights, one file each.

    python -m venv ENV && ENV/bin/pip install tf2onnx==1.17.0 tensorflow-cpu==2.21.0 onnx==1.17.0
    ENV/bin/python scripts/import_mediapipe.py mediapipe-0.10.21-*.whl checkpoints/mediapipe

The wheel holds them in the format of TensorFlow Lite, with weights in half precision: so they are stored, and
computed in single precision, as MediaPipe does. Its own operations become ONNX functions, sparse weights
dense ones. The edges of the face mesh are written beside them.
"""

import argparse
import ast
import os
import re
import sys
import tempfile
import zipfile
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper, parser

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from module1_audio2lmk.foundation.errors import InputError, run_cli, say
from module1_audio2lmk.foundation.files import atomic_path, input_file

FACES, MESHES = "mediapipe/modules/face_detection/", "mediapipe/modules/face_landmark/"
#: Name here → file in the wheel.
NETWORKS = {
    "face_detector_short": FACES + "face_detection_short_range.tflite",
    "face_detector_full": FACES + "face_detection_full_range_sparse.tflite",
    "face_mesh": MESHES + "face_landmark.tflite",
    "face_mesh_attention": MESHES + "face_landmark_with_attention.tflite",
    "selfie_segmentation": "mediapipe/modules/selfie_segmentation/selfie_segmentation.tflite",
}
EDGES = "mediapipe/python/solutions/face_mesh_connections.py"
OPSET, DOMAIN = 16, "mediapipe"
_HALVES_FROM = 16  # values from which a tensor is stored in half precision

#: Parts of the mesh with attention: the first corner of each, and its output.
_PARTS = {61: "output_lips", 33: "output_left_eye", 362: "output_right_eye"}
#: The functions that MediaPipe's operations become, by their names.
OPERATIONS = Path(__file__).parent / "mediapipe_operations.txt"


def operation(kind: str, name: str, **values: object) -> onnx.FunctionProto:
    """A function of `OPERATIONS` under another name. Raises InputError where there is none of this kind."""
    found = re.search(rf"^{kind} .*?^}}", OPERATIONS.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    if found is None:
        raise InputError(f"the operation {kind} is unknown; give the wheel of mediapipe 0.10.21")
    body = Template(found[0].replace(kind, name, 1)).substitute(values)
    return parser.parse_function(f'<domain: "{DOMAIN}", opset_import: ["" : {OPSET}]> {body}')


def function_of(node: onnx.NodeProto, name: str) -> onnx.FunctionProto:
    """What an operation of MediaPipe computes."""
    given: dict[str, Any] = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    width, height = given.get("output_width", 0), given.get("output_height", 0)
    values: dict[str, object] = {"width": width, "height": height}
    if node.op_type == "TFL_Landmarks2TransformMatrix":
        values |= {
            "left": given["left_rotation_idx"],
            "right": given["right_rotation_idx"],
            "count": len(given["subset_idxs"]),
            "subset": _listed(given["subset_idxs"]),
            "scale_x": given["scale_x"] / width,
            "scale_y": given["scale_y"] / height,
            "half_width": width / 2,
            "half_height": height / 2,
        }
    elif node.op_type == "TFL_TransformTensorBilinear":
        places = [value + 0.5 for y in range(height) for x in range(width) for value in (x, y)]
        values |= {"count": width * height, "centres": _listed(places)}
    return operation(node.op_type.removeprefix("TFL_"), name, **values)


def _listed(values: list[Any]) -> str:
    return ", ".join(str(value) for value in values)


def with_functions(model: onnx.ModelProto) -> None:
    """Give the operations of MediaPipe in a model their bodies."""
    own = [node for node in model.graph.node if node.op_type.startswith("TFL_")]
    for number, node in enumerate(own):
        name = f"{node.op_type.removeprefix('TFL_')}{number}"
        model.functions.append(function_of(node, name))
        node.op_type, node.domain = name, DOMAIN
        del node.attribute[:]


def refine(model: onnx.ModelProto) -> None:
    """The mesh with attention: its parts put in their places, without the irises."""
    places: list[int] = []
    subsets: dict[int, list[int]] = {}
    for node in model.graph.node:
        given = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        if "subset_idxs" in given:
            subsets[given["left_rotation_idx"]] = given["subset_idxs"]
    for first in _PARTS:
        places += [value for index in subsets[first] for value in (index, index)]
    kind, parts = "Refined", ["output_mesh_identity", *_PARTS.values()]
    model.functions.append(operation(kind, kind, count=len(places) // 2, places=_listed(places)))
    model.graph.node.append(helper.make_node(kind, parts, ["mesh"], domain=DOMAIN))
    presence = next(output for output in model.graph.output if output.name == "conv_faceflag")
    mesh = helper.make_tensor_value_info("mesh", onnx.TensorProto.FLOAT, [1, 468, 3])
    del model.graph.output[:]
    model.graph.output.extend([mesh, presence])
    _prune(model.graph)


def _prune(graph: onnx.GraphProto) -> None:
    """Drop what no output needs; nodes are in order."""
    needed = {output.name for output in graph.output}
    kept = []
    for node in reversed(graph.node):
        if needed & set(node.output):
            needed |= set(node.input)
            kept.append(node)
    weights = [tensor for tensor in graph.initializer if tensor.name in needed]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(kept[::-1])
    graph.initializer.extend(weights)


def densely(path: Path) -> None:
    """Write a TensorFlow Lite file anew with its sparse tensors as dense ones."""
    import flatbuffers
    from tensorflow.lite.python import schema_py_generated as schema
    from tensorflow.lite.python.interpreter import Interpreter, OpResolverType

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(path.read_bytes(), 0))
    (graph,) = model.subgraphs
    codes = [max(code.builtinCode, code.deprecatedBuiltinCode) for code in model.operatorCodes]
    sparse = [o for o in graph.operators if codes[o.opcodeIndex] == schema.BuiltinOperator.DENSIFY]
    if not sparse:
        return
    # The interpreter knows how to read them.
    plainly = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(
        str(path), experimental_op_resolver_type=plainly, experimental_preserve_all_tensors=True
    )
    interpreter.allocate_tensors()
    interpreter.invoke()
    for operator in sparse:
        buffer = schema.BufferT()
        buffer.data = list(interpreter.get_tensor(operator.outputs[0]).tobytes())
        model.buffers.append(buffer)
        graph.tensors[operator.outputs[0]].buffer = len(model.buffers) - 1
        graph.tensors[operator.inputs[0]].buffer = 0
        graph.operators.remove(operator)
    builder = flatbuffers.Builder(1 << 22)
    builder.Finish(model.Pack(builder), b"TFL3")
    path.write_bytes(bytes(builder.Output()))


def in_halves(model: onnx.ModelProto) -> None:
    """Store weights in half precision where nothing is lost, with a cast before their use."""
    casts = []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        halves = values.astype(np.float16) if values.dtype == np.float32 else values
        if values.dtype != np.float32 or values.size < _HALVES_FROM or (halves != values).any():
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(halves, f"{name}.half"))
        casts.append(helper.make_node("Cast", [tensor.name], [name], to=onnx.TensorProto.FLOAT))
    nodes = casts + list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def _name_input(graph: onnx.GraphProto) -> None:
    """All take one picture, by one name."""
    given, graph.input[0].name = graph.input[0].name, "picture"
    for node in graph.node:
        for index, name in enumerate(node.input):
            if name == given:
                node.input[index] = "picture"


def graph_of(content: bytes) -> onnx.ModelProto:
    """A TensorFlow Lite file → an ONNX model, pictures (1, H, W, 3)."""
    import tf2onnx

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.tflite"
        path.write_bytes(content)
        densely(path)
        model, _ = tf2onnx.convert.from_tflite(str(path), opset=OPSET)
    model.opset_import.append(helper.make_opsetid(DOMAIN, 1))
    if any(output.name in _PARTS.values() for output in model.graph.output):
        refine(model)
    with_functions(model)
    in_halves(model)
    _name_input(model.graph)
    model.producer_name, model.doc_string = "mediapipe 0.10.21, Apache-2.0", ""
    onnx.checker.check_model(model)
    return model


def edges_of(program: str) -> list[tuple[int, int]]:
    """The edges of the triangles of the mesh, from MediaPipe's module of connections."""
    table = next(
        node.value.args[0]
        for node in ast.parse(program).body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and getattr(node.targets[0], "id", "") == "FACEMESH_TESSELATION"
    )
    return sorted({(min(edge), max(edge)) for edge in ast.literal_eval(table)})


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("wheel", type=Path, metavar="WHEEL", help="mediapipe-0.10.21-….whl")
    arguments.add_argument("out", type=Path, metavar="FOLDER")
    options = arguments.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    options.out.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(input_file(options.wheel, "wheel")) as wheel:
        for name, inside in NETWORKS.items():
            model = graph_of(wheel.read(inside))
            with atomic_path(options.out / f"{name}.onnx") as temporary:
                temporary.write_bytes(model.SerializeToString())
            say(f"{name}.onnx: {len(model.graph.node)} operations")
        lines = [f"{first} {second}\n" for first, second in edges_of(wheel.read(EDGES).decode())]
    (options.out / "face_mesh_edges.txt").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    run_cli(main)
