import sys
import types

import numpy as np
import pytest

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.training.teacher import SpeechTeacher, fit_labeller, in_context

SPAN = 127 + 6 * 64 + 2 * 192  # samples that one feature of the encoder hears


class Encoder:
    """In place of the recogniser: hears the mean and the largest of the samples that belong to a frame."""

    def __init__(self, path, options, providers):
        self.lengths = []

    def get_inputs(self):
        return [types.SimpleNamespace(name=name) for name in ("input_values", "attention_mask")]

    def run(self, _, inputs):
        samples = inputs["input_values"][0]
        assert inputs["attention_mask"].shape == (1, len(samples))
        starts = range(0, len(samples) - SPAN + 1, 384)
        windows = [samples[start : start + SPAN] for start in starts]
        return [np.array([[(part.mean(), part.max()) for part in windows]], np.float32)]


@pytest.fixture
def teacher(monkeypatch, tmp_path):
    library = types.SimpleNamespace(InferenceSession=Encoder, SessionOptions=types.SimpleNamespace)
    monkeypatch.setitem(sys.modules, "onnxruntime", library)
    path = tmp_path / "encoder.ort"
    path.write_bytes(b"weights")
    return SpeechTeacher(path)


@pytest.mark.parametrize("second", [0.5, 19.99, 20.0, 31.0])
def test_features_lie_where_the_sound_lies(teacher, second):
    waveform = np.zeros(33 * 16000, np.float32)
    waveform[round(second * 16000)] = 1
    features = teacher(waveform)
    assert features.shape == (33 * 16000 // 256 + 1, 2)
    heard = np.flatnonzero(features[:, 1] > 0.5)
    assert abs(heard.mean() / 62.5 - second) < 0.02
    assert len(heard) <= 5


def test_short_sounds_have_features_too(teacher):
    assert teacher(np.ones(1000, np.float32)).shape == (4, 2)


def test_without_the_library(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(InputError, match="pip install onnxruntime"):
        SpeechTeacher(tmp_path / "encoder.ort")


def test_a_file_of_another_network(monkeypatch, teacher, tmp_path):
    monkeypatch.setattr(Encoder, "get_inputs", lambda self: [types.SimpleNamespace(name="image")])
    with pytest.raises(InputError, match="takes image"):
        SpeechTeacher(tmp_path / "encoder.ort")
    with pytest.raises(InputError, match="not found"):
        SpeechTeacher(tmp_path / "missing.ort")


def test_a_frame_sees_its_neighbours():
    features = np.arange(20, dtype=float)[:, None]
    np.testing.assert_array_equal(in_context(features)[10], [4, 7, 10, 13, 16])
    np.testing.assert_array_equal(in_context(features)[0], [0, 0, 0, 3, 6])


def test_the_labeller_learns_a_linear_map():
    random = np.random.default_rng(0)
    features = [random.normal(size=(300, 3)).astype(np.float32) for _ in range(3)]
    shapes = [
        np.stack([2 * part[:, 0] + 1, np.roll(part[:, 1], 3), 0 * part[:, 2]], axis=1) for part in features
    ]
    labeller = fit_labeller(features[:2], shapes[:2], ridge=1e-4)
    told = labeller(features[2])[6:-6]
    assert np.abs(told - shapes[2][6:-6]).mean() < 0.02
    strict = fit_labeller(features[:2], shapes[:2], ridge=100.0)
    assert strict(features[2]).std(axis=0).max() < 0.1 * told.std(axis=0).max()
