"""MediaPipe's own operations as ONNX functions, against what they mean."""

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from module1_audio2lmk.foundation.errors import InputError
from scripts import import_mediapipe as importing


def ran(
    kind: str, given: dict[str, np.ndarray], weights: dict[str, np.ndarray] | None = None, **about: object
):
    """The result of one operation, in a model whose weights are stored as the real ones are."""
    node = helper.make_node(f"TFL_{kind}", [*given, *(weights or {})], ["out"], **about)
    inputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, a.shape) for n, a in given.items()]
    output = helper.make_tensor_value_info("out", TensorProto.FLOAT, None)
    stored = [numpy_helper.from_array(array, name) for name, array in (weights or {}).items()]
    graph = helper.make_graph([node], "one", inputs, [output], stored)
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 16), helper.make_opsetid("mediapipe", 1)]
    )
    model.ir_version = 8
    importing.with_functions(model)
    importing.in_halves(model)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {name: array.astype(np.float32) for name, array in given.items()})[0]


def matrix(rows: list[list[float]]) -> np.ndarray:
    whole = np.eye(4)
    whole[:2, [0, 1, 3]] = rows
    return whole[None]


def test_points_are_moved_by_a_matrix():
    moved = ran(
        "TransformLandmarks", {"p": np.array([[[1.0, 2], [3, 4]]]), "m": matrix([[0, -2, 5], [2, 0, 6]])}
    )
    np.testing.assert_allclose(moved, [[[1, 8], [-3, 12]]])


def test_features_are_sampled_between_pixels_and_nothing_beyond_them():
    features = np.arange(6.0).reshape(1, 2, 3, 1) + np.array([0, 100])
    given = {"f": features, "m": matrix([[1, 0, 0.5], [0, 1, 0]])}
    sampled = ran("TransformTensorBilinear", given, output_width=3, output_height=2)
    np.testing.assert_allclose(sampled[0, :, :, 0], [[0.5, 1.5, 0], [3.5, 4.5, 0]], atol=1e-5)
    np.testing.assert_allclose(sampled[0, :, :2, 1], sampled[0, :, :2, 0] + 100, atol=1e-4)


def test_a_part_of_the_mesh_is_cut_upright():
    """Corners one above the other: the part is turned by a right angle, its middle is that of the subset."""
    mesh = np.zeros((1, 468, 3))
    mesh[0, :4, :2] = [[10, 10], [10, 30], [6, 20], [14, 20]]
    about = {"left_rotation_idx": 0, "right_rotation_idx": 1, "subset_idxs": [0, 1, 2, 3]}
    size = {"output_width": 16, "output_height": 16, "scale_x": 1.5, "scale_y": 2.0}
    found = ran("Landmarks2TransformMatrix", {"mesh": mesh}, **about, **size)[0]
    np.testing.assert_allclose(found @ [8, 8, 0, 1], [10, 20, 0, 1], atol=1e-5)
    np.testing.assert_allclose(found @ [16, 8, 0, 1], [10, 20 + 1.5 * 10, 0, 1], atol=1e-4)
    np.testing.assert_allclose(found @ [8, 16, 0, 1], [10 - 2.0 * 4, 20, 0, 1], atol=1e-4)


def test_weights_lose_nothing_in_half_precision():
    weights = {
        "w": np.full((1, 2, 2, 4), 0.1, np.float16).astype(np.float32),
        "b": np.array([0.3], np.float32),
    }
    features = np.ones((1, 2, 2, 4))
    enlarged = ran("Convolution2DTransposeBias", {"f": features}, weights)
    assert enlarged.shape == (1, 4, 4, 1)
    np.testing.assert_array_equal(enlarged, np.float32(0.3) + 4 * weights["w"][0, 0, 0, 0])


def test_an_unknown_operation_is_told():
    with pytest.raises(InputError, match="operation Fly is unknown"):
        importing.operation("Fly", "Fly0")
