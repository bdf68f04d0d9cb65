import json

import numpy as np
import pytest
import soundfile
import torch
from speech_data import voice

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.training.voice_tasks import SpeakerEncoderTask, equal_error_rate, read_voices, recorded


def write_voices(folder, names="abc"):
    for seed, name in enumerate(names):
        (folder / name).mkdir()
        for part in range(2):
            soundfile.write(folder / name / f"{part}.wav", voice(2.0, seed)[0], 16000)
    return folder


def test_recordings_of_a_voice_are_joined_and_held_out_by_name(tmp_path):
    write_voices(tmp_path)
    (tmp_path / "split.json").write_text(json.dumps({"validation": ["b"]}))
    training, held_out = read_voices(tmp_path)
    assert list(training) == ["a", "c"] and list(held_out) == ["b"]
    assert len(training["a"][0]) == 4 * 16000


def test_useless_folders_of_voices(tmp_path):
    with pytest.raises(InputError, match="no folder"):
        read_voices(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no sound files"):
        read_voices(tmp_path)
    write_voices(tmp_path, "a")
    (tmp_path / "split.json").write_text(json.dumps({"validation": ["z"]}))
    with pytest.raises(InputError, match="lacks z"):
        read_voices(tmp_path)


def test_error_rates():
    assert equal_error_rate(np.array([0.9, 0.8]), np.array([0.1, 0.2])) == 0
    assert equal_error_rate(np.array([0.1, 0.9]), np.array([0.2, 0.8])) == pytest.approx(0.5)


def test_held_out_voices_are_judged_whole_and_in_parts():
    voices = {name: [voice(8.0, seed)[0]] for seed, name in enumerate("abcd")}
    training = {name: voices[name] for name in "ab"}
    task = SpeakerEncoderTask(training, voices, {"hidden": 8, "layers": 1, "floor": 1e-4})
    with torch.no_grad():
        figures = task.validate()
    assert set(figures) == {"equal_error_rate", "error_rate_of_halves"}
    assert np.isfinite(task.losses(0, 0, 1)["main"].item())


def test_a_recording_keeps_its_shape_and_its_sense():
    mel = np.tile(np.geomspace(1, 1e-3, 40), (50, 1)).astype(np.float32)
    for seed in range(20):
        heard = recorded(mel, np.random.default_rng(seed))
        assert heard.shape == mel.shape and heard.dtype == np.float32
        assert (heard > 0).all() and np.isfinite(heard).all()
        assert heard[:, :10].mean() > heard[:, -10:].mean()
