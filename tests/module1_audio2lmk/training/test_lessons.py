import numpy as np
import pytest

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.training.lessons import Lesson, read_lesson, read_lessons, write_lesson


def a_lesson(name="one", versions=2):
    random = np.random.default_rng(0)
    return Lesson(
        name,
        random.normal(size=(versions, 30, 80)),
        random.normal(size=(30, 4)),
        random.normal(size=(30, 6)),
        random.normal(size=(4, 204)),
    )


def test_a_lesson_comes_back(tmp_path):
    lesson = a_lesson()
    write_lesson(tmp_path / "one.npz", lesson)
    again = read_lesson(tmp_path / "one.npz")
    assert again.name == "one"
    for key in ("mels", "shape", "heard", "basis"):
        np.testing.assert_allclose(getattr(again, key), getattr(lesson, key), atol=4e-3)


def test_lessons_of_a_folder_come_in_order(tmp_path):
    for name in ("b", "a"):
        write_lesson(tmp_path / f"{name}.npz", a_lesson(name, versions=0))
    lessons = read_lessons(tmp_path)
    assert [lesson.name for lesson in lessons] == ["a", "b"] and lessons[0].mels.shape == (0, 30, 80)


def test_what_is_no_lesson(tmp_path):
    with pytest.raises(InputError, match="holds no lessons"):
        read_lessons(tmp_path)
    with pytest.raises(InputError, match="holds no lessons"):
        read_lessons(tmp_path / "missing")
    (tmp_path / "bad.npz").write_bytes(b"PK nothing")
    with pytest.raises(InputError, match="damaged"):
        read_lessons(tmp_path)
