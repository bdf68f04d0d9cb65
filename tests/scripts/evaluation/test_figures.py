"""Figures with goals, from small result files."""

import numpy as np
import pytest

from scripts.evaluation.figures import (
    Figure,
    derived,
    figures,
    group_frechet,
    unexplained,
    worse_by,
)

SCORES = {
    "landmark_error": 3.0,
    "landmark_error_lips": 2.5,
    "inter_frame_ssim": 0.98,
    "clip_ssim": 0.95,
    "identity": 0.72,
    "background_identical": 100.0,
}
REST = {"landmark_error": 2.6, "landmark_error_lips": 2.0}
GROUPS = {"a_1": "a", "b_1": "b"}


class Run:
    """Results and arrays of two or more photos; every change is of one row, photo and score."""

    def __init__(self, groups: dict[str, str] = GROUPS, style: str = "drawing", warp: bool = True) -> None:
        rows = {"ours": SCORES, "upd_warp": SCORES, "at_rest": REST, "redrawn": {"identity": 0.9}}
        if not warp:
            del rows["upd_warp"]
        metrics = {name: {"better": "lower", "decimals": 2, "label": name} for name in SCORES}
        metrics["landmark_error"]["label"] = "Landmark error"
        for name in ("inter_frame_ssim", "identity", "background_identical"):
            metrics[name]["better"] = "higher"
        self.results = {
            "settings": {"style": style},
            "photos": {name: {"group": group} for name, group in groups.items()},
            "metrics": metrics,
            "scores": {
                row: {m: {"clips": dict.fromkeys(groups, value)} for m, value in of.items()}
                for row, of in rows.items()
            },
        }
        self.arrays = {
            row: {name: arrays(offset) for name in groups} for row, offset in (("ours", 0), ("upd_warp", 1))
        }
        if not warp:
            del self.arrays["upd_warp"]
        self.at_rest = {name: np.zeros((1, 4)) for name in groups}
        for row in self.arrays:
            self.results["scores"][row]["frechet_filterbank"] = {"value": 10.0 if row == "ours" else 12.0}

    def set(self, row: str, metric: str, *values: float | None) -> "Run":
        of = self.results["scores"][row].setdefault(metric, {"clips": dict.fromkeys(self.at_rest)})
        of["clips"] = dict(zip(self.at_rest, values, strict=True))
        self.results["metrics"].setdefault(metric, {"better": "lower", "decimals": 2, "label": metric})
        return self

    def figures(self) -> list[Figure]:
        for name, (about, raw) in derived(self.results, self.arrays).items():
            self.results["metrics"][name] = about
            for row, clips in raw.items():
                self.results["scores"][row][name] = {"clips": clips}
        return figures(self.results, self.arrays, self.at_rest)

    def figure(self, part: str) -> Figure:
        return next(figure for figure in self.figures() if part in figure.name)


def arrays(offset: float = 0.0, ssim: float = 0.98) -> dict[str, np.ndarray]:
    features = np.random.default_rng(0).normal(size=(6, 4)) + offset
    return {"ssim": np.full(4, ssim), "steps": np.full(4, 0.2), "frechet_filterbank": features}


def test_landmark_errors_are_those_over_a_drawing_at_rest() -> None:
    figure = Run().set("ours", "landmark_error", 3.0, 3.4).figure("landmark error over a drawing at rest")
    assert figure.value == pytest.approx(0.6) and figure.reached and "2.60 at rest" in figure.detail
    lips = Run().figure("lip landmark error over a drawing at rest, MediaPipe")
    assert lips.value == pytest.approx(0.5) and lips.goal == 0.8
    figure = Run().set("ours", "landmark_error", 3.0, None).figure("landmark error over a drawing at rest")
    assert figure.value == pytest.approx(0.4) and "not defined on 1 of 2" in figure.detail


def test_without_a_network_its_figures_are_missing_by_name() -> None:
    figure = Run().figure("on static drawings, own network")
    assert figure.value is None and figure.reached is None and "--landmark_net" in figure.detail


