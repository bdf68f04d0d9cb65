"""Figures with goals: what the drawing stage is held against, from the scores of photos in motion."""

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np

from .bootstrap import mean
from .frechet import frechet_distance
from .store import Store, read_arrays
from .summary import Draws, Scores, entries_of
from .tables import Figure

OURS, WARP, BASELINE, AT_REST, REDRAWN = "ours", "upd_warp", "content_only", "at_rest", "redrawn"
_FOLLOWED = ("landmark_error", "landmark_error_lips", "net_error", "net_error_lips", "inter_frame_ssim")
#: What photos in motion are measured by, and `identity`; columns that groups are compared by.
METRICS = (*_FOLLOWED, "clip_ssim", "background_identical", "face_found", "frechet_filterbank")
OF_GROUPS = (*_FOLLOWED, "identity_ratio", "background_identical")
FEATURES = "frechet_filterbank"
LANDMARKS, LIPS = 0.7, 0.8  # px over what is found in drawings at rest
SSIM, SSIM_BELOW_WARP = 0.974, 0.002
SSIM_STYLE = "drawing"  # whose frames are held against SSIM
IDENTITY = 0.95  # of what drawings of the same face have in common
GROUPS = 15.0  # per cent worse than the mean
JUMP = 0.90  # SSIM of neighbouring frames
JUMP_MARGIN, JUMP_STEP = 0.02, 1.5  # SSIM, px a frame: what makes a jump the landmarks' own

_DETECTORS = (("MediaPipe", "landmark_error"), ("own network", "net_error"))
_NO_NET = "not measured: there is no landmark network (--landmark_net FILE)"

Better = Literal["lower", "higher"]
#: Row → clip → arrays: "ssim" and "steps" of neighbouring frames, features of set metrics.
Arrays = dict[str, dict[str, dict[str, np.ndarray]]]


def complete(results: dict[str, Any], store: Store) -> dict[str, Any]:
    """The results of photos in motion with columns that need several rows, and the figures with goals."""
    moving = [name for name, about in results["methods"].items() if not about["at_rest"]]
    arrays = {row: {c: read_arrays(store.pair(row, c)) or {} for c in results["clips"]} for row in moving}
    at_rest = {c: (read_arrays(store.reference(c)) or {})[FEATURES] for c in results["clips"]}
    used = results["settings"]["bootstrap"]
    for name, (about, raw) in derived(results, arrays).items():
        results["metrics"][name] = about
        for row, entry in entries_of(raw, about["better"], moving, Draws(**used)).items():
            results["scores"][row][name] = entry
    found = figures(results, arrays, at_rest)
    results["figures"] = [figure.as_dict() for figure in found]
    return results


def derived(results: dict[str, Any], arrays: Arrays) -> dict[str, tuple[dict[str, Any], Scores]]:
    """Column → what it is, and its scores: those that compare a row with another."""
    found: dict[str, tuple[dict[str, Any], Scores]] = {}
    for detector, name in _DETECTORS:
        for part, lips in (("", ""), ("_lips", "Lips ")):
            if name + part not in results["metrics"]:
                continue
            rest = clips_of(results, AT_REST, name + part)
            raw = {r: {c: v - rest[c] for c, v in clips_of(results, r, name + part).items()} for r in arrays}
            label = f"{lips or 'Landmarks '}over a drawing at rest, {detector}"
            about = _about(label, "px", "lower", 2, "Landmark error less that of the photo's static drawing.")
            found[f"{name}_over_rest{part}"] = about, raw
    alike = clips_of(results, REDRAWN, "identity")
    raw = {r: {c: v / alike[c] for c, v in clips_of(results, r, "identity").items()} for r in arrays}
    definition = "Identity over that of static drawings of the photo turned, scaled, moved and lit otherwise."
    found["identity_ratio"] = _about("Identity, of the same face's", "", "higher", 3, definition), raw
    if WARP in arrays:
        warp = arrays[WARP]
        raw = {
            r: {c: float(unexplained(a, warp[c]).sum()) for c, a in of.items()} for r, of in arrays.items()
        }
        definition = "Pairs of frames with SSIM < 0.90 that the landmarks do not explain, see `unexplained`."
        found["jumps"] = _about("Unexplained jumps", "", "lower", 2, definition), raw
    return found


