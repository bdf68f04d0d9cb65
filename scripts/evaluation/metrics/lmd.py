"""Lip landmark distance (LMD) of Chen et al., "Lip Movements Generation at a Glance", ECCV 2018."""

import numpy as np

from module1_audio2lmk.foundation.face.geometry import LIPS

from ..sample import Sample
from . import clip_metric


@clip_metric("lmd", "LMD", "lower", "px", 2)
def lmd(sample: Sample) -> float:
    """Distance of the 20 lip landmarks found in the frames from those found in the clip, px of 256², the mean
    over points and frames, after the two lips' mean points are made to coincide in each frame."""
    return lip_distance(sample.located.landmarks, sample.clip.located.landmarks)


def lip_distance(made: np.ndarray, real: np.ndarray) -> float:
    """LMD = 1/T · 1/P Σ_t Σ_p ‖made_tp − real_tp‖₂ of lips moved to the origin; (T, 68, 2) each."""
    lips = [points[:, LIPS] - points[:, LIPS].mean(1, keepdims=True) for points in (made, real)]
    return float(np.linalg.norm(lips[0] - lips[1], axis=-1).mean())
