"""A style from one picture: what was painted is measured, and drawn with."""

import importlib.util
from pathlib import Path

import cv2
import numpy as np
import pytest

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.media import write_image
from module2_drawing.styles._colour import to_tab
from module2_drawing.styles._example import painted
from scripts import new_style

BLUE, OCHRE = (40, 60, 130), (205, 165, 70)


def example(width: float) -> np.ndarray:
    """Slanting strokes of this width, px of 512, some blue and some ochre."""
    y, x = np.indices((512, 512), np.float32)
    stripe = np.floor((x + 0.5 * y) / (1.25**0.5 * width)).astype(int)
    light = np.random.default_rng(0).uniform(0.75, 1.25, stripe.max() + 1)[stripe, None]
    colours = np.where((x > 256)[..., None], OCHRE, BLUE) * light
    return cv2.GaussianBlur(colours.clip(0, 255).astype(np.uint8), (0, 0), 1.0)


def test_palette_and_strokes_are_those_of_the_example() -> None:
    fine, broad = (new_style.measured(example(width)) for width in (6, 14))
    colours = np.array(fine.palette)
    assert colours[:, 3].sum() == pytest.approx(1, abs=0.05)
    assert (colours[:, 2] < -20).any() and (colours[:, 2] > 30).any() and np.abs(colours[:, 2]).min() > 10
    assert 5 <= fine.stroke[0] <= 8 < 1.4 * fine.stroke[0] <= broad.stroke[0] <= 16
    assert fine.stroke[1] > 4 * fine.stroke[0]


def test_a_style_is_a_file_that_paints_in_the_colours_of_the_example(
    tmp_path: Path, photo: np.ndarray
) -> None:
    write_image(tmp_path / "example.png", example(8))
    asked = ["two_tone", "--example", str(tmp_path / "example.png"), "--folder", str(tmp_path)]
    new_style.main(asked)
    spec = importlib.util.spec_from_file_location("two_tone", tmp_path / "two_tone.py")
    assert spec and spec.loader
    style = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(style)
    small = np.ascontiguousarray(photo[:240, 105:345])
    painting = style.render(small)
    assert painting.shape == small.shape and painting.dtype == np.uint8
    before, after = (to_tab(image) for image in (small, painting))
    palette = np.array(style.STYLE.palette)[:, 1:3]
    away = [np.abs(seen[..., None, 1:] - palette).sum(-1).min(-1).mean() for seen in (before, after)]
    assert away[1] < 0.6 * away[0]
    assert np.corrcoef(before[..., 0].ravel(), after[..., 0].ravel())[0, 1] > 0.85
    with pytest.raises(InputError, match="there is a style two_tone already"):
        new_style.main(asked)


def test_an_example_without_colours_leaves_none_of_the_photo(photo: np.ndarray) -> None:
    grey = np.repeat(np.tile(np.linspace(0, 255, 200), (200, 1))[..., None], 3, 2).astype(np.uint8)
    found = painted(cv2.resize(photo, (256, 256)), new_style.measured(grey))
    assert np.hypot(*np.moveaxis(to_tab(found)[..., 1:], 2, 0)).max() < 4


@pytest.mark.parametrize(
    ("name", "shape", "problem"),
    [
        ("Two", (80, 80), "no name"),
        ("oil", (80, 80), "style oil already"),
        ("drawing", (80, 80), "style drawing already"),
        ("example", (80, 80), "example.png is there already"),
        ("two", (40, 40), "64 px or more"),
        ("two", (80, 800), "at most 4 times as long"),
    ],
)
def test_bad_input_is_one_line(tmp_path: Path, name: str, shape: tuple[int, int], problem: str) -> None:
    picture = tmp_path / "example.png"
    write_image(picture, np.zeros((*shape, 3), np.uint8))
    with pytest.raises(InputError, match=problem):
        new_style.main([name, "--example", str(picture), "--folder", str(tmp_path), "--try_on", str(picture)])
    assert not list(tmp_path.glob("*.py"))