def figures(results: dict[str, Any], arrays: Arrays, at_rest: dict[str, np.ndarray]) -> list[Figure]:
    """All figures; the groups last."""
    made = [*_landmarks(results), *_coherence(results, arrays), _drawn(results)]
    detail = f"drawings of the same face: {_mean(results, REDRAWN, 'identity'):.3f}"
    value = _mean(results, OURS, "identity_ratio")
    made.append(
        Figure("identity, of what drawings of the same face share", value, IDENTITY, "higher", detail)
    )
    value = _mean(results, OURS, "background_identical")
    made.append(Figure("background identical in neighbouring frames, %", value, 100, "higher"))
    return made + list(_groups(results, arrays, at_rest))


def clips_of(results: dict[str, Any], row: str, metric: str) -> dict[str, float]:
    """Scores of a row clip by clip, NaN where they are not defined."""
    values = results["scores"][row][metric]["clips"]
    return {clip: float("nan") if value is None else value for clip, value in values.items()}


def unexplained(ours: dict[str, np.ndarray], warp: dict[str, np.ndarray]) -> np.ndarray:
    """(T − 1,) bool: neighbouring frames with an SSIM below 0.90 that the landmarks do not explain.

    The landmarks explain a jump where they move by more than 1.5 px on average, or where the static drawing,
    warped by the same landmarks, has an SSIM below 0.92 as well.
    """
    explained = (warp["ssim"] < JUMP + JUMP_MARGIN) | (ours["steps"] > JUMP_STEP)
    return (ours["ssim"] < JUMP) & ~explained


def group_frechet(
    results: dict[str, Any], arrays: Arrays, at_rest: dict[str, np.ndarray]
) -> dict[str, float]:
    """In each group the Fréchet distance of our frames from the group's static drawings, over UPD+Warp's.

    So that groups can be compared: hair that is all lines is farther off under any motion. Empty where
    UPD+Warp was not drawn, or a group has one portrait only.
    """
    groups: dict[str, list[str]] = {}
    for name, about in results["photos"].items():
        groups.setdefault(about["group"], []).append(name)
    if WARP not in arrays or min(map(len, groups.values())) < 2:
        return {}

    def distance(row: str, names: list[str]) -> float:
        frames = np.concatenate([arrays[row][name][FEATURES] for name in names])
        return frechet_distance(frames, np.concatenate([at_rest[name] for name in names]))

    return {group: distance(OURS, names) / distance(WARP, names) for group, names in groups.items()}


def group_means(results: dict[str, Any], metric: str) -> dict[str, float]:
    """Mean of a column of ours in each group."""
    values, photos = clips_of(results, OURS, metric), results["photos"]
    return {
        group: mean([values[name] for name in values if photos[name]["group"] == group])
        for group in sorted({about["group"] for about in photos.values()})
    }


def worse_by(value: float, overall: float, better: Better) -> float:
    """By how many per cent of the mean a value is worse than it; negative where it is better."""
    difference = overall - value if better == "higher" else value - overall
    return 100 * difference / abs(overall) if overall else (0.0 if difference == 0 else float("inf"))


def _landmarks(results: dict[str, Any]) -> Iterator[Figure]:
    for detector, name in _DETECTORS:
        for part, goal in (("", LANDMARKS), ("_lips", LIPS)):
            title = f"{'lip ' if part else ''}landmark error over a drawing at rest, {detector}, px"
            if f"{name}_over_rest{part}" not in results["metrics"]:
                yield Figure(title, None, goal, "lower", _NO_NET)
                continue
            values = [*clips_of(results, OURS, f"{name}_over_rest{part}").values()]
            asked, rest = (_mean(results, row, name + part) for row in (OURS, AT_REST))
            detail = f"{asked:.2f} in frames, {rest:.2f} at rest"
            if missing := sum(not np.isfinite(value) for value in values):
                detail += f"; not defined on {missing} of {len(values)}"
            yield Figure(title, mean(values), goal, "lower", detail)
    title = "landmark error on static drawings, own network, px"
    goal = _mean(results, AT_REST, "landmark_error")
    net = _mean(results, AT_REST, "net_error") if "net_error" in results["metrics"] else None
    detail = _NO_NET if net is None else "the goal is MediaPipe's error on the same drawings"
    yield Figure(title, net, goal, "lower", detail, strict=True)


