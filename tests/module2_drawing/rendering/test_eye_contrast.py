"""Eyes made ready for lines: irises dark, whites light, the rest as it was."""

import cv2
import numpy as np
from drawing_data import standard_face

from module2_drawing.rendering.eye_contrast import clear_eyes
from module2_drawing.styles import line_drawing

SKIN, IRIS, WHITE = (190, 150, 130), (160, 150, 150), (215, 210, 205)


def eyed(iris: tuple[int, int, int] = IRIS, shut: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """(512, 512, 3) uint8 RGB of eyes with pale irises, and landmarks (68, 2) px."""
    landmarks = standard_face(1.0, 512)[:, :2].astype(np.float32)
    if shut:
        landmarks[[37, 38, 43, 44]] = landmarks[[41, 40, 47, 46]]
    photo = np.full((512, 512, 3), SKIN, np.uint8)
    for eye in (range(36, 42), range(42, 48)):
        outline = landmarks[list(eye)]
        opening, disc = np.zeros((2, 512, 512), np.uint8)
        cv2.fillConvexPoly(opening, np.rint(outline).astype(int), 1)
        width = float(np.linalg.norm(outline[3] - outline[0]))
        cv2.circle(disc, np.rint(outline.mean(0)).astype(int).tolist(), round(0.2 * width), 1, -1)
        photo[opening > 0] = WHITE
        photo[(opening & disc) > 0] = iris
    return cv2.GaussianBlur(photo, (0, 0), 0.8), landmarks


def middles(landmarks: np.ndarray) -> np.ndarray:
    return np.rint([landmarks[36:42].mean(0), landmarks[42:48].mean(0)]).astype(int)


def test_a_pale_iris_is_filled_with_ink_and_its_white_is_paper() -> None:
    photo, landmarks = eyed()
    drawing = line_drawing.render(clear_eyes(photo, landmarks))
    for (x, y), corner in zip(middles(landmarks), landmarks[[36, 45]], strict=True):
        assert drawing[y - 2 : y + 3, x - 2 : x + 3].max() < 40
        beside = np.rint([x, y] + 0.6 * (corner - (x, y))).astype(int)
        assert drawing[beside[1], beside[0]] > 200


def test_nothing_else_changes() -> None:
    photo, landmarks = eyed()
    changed = (clear_eyes(photo, landmarks) != photo).any(2)
    assert changed.any()
    near = np.zeros((512, 512), np.uint8)
    for eye in (landmarks[36:42], landmarks[42:48]):
        cv2.fillConvexPoly(near, np.rint(eye).astype(int), 1)
    assert not changed[cv2.dilate(near, np.ones((9, 9), np.uint8)) == 0].any()


def test_shut_eyes_and_eyes_without_an_iris_stay() -> None:
    photo, landmarks = eyed(shut=True)
    assert (clear_eyes(photo, landmarks) == photo).all()
    photo, landmarks = eyed(WHITE)
    assert (clear_eyes(photo, landmarks) == photo).all()


def test_a_face_at_the_edge_of_the_photo() -> None:
    photo, landmarks = eyed()
    assert clear_eyes(photo[:, 200:], landmarks - (200, 0)).shape == (512, 312, 3)
    assert clear_eyes(photo, landmarks + 600).shape == photo.shape
