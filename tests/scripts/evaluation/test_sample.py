import numpy as np

from scripts.evaluation.films import Film
from scripts.evaluation.sample import Scene


def scene(film: Film, asked: np.ndarray) -> Scene:
    matte = np.zeros((256, 256), np.float32)
    matte[60:, 60:200] = 1
    return Scene(film, asked.astype(np.float32), film.frames[0], matte)


def test_nothing_moves_everything_is_still_but_the_rim_of_the_person(film: Film) -> None:
    masks = scene(film, np.stack([film.photo_landmarks] * 3)).masks
    assert masks.still.all() and masks.still.shape == (2, 256, 256)
    # The person is wider by a margin of 8 px.
    assert masks.background[:, :50].all() and not masks.background[:, 60:, 55:205].any()
    assert not masks.background[0, 100, 53] and masks.background[0, 100, 50]


def test_a_mouth_that_opens_is_not_still_but_the_background_is(film: Film) -> None:
    asked = np.stack([film.photo_landmarks] * 3)
    asked[2, 48:68, 1] += 4
    masks = scene(film, asked).masks
    x, y = film.photo_landmarks[48:68].mean(0).astype(int)
    assert masks.still[0].all()
    assert not masks.still[1, y - 5 : y + 5, x - 5 : x + 5].any()
    assert masks.still[1][masks.background[1] & masks.background[2]].all()
