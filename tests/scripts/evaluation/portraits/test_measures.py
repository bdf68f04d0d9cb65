import cv2
import numpy as np
import pytest

from scripts.evaluation.films import Film
from scripts.evaluation.judge import Judge
from scripts.evaluation.methods import Settings, Studio
from scripts.evaluation.metrics.identity import aligned, describe
from scripts.evaluation.portraits.measures import identical_part, pair_scores, still_scores, variants
from scripts.evaluation.sample import Sample, Scene


def test_the_part_of_the_background_that_stays_exactly_the_same() -> None:
    frames = np.full((3, 4, 4, 3), 200, np.uint8)
    frames[1, 0, 0] = 201  # there and gone again: two of the pairs' 2 × 16 pixels
    background = np.ones((3, 4, 4), bool)
    assert identical_part(frames, background) == pytest.approx(100 * 30 / 32)
    background[1, 0, 0] = False  # the person, widened, is there in the middle frame
    assert identical_part(frames, background) == 100
    frames[2, 3, 3, 2] = 0  # one colour alone
    assert identical_part(frames, background) == pytest.approx(100 * 29 / 30)
    assert np.isnan(identical_part(frames, np.zeros((3, 4, 4), bool)))


def test_pairs_have_similarity_and_step(film: Film) -> None:
    asked = np.stack([film.photo_landmarks] * 3)
    asked[2] += [3, 4]
    frames = np.stack([film.frames[0], film.frames[0], film.frames[-1]])
    scene = Scene(film, asked, film.frames[0], np.ones((256, 256), np.float32))
    scores = pair_scores(Sample(frames, scene, Judge()))
    np.testing.assert_allclose(scores["step"], [0, 5], atol=1e-4)
    assert scores["ssim"][0] == pytest.approx(1) and scores["ssim"][1] < 0.95


def test_variants_show_the_same_face_at_their_landmarks(film: Film) -> None:
    small = cv2.resize(film.face.image, (256, 256), interpolation=cv2.INTER_AREA)
    face = describe(aligned(small, film.photo_landmarks))
    made = list(variants(film.face))
    assert len(made) == 4
    for image, landmarks in made:
        assert image.shape == (512, 512, 3) and np.abs(landmarks - film.photo_landmarks).max() > 3
        small = cv2.resize(image, (256, 256), interpolation=cv2.INTER_AREA)
        assert describe(aligned(small, landmarks)) @ face > 0.9
        # Cut out where the face was before, it is less alike.
        there, before = (describe(aligned(small, at)) @ face for at in (landmarks, film.photo_landmarks))
        assert there > before + 0.02


def test_scores_of_a_still_drawing(film: Film) -> None:
    studio, points = Studio(Settings(device="cpu")), film.photo_landmarks
    static = studio.draw(film.face.image)
    shifted = np.roll(static, 6, 1)
    same = still_scores(static, points, [(static, points)], Judge(), None, describe)
    assert same["same_face"] == pytest.approx(1) and same["landmark_error"] > 0
    other = still_scores(
        static, points, [(shifted, points)], Judge(), lambda frames: points[None] + 3, describe
    )
    assert other["same_face"] < 0.95
    assert other["net_error"] == pytest.approx(np.sqrt(18)) == other["net_error_lips"]
