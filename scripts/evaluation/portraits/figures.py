"""What the drawing stage is held against: figures with their goals, from the scores of single portraits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from ..bootstrap import mean
from ..frechet import frechet_distance

OURS, WARP, BASELINE = "ours", "upd_warp", "content_only"
LANDMARKS, LIPS = 0.7, 0.8  # px over what the judge is off on drawings at rest
SSIM, SSIM_BELOW_WARP = 0.974, 0.002
SSIM_STYLE = "drawing"  # whose frames are held against SSIM
IDENTITY = 0.85  # of what drawings of the same face have in common
GROUPS = 15.0  # per cent worse than the mean
JUMP = 0.90  # SSIM of neighbouring frames
JUMP_MARGIN, JUMP_STEP = 0.02, 1.5  # SSIM, px a frame: what makes a jump the landmarks' own

Better = Literal["lower", "higher"]


class Column(NamedTuple):
    """A value that every portrait has, and that groups are compared by where `of_groups`."""

    label: str
    better: Better
    decimals: int
    of_groups: bool = True


COLUMNS = {
    "landmark_error": Column("Landmark error (px)", "lower", 2),
    "landmark_error_lips": Column("Lip landmark error (px)", "lower", 2),
    "landmark_excess": Column("… over a drawing at rest (px)", "lower", 2, False),
    "landmark_excess_lips": Column("Lips, over a drawing at rest (px)", "lower", 2, False),
    "net_error": Column("Landmark error, own network (px)", "lower", 2),
    "net_error_lips": Column("Lip landmark error, own network (px)", "lower", 2),
    "net_excess": Column("… over a drawing at rest, own network (px)", "lower", 2, False),
    "net_excess_lips": Column("Lips, over a drawing at rest, own network (px)", "lower", 2, False),
    "ssim": Column("Inter-frame SSIM", "higher", 4),
    "jumps": Column("Unexplained jumps", "lower", 2, False),
    "identity_ratio": Column("Identity, of the same face's", "higher", 3),
    "background": Column("Background identical (%)", "higher", 2),
    "shift": Column("Feature shift", "lower", 2, False),
    "face_found": Column("Faces found (%)", "higher", 1, False),
}


@dataclass(frozen=True)
class Made:
    """Scores and arrays of one method and portrait."""

    scores: dict[str, float]
    ssim: np.ndarray
    step: np.ndarray
    features: np.ndarray


@dataclass(frozen=True)
class Records:
    """What was measured. group: of each portrait; still: scores of the static drawings; features: of those;
    made: row → portrait → Made; references: features (N, D) of the drawings to compare with; clip_ssim: of
    neighbouring frames of the clip that moves each portrait."""

    group: dict[str, str]
    still: dict[str, dict[str, float]]
    features: dict[str, np.ndarray]
    made: dict[str, dict[str, Made]]
    references: np.ndarray
    clip_ssim: dict[str, float]
    style: str = SSIM_STYLE


@dataclass(frozen=True)
class Figure:
    """One number held against a goal; value None: not measured, `detail` says why; NaN: not defined.

    strict: equal is not enough.
    """

    name: str
    value: float | None
    goal: float
    better: Better
    detail: str = ""
    strict: bool = False
    decimals: int = 2

    @property
    def reached(self) -> bool | None:
        if self.value is None:
            return None
        ahead = self.value - self.goal if self.better == "higher" else self.goal - self.value
        return ahead > 0 if self.strict else ahead >= 0


def values_of(records: Records, row: str) -> dict[str, dict[str, float]]:
    """Column → portrait → value, of one row; columns that were not measured are left out."""
    found = {name: _values(records, row, name) for name in records.group}
    return {column: {name: found[name][column] for name in found} for column in COLUMNS if _in(found, column)}


def figures(records: Records) -> list[Figure]:
    """All figures, in the order of COLUMNS; the groups last."""
    columns = {row: values_of(records, row) for row in records.made}
    ours = columns[OURS]
    made = [*_landmarks(records, ours), *_coherence(records, columns), _drawn(records)]
    identity, background = mean([*ours["identity_ratio"].values()]), mean([*ours["background"].values()])
    detail = f"drawings of the same face: {_mean_of_still(records, 'same_face'):.3f}"
    made.append(
        Figure("identity, of what drawings of the same face share", identity, IDENTITY, "higher", detail)
    )
    made.append(Figure("background identical in neighbouring frames, %", background, 100, "higher"))
    return made + list(_groups(records, ours))


def unexplained(ours: Made, warp: Made) -> np.ndarray:
    """(T − 1,) bool: neighbouring frames with an SSIM below 0.90 that the landmarks do not explain.

    The landmarks explain a jump where they move by more than 1.5 px on average, or where the static drawing,
    warped by the same landmarks, has an SSIM below 0.92 as well.
    """
    explained = (warp.ssim < JUMP + JUMP_MARGIN) | (ours.step > JUMP_STEP)
    return (ours.ssim < JUMP) & ~explained


def frechet(records: Records, row: str) -> float:
    """Fréchet distance of the frames of a row from the reference drawings."""
    features = [made.features for made in records.made[row].values()]
    return frechet_distance(np.concatenate(features), records.references)


def group_frechet(records: Records) -> dict[str, float]:
    """In each group the Fréchet distance of our frames from the group's static drawings, over UPD+Warp's.

    So that groups can be compared: hair that is all lines is farther off under any motion. Empty where
    UPD+Warp was not drawn, or a group has one portrait only.
    """
    groups: dict[str, list[str]] = {}
    for name, group in records.group.items():
        groups.setdefault(group, []).append(name)
    if WARP not in records.made or min(map(len, groups.values())) < 2:
        return {}

    def distance(row: str, names: list[str]) -> float:
        frames = np.concatenate([records.made[row][name].features for name in names])
        return frechet_distance(frames, np.stack([records.features[name] for name in names]))

    return {group: distance(OURS, names) / distance(WARP, names) for group, names in groups.items()}


def group_means(records: Records, values: dict[str, float]) -> dict[str, float]:
    """Mean of a column in each group."""
    return {
        group: mean([values[name] for name in values if records.group[name] == group])
        for group in sorted(set(records.group.values()))
    }


def worse_by(value: float, overall: float, better: Better) -> float:
    """By how many per cent of the mean a value is worse than it; negative where it is better."""
    difference = overall - value if better == "higher" else value - overall
    return 100 * difference / abs(overall) if overall else (0.0 if difference == 0 else float("inf"))


def _values(records: Records, row: str, name: str) -> dict[str, float]:
    made, still = records.made[row][name], records.still[name]
    values = dict(made.scores)
    for judge in ("landmark", "net"):
        for part in ("", "_lips"):
            if (error := f"{judge}_error{part}") in values:
                values[f"{judge}_excess{part}"] = values[error] - still.get(error, float("nan"))
    values["identity_ratio"] = values["identity"] / still["same_face"]
    values["shift"] = float(((made.features.mean(0) - records.features[name]) ** 2).sum())
    if WARP in records.made:
        values["jumps"] = float(unexplained(made, records.made[WARP][name]).sum())
    return values


def _landmarks(records: Records, ours: dict[str, dict[str, float]]) -> Iterator[Figure]:
    for judge, prefix in (("MediaPipe", "landmark"), ("own network", "net")):
        for part, goal in (("", LANDMARKS), ("_lips", LIPS)):
            title = f"{'lip ' if part else ''}landmark error over a drawing at rest, {judge}, px"
            if f"{prefix}_excess{part}" not in ours:
                yield Figure(title, None, goal, "lower", _NO_NET)
                continue
            values = [*ours[f"{prefix}_excess{part}"].values()]
            asked = mean([*ours[f"{prefix}_error{part}"].values()])
            detail = f"{asked:.2f} in frames, {_mean_of_still(records, f'{prefix}_error{part}'):.2f} at rest"
            yield Figure(title, mean(values), goal, "lower", _unknown(values, detail))
    title, judge = "landmark error on static drawings, own network, px", "landmark_error"
    goal = _mean_of_still(records, judge)
    if "net_error" in ours:
        net = _mean_of_still(records, "net_error")
        yield Figure(title, net, goal, "lower", "the goal is MediaPipe's error on the same drawings", True)
    else:
        yield Figure(title, None, goal, "lower", _NO_NET)


_NO_NET = "not measured: there is no landmark network (--landmark_net FILE)"


def _coherence(records: Records, columns: dict[str, dict[str, dict[str, float]]]) -> Iterator[Figure]:
    ours = mean([*columns[OURS]["ssim"].values()])
    if records.style == SSIM_STYLE:
        detail = f"the clips' own frames: {mean([*records.clip_ssim.values()]):.4f}"
        yield Figure("inter-frame SSIM at 25 frames/s", ours, SSIM, "higher", detail, decimals=4)
    if WARP not in columns:
        return
    warp = mean([*columns[WARP]["ssim"].values()])
    detail = f"UPD+Warp: {warp:.4f}"
    yield Figure(
        "inter-frame SSIM, ours − UPD+Warp", ours - warp, -SSIM_BELOW_WARP, "higher", detail, decimals=4
    )
    made = records.made[OURS]
    below = sum(int((one.ssim < JUMP).sum()) for one in made.values())
    detail = f"of {below} pairs below {JUMP:.2f} among {sum(len(one.ssim) for one in made.values())}"
    jumps = sum(columns[OURS]["jumps"].values())
    yield Figure(
        f"pairs with SSIM < {JUMP:.2f} that landmarks do not explain", jumps, 0, "lower", detail, decimals=0
    )


def _drawn(records: Records) -> Figure:
    distances = {row: frechet(records, row) for row in records.made}
    others = [distance for row, distance in distances.items() if row != OURS]
    detail = ", ".join(f"{row}: {distance:.2f}" for row, distance in distances.items() if row != OURS)
    if BASELINE not in distances:
        detail += f"{'; ' if detail else ''}no generator of the content loss alone was given (--baseline)"
    title = f"Fréchet distance (filter bank) to {len(records.references)} static drawings"
    if not others:
        return Figure(title, None, float("nan"), "lower", detail)
    return Figure(title, distances[OURS], min(others), "lower", detail, strict=True)


def _groups(records: Records, ours: dict[str, dict[str, float]]) -> Iterator[Figure]:
    if len(set(records.group.values())) < 2:
        return
    for column, values in ours.items():
        about = COLUMNS[column]
        if not about.of_groups:
            continue
        yield _worst(group_means(records, values), mean([*values.values()]), about)
    if found := group_frechet(records):
        about = Column("Fréchet distance, of UPD+Warp's", "lower", 2)
        yield _worst(found, mean([*found.values()]), about)


def _worst(found: dict[str, float], overall: float, about: Column) -> Figure:
    """The group that is furthest from the overall value, on the wrong side."""
    worse = {group: worse_by(value, overall, about.better) for group, value in found.items()}
    worst = max(worse, key=lambda group: worse[group])
    detail = f"{worst}: {found[worst]:.{about.decimals}f}, mean {overall:.{about.decimals}f}"
    title = f"worst group, % worse than the mean: {about.label}"
    return Figure(title, worse[worst], GROUPS, "lower", detail, decimals=1)


def _unknown(values: list[float], detail: str) -> str:
    missing = sum(not np.isfinite(value) for value in values)
    return f"{detail}; not defined on {missing} of {len(values)}" if missing else detail


def _mean_of_still(records: Records, name: str) -> float:
    return mean([scores.get(name, float("nan")) for scores in records.still.values()])


def _in(found: dict[str, dict[str, Any]], column: str) -> bool:
    return all(column in values for values in found.values())
