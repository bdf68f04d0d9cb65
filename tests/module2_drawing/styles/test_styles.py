"""What every style has to do, and what the coloured ones do to faces."""

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest
from skimage.metrics import structural_similarity

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.errors import InputError
from module2_drawing import styles

COLOURED = ["cartoon", "oil", "watercolour"]
Portrait = Callable[[tuple[int, int, int]], np.ndarray]


@lru_cache(maxsize=64)
def _drawn(style: str, pixels: bytes, shape: tuple[int, ...]) -> np.ndarray:
    return styles.load(style).render(np.frombuffer(pixels, np.uint8).reshape(shape))


def drawn(style: str, image: np.ndarray) -> np.ndarray:
    """The rendering, computed once for all tests that want it."""
    return _drawn(style, image.tobytes(), image.shape)


def lab(rgb: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)


def half_size(image: np.ndarray) -> np.ndarray:
    """At the size of the films."""
    return cv2.resize(image, (256, 256), interpolation=cv2.INTER_AREA)


def hue(colours: np.ndarray) -> float:
    """Hue of the mean of Lab colours (N, 3), degrees."""
    return float(np.degrees(np.arctan2(colours[:, 2].mean(), colours[:, 1].mean())))


def test_every_file_is_a_style() -> None:
    assert set(styles.names()) >= {*COLOURED, "line_drawing"}
    assert {name: styles.load(name).channels for name in ["line_drawing", *COLOURED]} == {
        "line_drawing": 1,
        "cartoon": 3,
        "oil": 3,
        "watercolour": 3,
    }


