import numpy as np
import pytest
from speech_data import talking_clip, viseme_clip

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.training import clips


@pytest.mark.parametrize("clip", [talking_clip("a", 1.0), viseme_clip("b")])
def test_a_clip_survives_the_disk(tmp_path, clip):
    path = tmp_path / f"{clip.name}.npz"
    clips.write_clip(path, clip)
    back = clips.read_clip(path)
    assert (back.name, back.kind, back.segments) == (clip.name, clip.kind, clip.segments)
    np.testing.assert_allclose(back.waveform, clip.waveform, atol=1 / 32767)
    np.testing.assert_allclose(back.landmarks, clip.landmarks, atol=1e-3)
    np.testing.assert_array_equal(back.rotation, clip.rotation)
    assert clips.clip_files(tmp_path) == [path]


def test_no_pickles_are_opened(tmp_path):
    path = tmp_path / "evil.npz"
    np.savez(path, about=np.array([{"name": "x"}], dtype=object))
    with pytest.raises(InputError, match="no training clip"):
        clips.read_clip(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04nonsense"])
def test_damaged_clips(tmp_path, content):
    path = tmp_path / "a.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"a\.npz"):
        clips.read_clip(path)


def test_split(tmp_path):
    assert clips.read_split(tmp_path) == []
    clips.write_split(tmp_path, ["b", "a"])
    assert clips.read_split(tmp_path) == ["a", "b"]
    (tmp_path / clips.SPLIT_FILE).write_text("[]")
    with pytest.raises(InputError, match="no split"):
        clips.read_split(tmp_path)
