from dataclasses import replace

import numpy as np
import pytest

from scripts.evaluation.portraits.figures import (
    Figure,
    Made,
    Records,
    figures,
    frechet,
    group_frechet,
    unexplained,
    values_of,
    worse_by,
)

SCORES = {
    "landmark_error": 3.0,
    "landmark_error_lips": 2.5,
    "face_found": 100.0,
    "identity": 0.72,
    "background": 100.0,
}
STILL = {"landmark_error": 2.6, "landmark_error_lips": 2.0, "same_face": 0.9}


def made(ssim: float = 0.98, offset: float = 0.0, **scores: float) -> Made:
    features = np.random.default_rng(0).normal(size=(6, 4)) + offset
    values = {**SCORES, "ssim": ssim, **scores}
    return Made(values, np.full(5, ssim), np.full(5, 0.2), features)


def records(ours: dict[str, Made], warp: dict[str, Made] | None = None, **changes) -> Records:
    group = {"a_1": "a", "b_1": "b"}
    rows = {"ours": ours, "upd_warp": warp or {name: made(offset=1) for name in group}}
    features = {name: np.zeros(4) for name in group}
    references = np.random.default_rng(1).normal(size=(9, 4))
    still, clip_ssim = {name: STILL for name in group}, {name: 0.95 for name in group}
    return replace(Records(group, still, features, rows, references, clip_ssim), **changes)


def by_name(found: list[Figure], part: str) -> Figure:
    return next(figure for figure in found if part in figure.name)


def test_landmark_errors_are_those_over_a_drawing_at_rest() -> None:
    found = figures(records({"a_1": made(), "b_1": made(landmark_error=3.4)}))
    figure = by_name(found, "landmark error over a drawing at rest, MediaPipe")
    assert figure.value == pytest.approx(0.6) and figure.reached and "2.60 at rest" in figure.detail
    lips = by_name(found, "lip landmark error over a drawing at rest, MediaPipe")
    assert lips.value == pytest.approx(0.5) and lips.goal == 0.8
    unknown = figures(records({"a_1": made(), "b_1": made(landmark_error=float("nan"))}))
    figure = by_name(unknown, "landmark error over a drawing at rest, MediaPipe")
    assert figure.value == pytest.approx(0.4) and "not defined on 1 of 2" in figure.detail


def test_without_a_network_its_figures_are_missing_by_name() -> None:
    figure = by_name(figures(records({"a_1": made(), "b_1": made()})), "on static drawings, own network")
    assert figure.value is None and figure.reached is None and "--landmark_net" in figure.detail


def test_the_network_has_to_beat_the_judge_on_static_drawings() -> None:
    ours = {name: made(net_error=2.0, net_error_lips=1.5) for name in ("a_1", "b_1")}
    for error, reached in ((1.9, True), (2.6, False)):
        still = {name: {**STILL, "net_error": error, "net_error_lips": 1.0} for name in ours}
        found = figures(records(ours, still=still))
        figure = by_name(found, "on static drawings, own network")
        assert (figure.value, figure.goal, figure.reached) == (error, 2.6, reached)
        assert by_name(found, "rest, own network").value == pytest.approx(2.0 - error)


def test_coherence_has_a_goal_of_its_own_and_one_beside_the_warp() -> None:
    warp = {name: made(0.99, 1) for name in ("a_1", "b_1")}
    found = figures(records({"a_1": made(0.97), "b_1": made(0.99)}, warp))
    whole = by_name(found, "SSIM at 25")
    assert whole.value == pytest.approx(0.98) and whole.reached and "0.9500" in whole.detail
    beside = by_name(found, "ours − UPD+Warp")
    assert beside.value == pytest.approx(-0.01) and not beside.reached
    oil = records({"a_1": made(0.97), "b_1": made(0.99)}, warp, style="oil")
    assert not any("SSIM at 25" in figure.name for figure in figures(oil))


def test_jumps_that_the_landmarks_do_not_explain() -> None:
    ours = replace(made(), ssim=np.array([0.89, 0.89, 0.89, 0.91]), step=np.array([0.2, 2.0, 0.2, 0.2]))
    warp = replace(made(), ssim=np.array([0.95, 0.95, 0.91, 0.95]), step=ours.step)
    assert unexplained(ours, warp).tolist() == [True, False, False, False]
    jumping = {"a_1": ours, "b_1": made()}
    figure = by_name(figures(records(jumping, {"a_1": warp, "b_1": made()})), "do not explain")
    assert figure.value == 1 and not figure.reached and "of 3 pairs" in figure.detail


def test_ours_has_to_be_nearest_to_the_drawings() -> None:
    near, far = ({name: made(offset=offset) for name in ("a_1", "b_1")} for offset in (0, 3))
    assert by_name(figures(records(near, far)), "Fréchet").reached
    found = by_name(figures(records(far, near)), "Fréchet")
    assert not found.reached and found.goal == pytest.approx(frechet(records(far, near), "upd_warp"))
    assert "--baseline" in found.detail
    assert not by_name(figures(records(near, near)), "Fréchet").reached  # equal is not lowest


def test_identity_is_held_against_drawings_of_the_same_face() -> None:
    figure = by_name(figures(records({"a_1": made(), "b_1": made(identity=0.81)})), "identity")
    assert figure.value == pytest.approx((0.8 + 0.9) / 2) and figure.goal == 0.85
    worse = by_name(figures(records({"a_1": made(), "b_1": made(identity=0.74)})), "identity")
    assert not worse.reached


def test_groups_are_held_against_the_mean() -> None:
    found = figures(records({"a_1": made(landmark_error=2.0), "b_1": made(landmark_error=3.0)}))
    figure = by_name(found, "worse than the mean: Landmark error")
    assert figure.value == pytest.approx(20) and not figure.reached and figure.detail.startswith("b: 3.00")
    alone = records({"a_1": made(), "b_1": made()}, group={"a_1": "", "b_1": ""})
    assert not any("worst group" in figure.name for figure in figures(alone))


def test_worse_by() -> None:
    assert worse_by(0.85, 1.0, "higher") == pytest.approx(15)
    assert worse_by(2.3, 2.0, "lower") == pytest.approx(15)
    assert worse_by(1.0, 2.0, "lower") == pytest.approx(-50) and worse_by(0, 0, "lower") == 0


def test_frechet_distances_of_groups_are_held_against_those_of_the_warp() -> None:
    names = {"a_1": "a", "a_2": "a", "b_1": "b", "b_2": "b"}
    ours = {name: made(offset=2 if group == "a" else 1) for name, group in names.items()}
    warp = {name: made(offset=2) for name in names}
    one = records(ours, warp, group=names)
    one = replace(
        one,
        still=dict.fromkeys(names, STILL),
        clip_ssim=dict.fromkeys(names, 0.95),
        features={name: np.random.default_rng(i).normal(size=4) for i, name in enumerate(names)},
    )
    found = group_frechet(one)
    assert found["a"] == pytest.approx(1) and 0 < found["b"] < 0.6
    figure = by_name(figures(one), "of UPD+Warp's")
    assert figure.value == pytest.approx(100 * (2 / (1 + found["b"]) - 1)) and figure.detail.startswith(
        "a: 1.00"
    )
    assert not group_frechet(records({"a_1": made(), "b_1": made()}))  # one portrait a group


def test_the_feature_shift_is_the_squared_distance_of_means() -> None:
    one = replace(made(), features=np.array([[1.0, 0, 0, 0], [3.0, 0, 0, 0]]))
    assert values_of(records({"a_1": one, "b_1": one}), "ours")["shift"]["a_1"] == pytest.approx(4)