def test_the_animator_knows_every_file(monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(styles.renderers())[:2] == ["drawing", "cartoon"]
    assert sorted(styles.renderers().values()) == styles.names()
    monkeypatch.setattr(styles, "names", lambda: ["line_drawing", "sepia"])
    assert styles.renderers() == {"drawing": "line_drawing", "sepia": "sepia"}
    assert checkpoints.known_file("generator_sepia").default == "default/generator_sepia.safetensors"
    with pytest.raises(KeyError):
        checkpoints.known_file("sepia")


def test_ways_of_drawing_have_a_name_of_two_parts() -> None:
    assert {"drawing:pen", "drawing:pencil"} <= set(styles.renderers())
    for public, file in styles.renderers().items():
        assert styles.renderer_name(public) == file and styles.public_name(file) == public
        assert styles.public_name(public) == public and styles.renderer_name(file) == file


def test_hatching_deepens_with_the_shadow() -> None:
    from module2_drawing.styles.drawing_pen import hatching

    shadows = (np.full((512, 512), tone, np.float32) for tone in (0, 0.2, 0.5, 0.8, 1))
    ink = [float(hatching(shadow, 512).mean()) for shadow in shadows]
    assert ink[0] < 0.01 and ink[-1] > 0.4
    assert all(np.diff(ink) > 0.01)


@pytest.mark.parametrize("name", ["drawing_pen", "drawing_pencil"])
def test_a_whole_picture_has_the_strokes_of_a_face(name: str, photo: np.ndarray) -> None:
    style, side = styles.load(name), photo.shape[1]
    wide = style.draw(np.hstack([photo, photo[:, ::-1]]), side)[:, : side - side // 8]
    alone = style.render(photo)[:, : side - side // 8]
    assert np.abs(wide.astype(int) - alone).mean() < 6


@pytest.mark.parametrize("name", COLOURED)
def test_a_larger_face_is_painted_alike_with_edges_as_crisp(name: str, photo: np.ndarray) -> None:
    """A part of it, as of faces of 512 and of 1024 px."""
    part = np.ascontiguousarray(photo[150:350, 150:350])
    large = cv2.resize(part, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    style = styles.load(name)
    small, fine = style.draw(part, 512), style.draw(large, 1024)
    assert np.abs(cv2.resize(fine, (200, 200), interpolation=cv2.INTER_AREA).astype(int) - small).mean() < 5
    enlarged = cv2.resize(small, (400, 400), interpolation=cv2.INTER_CUBIC)
    steep = [np.abs(np.diff(image[..., 1].astype(int))) for image in (enlarged, fine)]
    assert np.percentile(steep[1], 98) > 0.95 * np.percentile(steep[0], 98)


@pytest.mark.parametrize("name", ["engraving", "_strokes", "__init__", "../oil", ""])
def test_unknown_styles_are_named_with_the_known_ones(name: str) -> None:
    with pytest.raises(InputError, match=", ".join(styles.names())):
        styles.load(name)


def test_incomplete_renderer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from module2_drawing.styles import cartoon

    monkeypatch.setattr(cartoon, "CHANNELS", 2)
    with pytest.raises(TypeError, match="CHANNELS"):
        styles.load("cartoon")


@pytest.mark.parametrize("name", styles.names())
def test_deterministic_and_leaves_the_photo(name: str, photo: np.ndarray) -> None:
    before = photo.copy()
    again = styles.load(name).render(photo)
    np.testing.assert_array_equal(again, drawn(name, photo))
    np.testing.assert_array_equal(photo, before)


@pytest.mark.parametrize("shape", [(301, 411), (97, 61), (3, 700), (1, 1)])
@pytest.mark.parametrize("name", styles.names())
def test_any_size(name: str, shape: tuple[int, int], photo: np.ndarray) -> None:
    style = styles.load(name)
    drawing = style.render(cv2.resize(photo, shape[::-1], interpolation=cv2.INTER_AREA))
    assert drawing.dtype == np.uint8
    assert drawing.shape == (shape if style.channels == 1 else (*shape, 3))


@pytest.mark.parametrize("name", styles.names())
def test_blank_photos(name: str) -> None:
    """Black, white and their noise: no lines, no colour out of nothing, no division by nothing."""
    white = drawn(name, np.full((128, 128, 3), 255, np.uint8))
    assert white.mean() > 235
    if styles.load(name).channels == 3:
        black = drawn(name, np.zeros((128, 128, 3), np.uint8))
        assert black[40:88, 40:88].mean() < 45


@pytest.mark.parametrize("name", styles.names())
def test_noise_of_one_grey_level_changes_little(name: str, photo: np.ndarray) -> None:
    noise = np.random.default_rng(3).integers(-1, 2, photo.shape)
    noisy = np.clip(photo.astype(int) + noise, 0, 255).astype(np.uint8)
    one, other = half_size(drawn(name, photo)), half_size(drawn(name, noisy))
    axis = 2 if one.ndim == 3 else None
    assert structural_similarity(one, other, channel_axis=axis) > 0.98


@pytest.mark.parametrize("name", COLOURED)
def test_looks_like_the_photo_but_is_none(name: str, photo: np.ndarray) -> None:
    one, other = half_size(photo), half_size(drawn(name, photo))
    inside = slice(32, 224)
    lightness = [lab(image)[inside, inside, 0].ravel() for image in (one, other)]
    assert np.corrcoef(*lightness)[0, 1] > 0.85
    assert structural_similarity(one, other, channel_axis=2) < 0.93


@pytest.mark.parametrize("name", COLOURED)
def test_skin_keeps_its_colour_and_shading(
    name: str, portrait: Portrait, skin_mask: np.ndarray, skins: dict[str, tuple[int, int, int]]
) -> None:
    """No whitening, no darkening, no turn of hue, and no tone loses more shading than another."""
    chroma, shading = [], []
    for skin in (skins["deep"], skins["tan"], skins["pale"]):
        photo = portrait(skin)
        before, after = lab(photo)[skin_mask], lab(drawn(name, photo))[skin_mask]
        assert abs(after[:, 0].mean() - before[:, 0].mean()) < 4.5
        assert abs(hue(after) - hue(before)) < 5
        chroma.append(np.hypot(*after[:, 1:].mean(0)) / np.hypot(*before[:, 1:].mean(0)))
        shading.append(after[:, 0].std() / before[:, 0].std())
    assert min(chroma) > 0.95 and max(chroma) < 1.4
    assert min(shading) > 0.8 and max(shading) / min(shading) < 1.35


@pytest.mark.parametrize("name", styles.names())
def test_features_are_readable_on_every_skin(
    name: str, portrait: Portrait, skins: dict[str, tuple[int, int, int]]
) -> None:
    """At 256²: eyes stand out from the skin as clearly as in the photo, up to a third."""
    for skin in (skins["deep"], skins["pale"]):
        photo = portrait(skin)
        before, after = (_eye_contrast(half_size(image)) for image in (photo, drawn(name, photo)))
        assert after > 0.67 * before


def _eye_contrast(image: np.ndarray) -> float:
    """Spread of the lightness over the left eye, (256, 256[, 3]) uint8."""
    grey = image if image.ndim == 2 else lab(image)[..., 0] * 2.55
    return float(grey[110:122, 90:116].std())


def test_texture_stands_still(photo: np.ndarray) -> None:
    """Paper and strokes belong to the page: on a wall of another grey they lie where they lay."""
    for name in ("oil", "watercolour"):
        walls = [np.full((256, 256, 3), grey, np.uint8) for grey in (90, 96)]
        one, other = (drawn(name, wall)[64:192, 64:192].mean(2).ravel() for wall in walls)
        assert one.std() > 0.5
        assert np.corrcoef(one, other)[0, 1] > 0.9


def test_the_walk_through_works(photo: np.ndarray) -> None:
    """The style that the README writes out is a style."""
    readme = (Path(styles.__file__).parent / "README.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(   \"\"\".*?)```", readme, re.DOTALL)
    assert code is not None
    module = ModuleType(f"{styles.__name__}.sepia")
    module.__package__ = styles.__name__
    exec(compile(re.sub(r"^   ", "", code[1], flags=re.MULTILINE), "README.md", "exec"), vars(module))
    drawing = module.render(photo)
    assert module.CHANNELS == 3 and drawing.shape == photo.shape and drawing.dtype == np.uint8
    assert np.corrcoef(drawing.mean(2).ravel(), photo.mean(2).ravel())[0, 1] > 0.9


@pytest.mark.parametrize(("skin", "texture"), [("deep", (0.46, 0.7)), ("tan", (0.8, 1.0))])
def test_oil_shows_strokes_on_skin_and_watercolour_no_freckles(
    skin: str, texture: tuple[float, float], portrait: Portrait, skins: dict[str, tuple[int, int, int]]
) -> None:
    """Standard deviation of L on bare cheeks, of what is finer than 4 px of 512."""
    cheek, spread = np.s_[285:335, 160:205], {}
    for name in ("oil", "watercolour"):
        lightness = lab(drawn(name, portrait(skins[skin])))[..., 0]
        spread[name] = (lightness - cv2.GaussianBlur(lightness, (0, 0), 4))[cheek].std()
    assert spread["oil"] > texture[0] and spread["watercolour"] < texture[1]
