"""The face of a video is that of its first good frame."""

from pathlib import Path

import numpy as np
import pytest
from media_files import write_film

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.align import AlignedFace, align_face, align_first


def film(path: Path, photo: np.ndarray, shares: list[float]) -> Path:
    """The photo in frames of 0.1 s, each with a share of its brightness."""
    images = [(photo * share).astype(np.uint8) for share in shares]
    return write_film(path, images, [0.1 * k for k in range(len(images))])


@pytest.fixture(scope="module")
def small(photo: np.ndarray) -> np.ndarray:
    """The portrait's head and shoulders, so small that it is searched in one piece."""
    return np.ascontiguousarray(photo[:300, 80:380])


@pytest.fixture(scope="module")
def expected(small: np.ndarray) -> AlignedFace:
    return align_face(small)


@pytest.mark.parametrize(
    "shares", [[1.0] * 3, [0.0] * 8 + [1.0] * 4, [0.1 * k for k in range(11)] + [1.0] * 4]
)
def test_titles_and_fades(
    tmp_path: Path,
    small: np.ndarray,
    expected: AlignedFace,
    shares: list[float],
    capsys: pytest.CaptureFixture[str],
) -> None:
    face = align_first(film(tmp_path / "a.mkv", small, shares))
    assert "no mouth" not in capsys.readouterr().err  # in a pale frame that was tried
    assert np.abs(face.landmarks[:, :2] - expected.landmarks[:, :2]).mean() < 4
    assert face.image.std() > 0.9 * expected.image.std()


def test_a_clip_without_a_face(tmp_path: Path, small: np.ndarray) -> None:
    path = film(tmp_path / "a.mkv", small, [0.0] * 6)
    with pytest.raises(InputError, match=r"no frame in the first 10 s of the clip .*a\.mkv"):
        align_first(path)
