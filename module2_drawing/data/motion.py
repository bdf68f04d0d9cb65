"""Head motions, small ones, that photos are trained with."""

import numpy as np


def nod(landmarks: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A small head motion in the picture plane: σ 2.5° about the neck, 1.2% in size, 2.5 px of 256."""
    angle, scale = np.deg2rad(random.normal(0, 2.5)), np.exp(random.normal(0, 0.012))
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    neck = landmarks[8] + (landmarks[8] - landmarks[33]) * 0.2
    return (landmarks - neck) @ turn.T + neck + random.normal(0, 2.5, 2)
