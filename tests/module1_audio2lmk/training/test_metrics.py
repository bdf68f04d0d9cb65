import numpy as np
import pytest
from speech_data import talking_clip

from module1_audio2lmk.foundation.face.geometry import LIPS
from module1_audio2lmk.training import metrics, sync


@pytest.fixture(scope="module")
def faces():
    return talking_clip(seconds=4.0).landmarks.astype(np.float64)


def test_a_perfect_prediction(faces):
    figures = metrics.clip_figures(faces, faces)
    assert figures["opening"] == pytest.approx(1) and figures["velocity"] == pytest.approx(1)
    assert figures["lip_gain"] == pytest.approx(1)


def test_a_constant_face_gains_nothing(faces):
    figures = metrics.clip_figures(np.repeat(faces[:1], len(faces), axis=0), faces)
    assert figures["opening"] == 0 and figures["lip_gain"] <= 0.05


def test_lags_within_80_ms_are_forgiven(faces):
    opening = metrics.relative_gap(faces)
    assert metrics.opening_correlation(np.roll(opening, 5), opening) > 0.95
    assert metrics.opening_correlation(np.roll(opening, 10), opening) < 0.9


def test_lip_distance_forgives_similarities(faces):
    moved = faces[:, :, :2] @ np.array([[0.8, -0.6], [0.6, 0.8]]) * 2 + 5
    assert metrics.lip_distance(moved, faces) == pytest.approx(0, abs=1e-9)
    shifted = faces.copy()
    shifted[:, LIPS[:1], 1] += 0.1
    assert metrics.lip_distance(shifted, faces) > 0.005


def test_the_best_constant_shape_is_no_worse_than_the_mean(faces):
    mean = np.repeat(faces.mean(axis=0)[None], len(faces), axis=0)
    assert metrics.best_constant_distance(faces) <= metrics.lip_distance(mean, faces) * 1.01


def test_film_rate():
    ramp = np.arange(126) / 62.5
    np.testing.assert_allclose(metrics.at_clip_rate(ramp), np.arange(51) / 25)
    np.testing.assert_allclose(metrics.at_clip_rate(ramp, 0.08)[:10], np.arange(10) / 25 + 0.08)


def test_offset_is_found():
    seen = metrics.relative_gap(talking_clip(seconds=5.0, seed=3).landmarks)
    random = np.random.default_rng(0)
    seen = np.convolve(random.normal(size=len(seen)), np.ones(8) / 8, mode="same")
    heard = np.roll(seen, -6)
    offset, score = sync.best_offset(heard, seen)
    assert offset == pytest.approx(6 / 62.5) and score > 0.95
    assert sync.trusted_offset(heard, seen)[0] == pytest.approx(6 / 62.5)
    assert sync.trusted_offset(seen, seen)[0] == 0
    assert sync.correlation(np.ones(5), np.arange(5.0)) == 0
