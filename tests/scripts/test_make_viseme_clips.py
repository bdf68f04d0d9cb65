import shutil

import numpy as np
import pytest
from cli_tools import run

from module1_audio2lmk.audio.waveform import frame_energy
from module1_audio2lmk.training import clips, voices
from module1_audio2lmk.training.phonemes import is_bilabial
from scripts import make_viseme_clips

needs_espeak = pytest.mark.skipif(
    voices.ctypes.util.find_library("espeak-ng") is None, reason="espeak-ng is not installed"
)
needs_flite = pytest.mark.skipif(shutil.which("flite") is None, reason="flite is not installed")


def make(*arguments):
    return run(make_viseme_clips.main, *arguments)


@needs_espeak
def test_clips_are_made_once_and_always_the_same(tmp_path):
    options = ["--minutes", "0.6", "--flite_share", "0", "--seed", "3", "--quiet"]
    assert make("--out", tmp_path, *options).returncode == 0
    files = clips.clip_files(tmp_path)
    assert len(files) == 2
    first = [clips.read_clip(file) for file in files]
    files[1].unlink()  # as after an interruption: what is made anew does not depend on what was made before
    kept = files[0].stat().st_mtime_ns
    assert make("--out", tmp_path, *options).returncode == 0
    assert files[0].stat().st_mtime_ns == kept
    for file, other in zip(files, first, strict=True):
        clip = clips.read_clip(file)
        assert clip.kind == "viseme" and 20 < clip.seconds < 60
        np.testing.assert_array_equal(clip.waveform, other.waveform)
        assert clip.segments == other.segments
        ends = np.array([segment.end for segment in clip.segments])
        starts = np.array([segment.start for segment in clip.segments])
        assert (np.diff(starts) >= 0).all() and ends.max() <= clip.seconds
        assert any(is_bilabial(segment.ipa) for segment in clip.segments if segment.ipa)


@needs_espeak
def test_espeak_times_its_sounds():
    spoken = voices.espeak()("mama, papa", "en-us")
    level = frame_energy(spoken.waveform)
    vowels = [s for s in spoken.segments if s.ipa[:1] in ("ɑ", "a", "ə")]
    pauses = [s for s in spoken.segments if not s.ipa and s.end - s.start > 0.1]
    assert len(vowels) >= 3 and pauses

    def mean(segments):
        return np.mean([level[int(62.5 * (s.start + s.end) / 2)] for s in segments])

    assert mean(vowels) > mean(pauses) + 20
    stop = next(s for s in spoken.segments if s.ipa == "p" and s.start > 0.5)
    assert level[int(62.5 * (stop.start + 0.03))] < mean(vowels) - 6


@needs_flite
def test_flite_times_its_sounds():
    spoken = voices.flite("Bob may move.")
    names = "".join(s.ipa for s in spoken.segments)
    assert names.startswith("bɑb") and spoken.segments[-1].end == pytest.approx(
        len(spoken.waveform) / 16000, abs=0.05
    )


@needs_espeak
def test_unknown_voices():
    with pytest.raises(voices.InputError, match="no voice"):
        voices.espeak()("hello", "nowhere")


def test_useless_options(tmp_path):
    done = make("--out", tmp_path / "x", "--minutes", "-1")
    assert done.returncode == 2 and "--minutes" in done.stderr and not (tmp_path / "x").exists()
