"""Identity: what a face recognition network sees in the frames and in the drawing of the photo."""

import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import torch
from skimage.transform import SimilarityTransform

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.geometry import five_points
from module1_audio2lmk.foundation.files import input_file
from module2_drawing.networks import FaceNetwork

from ..sample import Sample
from . import ClipFunction, Files, Metric, register

KEY = "face_recognition"
#: Eyes, nose tip and mouth corners in the usual 112² crop of face recognition, px.
TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
CROP = 112
Embedding = Callable[[np.ndarray], np.ndarray]  # (112, 112, 3) uint8 RGB → (D,) float64


def aligned(frame: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 and landmarks (68, 2) px → (112, 112, 3) with the face where TEMPLATE has it."""
    points = five_points(landmarks.astype(np.float64))
    matrix = SimilarityTransform.from_estimate(points, TEMPLATE).params[:2]
    return cv2.warpAffine(frame, matrix, (CROP, CROP), flags=cv2.INTER_AREA, borderValue=(255,) * 3)


def mean_similarity(sample: Sample, embed: Embedding) -> float:
    """Mean cosine similarity of the frames' faces with the static drawing's; the faces are cut out by the
    landmarks asked for, not by those found, so that a distorted face stays distorted."""
    reference = embed(aligned(sample.scene.static, sample.scene.portrait.photo_landmarks))
    pairs = zip(sample.frames, sample.scene.asked, strict=True)
    return float(np.mean([cosine(embed(aligned(frame, points)), reference) for frame, points in pairs]))


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-12))


@lru_cache(maxsize=1)
def own_embedding(checkpoints_dir: str | os.PathLike[str] = "checkpoints") -> Embedding:
    """The network of own weights. InputError where there is none."""
    found = checkpoints.find(KEY, checkpoints_dir)
    if found is None:
        raise InputError("identity needs a face recognition network; give --identity FILE.onnx")
    network = checkpoints.build(found, FaceNetwork).eval()

    @torch.no_grad()
    def embed(face: np.ndarray) -> np.ndarray:
        return network(torch.from_numpy(face).permute(2, 0, 1)[None] / 127.5 - 1)[0].double().numpy()

    return embed


def embedding_of(file: str) -> Embedding:
    """A network of the user: ONNX, 1×3×112×112 in, RGB, (value − 127.5) / 127.5. InputError for another."""
    path = input_file(file, "identity network")
    try:
        network = cv2.dnn.readNetFromONNX(str(path))
    except cv2.error:
        raise InputError(f"{path} is no ONNX network that OpenCV reads; give another --identity") from None

    def embed(face: np.ndarray) -> np.ndarray:
        network.setInput(cv2.dnn.blobFromImage(face, 1 / 127.5, (CROP, CROP), (127.5,) * 3))
        try:
            return network.forward().ravel().astype(np.float64)
        except cv2.error:
            raise InputError(f"{path} does not take a 1×3×112×112 picture; give another --identity") from None

    return embed


def _measure(files: Files) -> ClipFunction:
    embed = embedding_of(files.identity) if files.identity else own_embedding(str(files.checkpoints_dir))
    return lambda sample: mean_similarity(sample, embed)


def _files(files: Files) -> list[Path] | None:
    if files.identity:
        return [Path(files.identity)]
    found = checkpoints.find(KEY, files.checkpoints_dir)
    return [found.path] if found else None


register(
    Metric(
        name="identity",
        label="Identity",
        unit="",
        better="higher",
        decimals=3,
        definition="Cosine similarity of the features that a face recognition network (own weights, or that "
        "of --identity) gives of the frames' face and of the drawing of the photo, the mean over frames.",
        measure=_measure,
        files=_files,
    )
)
