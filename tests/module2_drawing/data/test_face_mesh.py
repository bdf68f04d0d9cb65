import numpy as np
import pytest
import skimage.data
from scipy.spatial.transform import Rotation

from module1_audio2lmk.foundation.face.face_mesh import FaceMesh
from module1_audio2lmk.foundation.face.geometry import MESH_TO_68
from module2_drawing.data.face_mesh import (
    BACKGROUND,
    INVISIBLE,
    VISIBLE,
    backward_flow,
    rasterise,
    triangles,
)

SIZE = 128


@pytest.fixture(scope="module")
def mesh():
    """A face in the middle of a 128² frame."""
    found = FaceMesh(1)(skimage.data.astronaut()[:400, :400])[0]
    return (found - found.mean(0)) * (80 / np.ptp(found[:, 0])) + [64, 64, 0]


def turned(mesh, *angles):
    rotation = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    return (mesh - mesh.mean(0)) @ rotation.T + mesh.mean(0)


def test_triangles_cover_the_face_without_holes(mesh):
    faces, holes = triangles()
    assert faces.max() == 467 and len(np.unique(faces)) == 468
    assert 40 < holes.sum() < 60  # two eyes and a mouth
    covered = rasterise(mesh, SIZE)[0] >= 0
    inside = mesh[MESH_TO_68[36:]].mean(0)[:2].round().astype(int)
    assert covered[inside[1], inside[0]]
    rows = [row for row in covered if row.any()]
    assert np.mean([row[row.argmax() : SIZE - row[::-1].argmax()].all() for row in rows]) > 0.9


def test_a_translation_gives_a_constant_flow(mesh):
    flow, visibility = backward_flow(mesh, mesh + [5, -3, 0], SIZE)
    face = visibility != BACKGROUND
    assert np.abs(flow[:, face] - np.array([[-5], [3]])).max() < 1e-3
    assert (flow[:, ~face] == 0).all() and 0.1 < face.mean() < 0.6
    assert (visibility[face] == VISIBLE).mean() > 0.97


def test_the_flow_leads_back_to_the_same_point_of_the_face(mesh):
    target = turned(mesh, 5, -20, 4)
    flow, _ = backward_flow(mesh, target, SIZE)
    x, y = target[MESH_TO_68, :2].round().astype(int).T
    errors = np.abs(target[MESH_TO_68, :2] + flow[:, y, x].T - mesh[MESH_TO_68, :2]).max(1)
    # Without the outline, whose rounded pixels may lie beside the face, and but for a few on folds.
    assert (errors[17:] < 1).mean() > 0.9


def test_what_the_source_hides_is_invisible(mesh):
    away = turned(mesh, 0, 55, 0)
    _, visibility = backward_flow(away, mesh, SIZE)
    hidden = visibility == INVISIBLE
    shown = visibility == VISIBLE
    columns = np.arange(SIZE)[None].repeat(SIZE, 0)
    assert hidden.sum() > 200
    # One side of the face, the one that was turned away.
    assert abs(columns[hidden].mean() - columns[shown].mean()) > 15


def test_the_inside_of_a_mouth_that_was_closed_is_invisible(mesh):
    closed, opened = mesh.copy(), mesh.copy()
    upper, lower = [191, 80, 81, 82, 13, 312, 311, 310, 415], [95, 88, 178, 87, 14, 317, 402, 318, 324]
    below = mesh[:, 1] > mesh[14, 1] + 1
    opened[below, 1] += 10
    opened[lower, 1] += 10
    closed[lower] = closed[upper] + [0, 0.3, 0]
    _, visibility = backward_flow(closed, opened, SIZE)
    x, y = ((opened[13] + opened[14]) / 2).round().astype(int)[:2]
    assert visibility[y, x] == INVISIBLE


def test_a_face_outside_of_the_frame_is_background(mesh):
    flow, visibility = backward_flow(mesh, mesh + [500, 0, 0], SIZE)
    assert (visibility == BACKGROUND).all() and not flow.any()
    _, partly = backward_flow(mesh - [60, 0, 0], mesh, SIZE)
    assert (partly == INVISIBLE).sum() > 500  # it left the source's frame
