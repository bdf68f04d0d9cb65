"""Identity: a fixed descriptor of the face, and a face recognition network where the user has one."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from skimage.feature import hog, local_binary_pattern
from skimage.transform import SimilarityTransform

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.files import input_file

from ..sample import Sample
from . import ClipFunction, Files, Metric, clip_metric, register

#: Eyes, nose tip and mouth corners in the usual 112² crop of face recognition, px.
TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
CROP = 112
_LBP_POINTS, _LBP_CELL = 8, 28


@clip_metric("identity", "Identity", "higher")
def identity(sample: Sample) -> float:
    """Cosine similarity of a descriptor of the frames' face (gradient histograms and local binary patterns of
    the aligned crop, centred; no training) with that of the drawing of the photo, the mean over frames."""
    return mean_similarity(sample, describe)


def describe(face: np.ndarray) -> np.ndarray:
    """(112, 112, 3) uint8 aligned face → (D,) float64: HOG and LBP, each centred and of unit length."""
    grey = cv2.GaussianBlur(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), (0, 0), 1.5)
    gradients = hog(grey, orientations=9, pixels_per_cell=(14, 14), cells_per_block=(2, 2))
    patterns = local_binary_pattern(grey, _LBP_POINTS, 2, method="uniform")
    cells = patterns.reshape(CROP // _LBP_CELL, _LBP_CELL, CROP // _LBP_CELL, _LBP_CELL).swapaxes(1, 2)
    bins = _LBP_POINTS + 2
    texture = [np.bincount(cell.astype(int).ravel(), minlength=bins) for cell in cells.reshape(16, -1)]
    return np.concatenate([_unit(gradients), _unit(np.sqrt(np.concatenate(texture)))]) / np.sqrt(2)


def aligned(frame: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 and landmarks (68, 2) px → (112, 112, 3) with the face where TEMPLATE has it."""
    eyes = [landmarks[36:42].mean(0), landmarks[42:48].mean(0)]
    points = np.array([*eyes, landmarks[30], landmarks[48], landmarks[54]], np.float64)
    matrix = SimilarityTransform.from_estimate(points, TEMPLATE).params[:2]
    return cv2.warpAffine(frame, matrix, (CROP, CROP), flags=cv2.INTER_AREA, borderValue=(255,) * 3)


def mean_similarity(sample: Sample, embed: Callable[[np.ndarray], np.ndarray]) -> float:
    """Mean cosine similarity of the frames' faces with the static drawing's; the faces are cut out by the
    landmarks asked for, not by those found, so that a distorted face stays distorted."""
    reference = embed(aligned(sample.scene.static, sample.scene.portrait.photo_landmarks))
    pairs = zip(sample.frames, sample.scene.asked, strict=True)
    return float(np.mean([cosine(embed(aligned(frame, points)), reference) for frame, points in pairs]))


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-12))


def _unit(values: np.ndarray) -> np.ndarray:
    centred = values - values.mean()
    return centred / max(np.linalg.norm(centred), 1e-12)


def embedding(files: Files) -> Callable[[np.ndarray], np.ndarray]:
    """A network of the user as (112, 112, 3) uint8 → vector: ONNX, 1×3×112×112 in. InputError without one."""
    if files.identity is None:
        raise InputError(
            "the metric identity_embedding needs a face recognition network: give --identity FILE.onnx, "
            "or use identity, a fixed descriptor"
        )
    path = input_file(files.identity, "identity network")
    try:
        network = cv2.dnn.readNetFromONNX(str(path))
    except cv2.error:
        raise InputError(f"{path} is no ONNX network that OpenCV reads; give another --identity") from None

    def embed(face: np.ndarray) -> np.ndarray:
        # The usual input of such networks: RGB, (value − 127.5) / 127.5.
        network.setInput(cv2.dnn.blobFromImage(face, 1 / 127.5, (CROP, CROP), (127.5,) * 3))
        try:
            return network.forward().ravel().astype(np.float64)
        except cv2.error:
            raise InputError(f"{path} does not take a 1×3×112×112 picture; give another --identity") from None

    return embed


def _similarity_of_embeddings(files: Files) -> ClipFunction:
    embed = embedding(files)
    return lambda sample: mean_similarity(sample, embed)


register(
    Metric(
        name="identity_embedding",
        label="Identity (network)",
        unit="",
        better="higher",
        decimals=3,
        definition="Cosine similarity of the embeddings that the network of --identity gives of the frames' "
        "face and of the drawing of the photo, the mean over frames.",
        measure=_similarity_of_embeddings,
        available=lambda files: files.identity is not None,
        files=lambda files: [Path(files.identity)] if files.identity else [],
    )
)
