"""Edges of the gap between the lips against the face mesh, which has more points along them."""

import numpy as np

from module1_audio2lmk.foundation.face.face_mesh import FaceMesh
from module1_audio2lmk.foundation.face.geometry import MESH_TO_68
from module2_drawing.rendering.lip_shapes import edges

UPPER = [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308]
LOWER = [78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308]


def test_edges_run_through_the_points_of_the_mesh(photo):
    mesh = FaceMesh()(photo)[0][:, :2].astype(np.float64)
    half = np.linalg.norm(mesh[308] - mesh[78]) / 2
    for edge, points in zip(edges(mesh[MESH_TO_68]), (UPPER, LOWER), strict=True):
        fine = np.stack([np.interp(np.linspace(0, 32, 641), np.arange(33), axis) for axis in edge.T], 1)
        away = np.linalg.norm(mesh[points][:, None] - fine, axis=2).min(1)
        assert away.max() < 0.02 * half


def test_lips_that_meet_have_one_edge(photo):
    marks = FaceMesh()(photo)[0][MESH_TO_68, :2].astype(np.float64)
    marks[[67, 66, 65]] = marks[[61, 62, 63]]
    upper, lower = edges(marks)
    np.testing.assert_allclose(upper, lower, atol=1e-9)
