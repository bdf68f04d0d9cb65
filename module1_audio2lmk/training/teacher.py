"""Teacher: a speech recogniser's encoder, what it hears, and how the mouth moves with what it hears.

The encoder has learnt from thousands of hours what sounds are; a linear map from its features to the mouths
of talking clips needs few minutes of them. Both serve training alone: networks that are shipped hear the mel.
"""

import os
from typing import NamedTuple

import numpy as np

from ..audio.waveform import HOP, SAMPLE_RATE
from ..foundation.errors import InputError
from ..foundation.files import input_file
from ..foundation.tracks import read_between

# Three convolutions of width 127, 7, 3 and step 64, 3, 2: a feature vector every 384 samples.
_STEP, _FIRST = 384, (127 + 6 * 64 + 2 * 192) / 2
_PIECE, _MARGIN = 20 * SAMPLE_RATE, 32 * _STEP
_REACH, _STRIDE = 2, 3  # the label of a frame comes from 2 frames each side, 3 apart, and the frame itself


class SpeechTeacher:
    """The encoder of Moonshine tiny (MIT licence), run by ONNX Runtime.

    Args:
        path: its .onnx or .ort file, ``encoder_model.ort`` of the release.

    Raises:
        InputError: ONNX Runtime is not installed, or the file is not such an encoder.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        try:
            import onnxruntime
        except ImportError:
            raise InputError(
                "the teacher needs ONNX Runtime; install it with pip install onnxruntime"
            ) from None
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(
                str(input_file(path, "encoder")), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # the library raises classes of its own, derived from Exception alone
            raise InputError(f"{path} is no encoder that ONNX Runtime reads: {error}") from None
        names = {entry.name for entry in self._session.get_inputs()}
        if names != {"input_values", "attention_mask"}:
            raise InputError(f"{path} takes {', '.join(sorted(names))}; give encoder_model.ort of Moonshine")

    def __call__(self, waveform: np.ndarray) -> np.ndarray:
        """Samples (N,) at 16 kHz → features (N // 256 + 1, F) float32 at 62.5 Hz."""
        frames = len(waveform) // HOP + 1
        padded = np.pad(waveform, (_MARGIN, _MARGIN + _STEP))
        parts = []
        for start in range(0, len(waveform), _PIECE // _STEP * _STEP):
            stop = min(start + _PIECE // _STEP * _STEP, len(waveform)) + 2 * _MARGIN + _STEP
            parts.append(self._piece(padded[start:stop]))
        features = np.concatenate(parts)
        position = (np.arange(frames) * HOP - _FIRST) / _STEP
        return read_between(features, position)

    def _piece(self, samples: np.ndarray) -> np.ndarray:
        """Features of samples with a margin at both ends, without those of the margin."""
        values = samples[None].astype(np.float32)
        mask = np.ones(values.shape, np.int64)
        features = self._session.run(None, {"input_values": values, "attention_mask": mask})[0][0]
        first = _MARGIN // _STEP
        count = -(-(len(samples) - 2 * _MARGIN - _STEP) // _STEP)
        return features[first : first + count]


class Labeller(NamedTuple):
    """A linear map from features in context to shapes: (x - mean) / deviation @ weights + offset."""

    mean: np.ndarray
    deviation: np.ndarray
    weights: np.ndarray
    offset: np.ndarray

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """Features (T, F) → shapes (T, K) float32."""
        standard = (in_context(features) - self.mean) / self.deviation
        return (standard @ self.weights + self.offset).astype(np.float32)


def in_context(features: np.ndarray) -> np.ndarray:
    """Features (T, F) with those of four frames around each, (T, 5 F); the ends are repeated."""
    reach = _REACH * _STRIDE
    padded = np.pad(features, ((reach, reach), (0, 0)), mode="edge")
    return np.concatenate(
        [padded[start : start + len(features)] for start in range(0, 2 * reach + 1, _STRIDE)], axis=1
    )


def fit_labeller(features: list[np.ndarray], shapes: list[np.ndarray], ridge: float = 1.0) -> Labeller:
    """Ridge regression from the features (T, F) of each clip to its shapes (T, K).

    Args:
        ridge: penalty on the weights of standardised features, in units of their variance.
    """
    data = np.concatenate([in_context(part) for part in features]).astype(np.float64)
    wanted = np.concatenate(shapes).astype(np.float64)
    mean, deviation, offset = data.mean(axis=0), data.std(axis=0) + 1e-3, wanted.mean(axis=0)
    data = (data - mean) / deviation
    normal = data.T @ data + ridge * len(data) * np.eye(data.shape[1])
    return Labeller(mean, deviation, np.linalg.solve(normal, data.T @ (wanted - offset)), offset)
