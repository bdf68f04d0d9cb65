import numpy as np
import pytest
import soundfile
from speech_data import viseme_clip, voice, write_cache

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.training import clips
from module1_audio2lmk.training.pseudo_labels import read_all_pseudo_labels
from scripts import prepare_pseudo_labels


class FrontEnd:
    """In place of the speech encoder: hears the loudness of each 16 ms."""

    def batch(self, waveforms):
        return [self.heard(waveform) for waveform in waveforms]

    def heard(self, waveform):
        padded = np.pad(waveform, (0, 256))
        level = [np.abs(padded[start : start + 256]).mean() for start in range(0, len(waveform) + 1, 256)]
        return np.stack([level, np.sqrt(level)], axis=1).astype(np.float32)[: len(waveform) // 256 + 1]


@pytest.fixture
def folders(monkeypatch, tmp_path):
    monkeypatch.setattr(prepare_pseudo_labels, "front_end_named", lambda *_, **options: FrontEnd())
    write_cache(tmp_path / "clips")
    clips.write_clip(tmp_path / "visemes" / "viseme.npz", viseme_clip())
    (tmp_path / "sounds").mkdir()
    for index in range(3):
        soundfile.write(tmp_path / "sounds" / f"{index}.wav", voice(4.0, seed=9 + index)[0], 16000)
    soundfile.write(tmp_path / "sounds" / "silent.wav", np.zeros(32000), 16000)
    (tmp_path / "sounds" / "broken.wav").write_bytes(b"RIFF")
    return tmp_path


def run(folder, *more):
    command = [folder / "sounds", "--clips", folder / "clips"]
    command += ["--viseme_data", folder / "visemes", "--out", folder / "pseudo-labels"]
    prepare_pseudo_labels.main(list(map(str, [*command, "--shape_size", "3", "--quiet", *more])))


def test_recordings_and_clips_become_pseudo_labels(folders):
    run(folders)
    pseudo_labels = {labels.name: labels for labels in read_all_pseudo_labels(folders / "pseudo-labels")}
    assert set(pseudo_labels) == {"a", "b", "viseme", "speech_0_00000"}, "the held-out clip is left alone"
    assert len(pseudo_labels["a"].mels) == 0 and pseudo_labels["a"].heard.shape[1] == 2
    recording = pseudo_labels["speech_0_00000"]
    frames = len(recording.shape)
    assert 12 * 62.5 < frames < 14 * 62.5 and recording.mels.shape == (2, frames, 80)


def test_the_labels_follow_the_films(folders):
    """In the films the mouth opens with the loudness, so it has to in the recordings."""
    run(folders)
    labels = read_all_pseudo_labels(folders / "pseudo-labels")[2]
    level = labels.mels[0].astype(float).mean(axis=1)
    moved = (labels.shape.astype(float) @ labels.basis).reshape(-1, 68, 3)[:, 57, 1]
    assert np.corrcoef(level > np.median(level), moved)[0, 1] > 0.7


def test_an_interrupted_run_goes_on(folders):
    run(folders)
    path = folders / "pseudo-labels" / "speech_0_00000.npz"
    written = path.read_bytes()
    path.with_name("a.npz").unlink()
    run(folders)
    assert path.read_bytes() == written and path.with_name("a.npz").exists()


def test_the_minutes_are_limited(folders):
    for index in range(20):
        soundfile.write(folders / "sounds" / f"more{index}.wav", voice(4.0, seed=index)[0], 16000)
    run(folders, "--minutes", "0.5")
    names = [labels.name for labels in read_all_pseudo_labels(folders / "pseudo-labels")]
    assert sum(name.startswith("speech_") for name in names) == 2


def test_nothing_to_read(folders):
    for file in (folders / "sounds").iterdir():
        file.unlink()
    with pytest.raises(InputError, match="no recordings in"):
        run(folders)
