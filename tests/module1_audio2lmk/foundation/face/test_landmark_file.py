"""Landmark frames keep their speed at any rate, last as long as the sound, and are refused where damaged."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.landmark_file import Motion, at_rate, read_landmarks, write_landmarks

FACE = np.stack([np.arange(68) % 10, np.arange(68)], axis=1).astype(np.float32)


def moving(count: int, fps: Fraction) -> Motion:
    """Each point moves by 100 px a second."""
    frames = np.repeat(FACE[None], count, axis=0)
    frames[..., 0] += 100 * np.arange(count)[:, None] / float(fps)
    return Motion(frames, fps)


@pytest.mark.parametrize("fps", [Fraction(10), Fraction(25), Fraction(30000, 1001), Fraction(125, 2)])
def test_another_rate_keeps_the_speed(fps: Fraction) -> None:
    changed = at_rate(moving(50, Fraction(25)), fps)
    assert changed.fps == fps
    assert len(changed.frames) == round(2 * fps)
    times = np.minimum(np.arange(len(changed.frames)) / float(fps), 49 / 25)
    assert np.allclose(changed.frames[:, 5, 0], 5 + 100 * times, atol=1e-2)


def test_the_same_rate_changes_nothing() -> None:
    motion = moving(50, Fraction(25))
    assert at_rate(motion, Fraction(25), 1.3) is motion


def test_a_longer_sound_holds_the_last_frame(capsys: pytest.CaptureFixture[str]) -> None:
    held = at_rate(moving(50, Fraction(25)), Fraction(25), 3.2)
    assert len(held.frames) == 80
    assert np.array_equal(held.frames[:50], moving(50, Fraction(25)).frames)
    assert (held.frames[50:] == held.frames[49]).all()
    assert "end at 2.00 s, the sound at 3.20 s" in capsys.readouterr().err


@pytest.mark.parametrize(
    "change",
    [
        {"fps": 0.0},
        {"fps": np.inf},
        {"fps": -25.0},
        {"fps": 5000.0},
        {"fps": np.nan},
        {"fps": np.array("25")},
        {"fps": np.array([25.0, 30.0])},
        {"start": np.full((68, 2), np.nan)},
        {"start": np.ones((68, 2))},
        {"frames": FACE * np.array([1.0] * 4 + [0.0])[:, None, None]},
        {"start": np.zeros((67, 2))},
        {"start": np.full((68, 2), "x")},
        {"frames": np.full((5, 68, 2), 1e30)},
        {"frames": np.zeros((5, 68, 3)) + np.arange(68)[:, None]},
        {"frames": FACE[:0].reshape(0, 68, 2)},
        {"frames": np.repeat(FACE[None], 5, axis=0).astype(complex)},
        {"frames": np.zeros((5, 68, 2), "M8[s]")},
    ],
)
def test_what_cannot_be_landmark_frames(tmp_path: Path, change: dict[str, np.ndarray]) -> None:
    arrays = {"frames": np.repeat(FACE[None], 5, axis=0), "fps": 25.0, "start": FACE}
    np.savez(tmp_path / "a.npz", **arrays)
    assert read_landmarks(tmp_path / "a.npz").fps == 25
    np.savez(tmp_path / "a.npz", **(arrays | change))
    with pytest.raises(InputError, match=r"a\.npz .*--save_landmarks"):
        read_landmarks(tmp_path / "a.npz")


def test_files_come_back(tmp_path: Path) -> None:
    motion = moving(7, Fraction(30000, 1001))._replace(start=FACE)
    write_landmarks(tmp_path / "a.npz", motion)
    again = read_landmarks(tmp_path / "a.npz")
    assert again.fps == motion.fps
    assert np.array_equal(again.frames, motion.frames) and np.array_equal(again.start, motion.start)
