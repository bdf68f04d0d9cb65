import pytest

from scripts.evaluation.tables import cell, latex, markdown, number, tables


def score(value, standing=None, low=None, high=None) -> dict:
    return {"value": value, "low": low, "high": high, "standing": standing, "clips": {"a": value, "b": None}}


@pytest.fixture
def results() -> dict:
    about = {"unit": "", "of": "clips", "definition": "A definition."}
    metrics = {
        "frechet_filterbank": about | {"label": "Fréchet", "better": "lower", "decimals": 1, "of": "sets"},
        "lmd": about | {"label": "LMD", "better": "lower", "decimals": 2, "unit": "px"},
        "flicker": about | {"label": "Flicker", "better": "lower", "decimals": 3},
    }
    labels = {"ours": "Ours", "upd_warp": "UPD+Warp", "per_frame": "Clip, drawn"}
    scores = {
        "ours": {
            "frechet_filterbank": score(10.04, "best", 9, 11),
            "lmd": score(2.5, "within"),
            "flicker": score(None),
        },
        "upd_warp": {
            "frechet_filterbank": score(12.0, "worse", 11, 13),
            "lmd": score(2.25, "best"),
            "flicker": score(0.5, "best"),
        },
        "per_frame": {"frechet_filterbank": score(0.0), "lmd": score(2.0), "flicker": score(1.5)},
    }
    return {
        "methods": {
            name: {"label": label, "sees_clip": name == "per_frame"} for name, label in labels.items()
        },
        "metrics": metrics,
        "scores": scores,
        "clips": ["a", "b"],
        "frames": {"a": 10, "b": 20},
        "settings": {"drive": "speech", "style": "drawing"},
    }


def test_the_main_table_is_laid_out_like_the_papers(results: dict) -> None:
    main, others = tables(results)
    assert main.header == [
        "Method",
        "Fréchet ↓",
        "LMD (px) ↓",
        "FID ↓ (paper)",
        "SSIM ↑ (paper)",
        "LMD ↓ (paper)",
    ]
    texts = [[c.text for c in row] if row else None for row in main.rows]
    assert texts[0] == ["ATVG+UPD", "—", "—", "162.1", "0.923", "2.74"]
    assert texts[2] == ["UPD+Warp", "12.0 [11.0, 13.0]", "2.25", "151.9", "0.975", "2.64"]
    assert texts[3] == ["Ours", "10.0 [9.0, 11.0]", "2.50", "135.2", "0.974", "2.64"]
    assert texts[4] is None and texts[5] == ["Clip, drawn", "0.0", "2.00", "", "", ""]
    assert any("other data" in note for note in main.notes)
    assert any("0 is that of the reference itself" in note for note in main.notes)
    assert others.header == ["Method", "Flicker ↓"] and others.rows[1][1].text == "—"


def test_markdown_marks_the_best_and_those_within_its_interval(results: dict) -> None:
    lines = markdown(tables(results)).splitlines()
    ours = next(line for line in lines if line.startswith("| Ours"))
    assert ours.startswith("| Ours | **10.0 [9.0, 11.0]** | 2.50 † | 135.2")
    main = [line for line in lines[: lines.index("**Other metrics**")] if line.startswith("|")]
    assert {line.count("|") for line in main} == {7}


def test_latex_is_escaped_and_complete(results: dict) -> None:
    results["methods"]["ours"]["label"] = "Ours_50% & more"
    text = latex(tables(results))
    assert r"Ours\_50\% \& more & \textbf{10.0 [9.0, 11.0]} & 2.50 \textdagger{}" in text
    assert text.count(r"\begin{tabular}{lccccc}") == 1 and text.count(r"\end{table}") == 2
    assert not set("†↓↑—") & set(text)


def test_a_cell(results: dict) -> None:
    assert cell(results, "ours", "lmd").standing == "within"
    assert number(1.005, 1) == "1.0"