@pytest.mark.parametrize(("error", "reached"), [(1.9, True), (2.6, False)])
def test_the_network_has_to_be_nearer_than_mediapipe_on_static_drawings(error: float, reached: bool) -> None:
    run = Run()
    for part in ("", "_lips"):
        run.set("ours", f"net_error{part}", 2.0, 2.0).set("at_rest", f"net_error{part}", error, error)
        run.set("upd_warp", f"net_error{part}", 2.0, 2.0)
    figure = run.figure("on static drawings, own network")
    assert (figure.value, figure.goal, figure.reached) == (error, 2.6, reached)
    assert run.figure("rest, own network").value == pytest.approx(2.0 - error)


def test_coherence_has_a_goal_of_its_own_and_one_beside_the_warp() -> None:
    run = Run().set("ours", "inter_frame_ssim", 0.97, 0.99).set("upd_warp", "inter_frame_ssim", 0.99, 0.99)
    whole, beside = run.figure("SSIM at 25"), run.figure("ours − UPD+Warp")
    assert whole.value == pytest.approx(0.98) and whole.reached and "0.9500" in whole.detail
    assert beside.value == pytest.approx(-0.01) and not beside.reached
    assert not any("SSIM at 25" in figure.name for figure in Run(style="oil").figures())


def test_jumps_that_the_landmarks_do_not_explain() -> None:
    ours = {"ssim": np.array([0.89, 0.89, 0.89, 0.91]), "steps": np.array([0.2, 2.0, 0.2, 0.2])}
    warp = {"ssim": np.array([0.95, 0.95, 0.91, 0.95])}
    assert unexplained(ours, warp).tolist() == [True, False, False, False]
    run = Run()
    run.arrays["ours"]["a_1"] |= ours
    run.arrays["upd_warp"]["a_1"] |= warp
    figure = run.figure("do not explain")
    assert figure.value == 1 and not figure.reached and "of 3 pairs" in figure.detail


@pytest.mark.parametrize(("ours", "reached"), [(10.0, True), (12.0, False), (13.0, False)])
def test_ours_has_to_be_nearest_to_the_drawings(ours: float, reached: bool) -> None:
    run = Run()
    run.results["scores"]["ours"]["frechet_filterbank"]["value"] = ours
    figure = run.figure("Fréchet distance (filter bank)")
    assert figure.reached is reached and figure.goal == 12 and "--baseline" in figure.detail
    assert Run(warp=False).figure("Fréchet").value is None


def test_identity_is_held_against_drawings_of_the_same_face() -> None:
    figure = Run().set("ours", "identity", 0.81, 0.9).figure("identity")
    assert figure.value == pytest.approx((0.9 + 1.0) / 2) and figure.goal == 0.95 and figure.reached
    assert not Run().set("ours", "identity", 0.72, 0.9).figure("identity").reached


def test_groups_are_held_against_the_mean() -> None:
    figure = Run().set("ours", "landmark_error", 2.0, 3.0).figure("worse than the mean: Landmark error")
    assert figure.value == pytest.approx(20) and not figure.reached and figure.detail.startswith("b: 3.00")
    alone = Run(dict.fromkeys(GROUPS, ""))
    assert not any("worst group" in figure.name for figure in alone.figures())


def test_worse_by() -> None:
    assert worse_by(0.85, 1.0, "higher") == pytest.approx(15)
    assert worse_by(2.3, 2.0, "lower") == pytest.approx(15)
    assert worse_by(1.0, 2.0, "lower") == pytest.approx(-50) and worse_by(0, 0, "lower") == 0


def test_frechet_distances_of_groups_are_held_against_those_of_the_warp() -> None:
    run = Run({"a_1": "a", "a_2": "a", "b_1": "b", "b_2": "b"})
    for index, name in enumerate(run.at_rest):
        run.at_rest[name] = np.random.default_rng(index).normal(size=(1, 4))
        run.arrays["ours"][name], run.arrays["upd_warp"][name] = arrays(2 if name < "b" else 1), arrays(2)
    found = group_frechet(run.results, run.arrays, run.at_rest)
    assert found["a"] == pytest.approx(1) and 0 < found["b"] < 0.6
    figure = run.figure("of UPD+Warp's")
    assert figure.value == pytest.approx(100 * (2 / (1 + found["b"]) - 1))
    assert figure.detail.startswith("a: 1.00")
    run = Run()
    assert not group_frechet(run.results, run.arrays, run.at_rest)  # one photo a group
