import numpy as np
import pytest
from speech_data import write_cache, write_weights

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.training.clips import clip_files, read_clip
from scripts import evaluate
from scripts.evaluation import speech
from scripts.evaluation.speech import head


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return write_cache(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return write_weights(tmp_path_factory.mktemp("weights"))


def test_the_table(cache, weights, tmp_path, capsys):
    arguments = ["speech", "--data", str(cache), "--checkpoints_dir", str(weights), "--out", str(tmp_path)]
    evaluate.main([*arguments, "--tests", "film_fit", "stillness", "babble"])
    rows = (tmp_path / "table.md").read_text().splitlines()
    assert rows[0].startswith("| Figure") and len(rows) >= 9
    assert any("mouth-opening correlation" in row and "≥ 0.7" in row for row in rows)
    shown = capsys.readouterr()
    assert all(row in shown.out for row in rows) and "c 0." in shown.err.replace("-", "")


def test_useless_arguments(cache, tmp_path):
    with pytest.raises(InputError, match="unknown test"):
        evaluate.main(["speech", "--data", str(cache), "--tests", "taste"])
    with pytest.raises(InputError, match="that are not in"):
        evaluate.main(["speech", "--data", str(cache), "--clips", "nobody"])
    with pytest.raises(InputError, match="no folder"):
        evaluate.main(["speech", "--data", str(tmp_path / "missing")])


def test_the_speed_test_counts_what_it_should(cache, weights, monkeypatch):
    monkeypatch.setattr("scripts.evaluation.speech.speed._WHOLE", 6)
    monkeypatch.setattr("scripts.evaluation.speech.speed._STREAMED", 3)
    clips = [read_clip(path) for path in clip_files(cache)]
    setting = speech.Setting(clips[:1], clips[1:], str(weights))
    figures = {figure.name: figure for figure in speech.known()["speed"](setting)}
    assert figures["stream: look-ahead, ms"].value < 200
    assert figures["stream against file, px"].reached


def test_figures_know_their_goal():
    assert (
        speech.Figure("a", 0.5, 0.4, "higher").reached and not speech.Figure("a", 0.5, 0.4, "lower").reached
    )
    assert not speech.Figure("a", float("nan"), 0.4, "higher").reached


def test_turns_of_the_head():
    angles = np.array([[0, 0, 0], [3, 0, 0], [3, 4, 0.0]])
    np.testing.assert_allclose(head.turns(angles), [3, 4], rtol=0.01)


def test_raises_of_brows_and_how_loud_it_is_at_their_onset():
    times = np.arange(625) / 62.5
    height = 0.02 * np.maximum(np.sin(2 * np.pi * times / 2), 0) + 0.001 * np.sin(40 * times)
    assert np.allclose(np.array(head.raises(height)) / 62.5, np.arange(0, 10, 2), atol=0.2)
    assert head.raises(0.1 * height) == []
    seconds = np.arange(160000) / 16000
    sound = np.random.default_rng(0).normal(0, 0.02, 160000) * np.where(np.abs(seconds % 2) < 0.5, 5, 1)
    span, speed, rate, stress = head.describe_brows(height, sound.astype(np.float32))
    assert 0.015 < span < 0.025 and 0.03 < speed < 0.15 and 24 <= rate <= 30 and stress > 0.5
