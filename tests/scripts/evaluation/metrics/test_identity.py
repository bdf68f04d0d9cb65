import cv2
import numpy as np
import pytest
import torch

from module1_audio2lmk.foundation.checkpoints import SHIPPED, build
from module1_audio2lmk.foundation.errors import InputError
from module2_drawing.networks import MobileFace
from scripts.evaluation import metrics
from scripts.evaluation.clips import Clip
from scripts.evaluation.metrics.identity import aligned, cosine, own_embedding

#: The first numbers that TensorFlow.js computes with the package's own files, of `pattern`.
RUNTIME = [4.221, 12.166, -10.698, -7.015, -4.346, -6.824, -7.555, 8.563, -6.620, 1.739, 4.027, 2.236]


def pattern() -> torch.Tensor:
    y, x, c = np.meshgrid(np.arange(112), np.arange(112), np.arange(3), indexing="ij")
    values = np.sin(0.13 * y + 0.07 * x * (c + 1)) * np.cos(0.05 * y * (c + 1))
    return torch.tensor(values, dtype=torch.float32).permute(2, 0, 1)[None]


def test_the_network_is_that_of_the_package() -> None:
    network = build(SHIPPED / "default/face_recognition.safetensors", MobileFace)
    with torch.no_grad():
        found = network(pattern())[0, : len(RUNTIME)].numpy()
    assert np.abs(found - RUNTIME).max() < 0.01 * np.abs(RUNTIME).max()


def test_the_same_face_elsewhere_is_the_same(clip: Clip) -> None:
    describe = own_embedding()
    points, frame = clip.photo_landmarks, clip.frames[0]
    move = cv2.getRotationMatrix2D((128, 128), 8, 0.9)
    turned = cv2.warpAffine(frame, move, (256, 256), borderValue=(255,) * 3)
    moved = points @ move[:, :2].T + move[:, 2]
    reference = describe(aligned(frame, points))
    same = cosine(describe(aligned(turned, moved)), reference)
    upside_down = cosine(describe(aligned(np.ascontiguousarray(frame[::-1]), points)), reference)
    assert abs(cosine(reference, reference) - 1) < 1e-9
    assert same > 0.85 > upside_down + 0.3


def test_a_file_that_is_no_network_is_named(tmp_path) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"no network")
    metric = metrics.known()["identity"]
    with pytest.raises(InputError, match="no ONNX network"):
        metric.measure(metrics.Files(identity=str(tmp_path / "bad.onnx")))
