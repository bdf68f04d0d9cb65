#!/usr/bin/env bash
# OpenCV 4.11.0 (dnn) against ONNX Runtime 1.23.2, graphs of one node of a drawing network: AveragePool 3×3, stride 2, with
# a border of 1 (count_include_pad=1, torch's default) and Resize by the nearest pixel (round_prefer_floor, ONNX's default).
# SEEN: both are read without a word and computed otherwise. Averages at the edge leave the border out of the count, so
#       ones stay ones where torch and ONNX Runtime give 4/9 and 6/9; count_include_pad=0 gives the same. Nearest, to
#       half the size, lies between two pixels each time: OpenCV takes the right one, where the graph says the left one.
# A GOOD GUESS SAID: the same to a rounding error, or an error at loading, as for GridSample.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" onnxruntime==1.23.2 onnx==1.17.0 \
    opencv-python-headless==4.11.0.86 numpy==1.26.4
PYTHONPATH=$d "$python" - <<'P'
import sys

import cv2
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper


def both(node, image, shape, constants):
    """The results of ONNX Runtime and of OpenCV."""
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in (("x", image.shape), ("y", shape))]
    made = helper.make_graph([node], "g", ends[:1], ends[1:], constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    model = model.SerializeToString()
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    network = cv2.dnn.readNetFromONNX(np.frombuffer(model, np.uint8))
    network.setInput(image)
    return session.run(None, {"x": image})[0], network.forward()


ones, row = np.ones((1, 1, 8, 8), np.float32), np.arange(8, dtype=np.float32).reshape(1, 1, 1, 8)
seen = {}
for count in (1, 0):
    pool = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "strides": [2, 2], "count_include_pad": count}
    pair = both(helper.make_node("AveragePool", ["x"], ["y"], **pool), ones, (1, 1, 4, 4), [])
    seen["count", count] = [[round(float(value), 3) for value in found[0, 0, 0, :2]] for found in pair]
scales = onnx.numpy_helper.from_array(np.array([1, 1, 1, 0.5], np.float32), "s")
nearest = {"mode": "nearest", "coordinate_transformation_mode": "half_pixel", "nearest_mode": "round_prefer_floor"}
pair = both(helper.make_node("Resize", ["x", "", "s"], ["y"], **nearest), row, (1, 1, 1, 4), [scales])
seen["nearest"] = [found.ravel().astype(int).tolist() for found in pair]
print("ONNX Runtime, OpenCV:", seen)
right = seen["count", 1] == [[0.444, 0.667], [1.0, 1.0]] and seen["count", 0] == [[1.0, 1.0], [1.0, 1.0]]
sys.exit(not (right and seen["nearest"] == [[0, 2, 4, 6], [1, 3, 5, 7]]))
P
