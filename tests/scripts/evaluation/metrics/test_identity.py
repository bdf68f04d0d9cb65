import cv2
import numpy as np
import pytest

from module1_audio2lmk.foundation.errors import InputError
from scripts.evaluation import metrics
from scripts.evaluation.clips import Clip
from scripts.evaluation.metrics.identity import aligned, cosine, describe


def test_the_same_face_elsewhere_is_the_same(clip: Clip) -> None:
    points, frame = clip.photo_landmarks, clip.frames[0]
    move = cv2.getRotationMatrix2D((128, 128), 8, 0.9)
    turned = cv2.warpAffine(frame, move, (256, 256), borderValue=(255,) * 3)
    moved = points @ move[:, :2].T + move[:, 2]
    reference = describe(aligned(frame, points))
    same = cosine(describe(aligned(turned, moved)), reference)
    mirrored = cosine(describe(aligned(np.ascontiguousarray(frame[:, ::-1]), points)), reference)
    assert abs(cosine(reference, reference) - 1) < 1e-9
    assert same > 0.85 > mirrored + 0.1


def test_the_network_metric_says_what_is_missing(tmp_path) -> None:
    with pytest.raises(InputError, match="--identity"):
        metrics.choose(["identity_embedding"], metrics.Files())
    (tmp_path / "bad.onnx").write_bytes(b"no network")
    metric = metrics.known()["identity_embedding"]
    with pytest.raises(InputError, match="no ONNX network"):
        metric.measure(metrics.Files(identity=str(tmp_path / "bad.onnx")))