def _coherence(results: dict[str, Any], arrays: Arrays) -> Iterator[Figure]:
    ours = _mean(results, OURS, "inter_frame_ssim")
    if results["settings"]["style"] == SSIM_STYLE:
        detail = f"the clips' own frames: {_mean(results, OURS, 'clip_ssim'):.4f}"
        yield Figure("inter-frame SSIM at 25 frames/s", ours, SSIM, "higher", detail)
    if WARP not in arrays:
        return
    warp = _mean(results, WARP, "inter_frame_ssim")
    title, detail = "inter-frame SSIM, ours − UPD+Warp", f"UPD+Warp: {warp:.4f}"
    yield Figure(title, ours - warp, -SSIM_BELOW_WARP, "higher", detail)
    pairs = np.concatenate([made["ssim"] for made in arrays[OURS].values()])
    detail = f"of {int((pairs < JUMP).sum())} pairs below {JUMP:.2f} among {len(pairs)}"
    jumps = sum(clips_of(results, OURS, "jumps").values())
    title = f"pairs with SSIM < {JUMP:.2f} that landmarks do not explain"
    yield Figure(title, jumps, 0, "lower", detail)


def _drawn(results: dict[str, Any]) -> Figure:
    distances = {row: of[FEATURES]["value"] for row, of in results["scores"].items() if FEATURES in of}
    others = {row: distance for row, distance in distances.items() if row != OURS}
    notes = [", ".join(f"{row}: {distance:.2f}" for row, distance in others.items())] if others else []
    if BASELINE not in distances:
        notes.append("no generator of the content loss alone was given (--baseline)")
    title = "Fréchet distance (filter bank) to reference drawings"
    if not others:
        return Figure(title, None, float("nan"), "lower", "; ".join(notes))
    goal = min(others.values())
    return Figure(title, distances[OURS], goal, "lower", "; ".join(notes), strict=True)


def _groups(results: dict[str, Any], arrays: Arrays, at_rest: dict[str, np.ndarray]) -> Iterator[Figure]:
    if len({about["group"] for about in results["photos"].values()}) < 2:
        return
    for metric in OF_GROUPS:
        if about := results["metrics"].get(metric):
            yield _worst(group_means(results, metric), _mean(results, OURS, metric), about)
    if found := group_frechet(results, arrays, at_rest):
        about = _about("Fréchet distance, of UPD+Warp's", "", "lower", 2)
        yield _worst(found, mean([*found.values()]), about)


def _worst(found: dict[str, float], overall: float, about: dict[str, Any]) -> Figure:
    """The group that is furthest from the overall value, on the wrong side."""
    worse = {group: worse_by(value, overall, about["better"]) for group, value in found.items()}
    worst = max(worse, key=lambda group: worse[group])
    decimals = about["decimals"]
    detail = f"{worst}: {found[worst]:.{decimals}f}, mean {overall:.{decimals}f}"
    title = f"worst group, % worse than the mean: {about['label']}"
    return Figure(title, worse[worst], GROUPS, "lower", detail)


def _mean(results: dict[str, Any], row: str, metric: str) -> float:
    return mean([*clips_of(results, row, metric).values()])


def _about(label: str, unit: str, better: Better, decimals: int, definition: str = "") -> dict[str, Any]:
    about = {"label": label, "unit": unit, "better": better, "decimals": decimals}
    return about | {"definition": definition or label, "of": "clips"}
