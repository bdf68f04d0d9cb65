"""Landmark error: whether the drawing shows the face that it was asked to show."""

import numpy as np

from module1_audio2lmk.foundation.face.geometry import LIPS

from ..sample import Sample
from . import clip_metric


@clip_metric("landmark_error", "Landmark error", "lower", "px", 2)
def landmark_error(sample: Sample) -> float:
    """Distance of the 68 landmarks found in the frames from those asked for, px of 256²; what is found
    in drawings of a resting face is about 2.6 px off already."""
    return mean_distance(sample.located.landmarks, sample.scene.asked)


@clip_metric("landmark_error_lips", "Lip landmark error", "lower", "px", 2)
def landmark_error_lips(sample: Sample) -> float:
    """Distance of the 20 lip landmarks found in the frames from those asked for, px of 256²."""
    return mean_distance(sample.located.landmarks[:, LIPS], sample.scene.asked[:, LIPS])


@clip_metric("face_found", "Faces found", "higher", "%", 1)
def face_found(sample: Sample) -> float:
    """Per cent of the frames in which a face is found where it should be."""
    return 100 * float(sample.located.found.mean())


def mean_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Mean Euclidean distance of points (…, 2)."""
    return float(np.linalg.norm(first - second, axis=-1).mean())
