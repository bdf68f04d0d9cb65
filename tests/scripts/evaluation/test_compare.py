import numpy as np
import pytest

from module1_audio2lmk.foundation.errors import InputError
from scripts.evaluation.bootstrap import difference
from scripts.evaluation.commands.regress import compare_results, table

CLIPS = [f"clip{i}" for i in range(8)]
METRICS = {
    "lmd": {"label": "LMD", "better": "lower", "decimals": 2, "unit": "px"},
    "frechet_filterbank": {"label": "Fréchet", "better": "lower", "decimals": 2, "unit": ""},
}


def entry(values) -> dict:
    return {"value": float(np.mean(values)), "clips": dict(zip(CLIPS, values, strict=True))}


def results(lmd, draws, **settings) -> dict:
    fixed = {"style": "drawing", "drive": "clip", "seconds": 0, "step": 2, "references": "clips"}
    return {
        "clips": CLIPS,
        "metrics": METRICS,
        "methods": {"ours": {"label": "Ours"}},
        "settings": fixed | {"bootstrap": {"seed": 0}} | settings,
        "scores": {
            "ours": {
                "lmd": entry(lmd),
                "frechet_filterbank": {"value": float(np.mean(draws)), "draws": list(draws)},
            }
        },
    }


BASE = np.linspace(2, 3, 8)


def test_a_small_change_of_every_clip_is_seen_below_the_spread_of_clips() -> None:
    found = difference(entry(BASE), entry(BASE + 0.05), "lower")
    assert found.verdict == "worse" and np.isclose(found.value, 0.05)
    assert difference(entry(BASE), entry(BASE + 0.05), "higher").verdict == "better"


def test_a_change_of_both_signs_is_none() -> None:
    change = 0.1 * np.array([1, -1] * 4)
    found = difference(entry(BASE), entry(BASE + change), "lower")
    assert found.verdict == "same" and found.low < 0 < found.high


def test_a_score_that_is_no_longer_defined_is_worse() -> None:
    lost = entry(BASE)
    lost["clips"]["clip3"] = None
    found = difference(entry(BASE), lost, "lower")
    assert found.verdict == "worse" and "clip3" in found.note


def test_without_common_clips_nothing_is_known() -> None:
    other = {"value": 1.0, "clips": {"another": 1.0}}
    assert difference(entry(BASE), other, "lower").verdict == "unknown"


def test_results_are_compared_metric_by_metric() -> None:
    old = results(BASE, [10.0, 11.0, 12.0])
    new = results(BASE, [13.0, 14.5, 15.0])
    found = {finding.metric: finding.change.verdict for finding in compare_results(old, new)}
    assert found == {"lmd": "same", "frechet_filterbank": "worse"}
    back = {finding.metric: finding.change.verdict for finding in compare_results(new, old)}
    assert back["frechet_filterbank"] == "better"
    rows = table(compare_results(old, new), METRICS).rows
    assert rows[0][1].text.startswith("Fréchet") and rows[0][-1].text == "worse"


def test_distances_of_other_clips_are_not_compared() -> None:
    new = results(BASE, [13.0, 14.0, 15.0])
    new["clips"] = CLIPS[:-1]
    verdicts = {f.metric: f.change.verdict for f in compare_results(results(BASE, [1.0, 2.0, 3.0]), new)}
    assert verdicts["frechet_filterbank"] == "unknown"


def test_other_settings_are_refused() -> None:
    with pytest.raises(InputError, match="drive"):
        compare_results(results(BASE, [1.0]), results(BASE, [1.0], drive="speech"))


def test_what_one_of_the_methods_has_not_is_left_out() -> None:
    old, new = results(BASE, [1.0, 2.0]), results(BASE, [1.0, 2.0])
    del new["scores"]["ours"]["frechet_filterbank"]
    assert [found.metric for found in compare_results(old, new)] == ["lmd"]
