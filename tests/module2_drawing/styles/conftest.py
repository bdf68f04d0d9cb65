"""A drawn portrait of which the skin's albedo alone can be changed."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

SIZE = 512
#: sRGB of skin in full light, from deep to pale.
SKINS = {
    "deep": (72, 46, 35),
    "brown": (120, 78, 55),
    "tan": (176, 127, 95),
    "light": (222, 178, 150),
    "pale": (244, 214, 196),
}


#: Nostrils, shadow below the nose, lips and the line between them: centre, axes px, share of the light.
FOLDS = [
    ((240, 310), (7, 4), (0.45, 0.4, 0.4)),
    ((272, 310), (7, 4), (0.45, 0.4, 0.4)),
    ((256, 318), (26, 5), (0.75, 0.72, 0.72)),
    ((256, 360), (42, 15), (0.85, 0.62, 0.65)),
    ((256, 359), (40, 3), (0.4, 0.35, 0.35)),
    ((256, 392), (30, 5), (0.82, 0.8, 0.8)),
]


@pytest.fixture(scope="session")
def skins() -> dict[str, tuple[int, int, int]]:
    """sRGB by name, from deep to pale."""
    return SKINS


@pytest.fixture(scope="session")
def portrait() -> Callable[[tuple[int, int, int]], np.ndarray]:
    """Skin's sRGB → (512, 512, 3) uint8 RGB portrait."""
    return draw_portrait


@pytest.fixture(scope="session")
def skin_mask() -> np.ndarray:
    """(512, 512) bool: the drawn portrait's face without its rim."""
    return _ellipse((256, 275), (100, 135))[..., 0] > 0.5


def draw_portrait(skin: tuple[int, int, int]) -> np.ndarray:
    """(512, 512, 3) uint8 RGB: a lit head before a grey wall; lips and folds are shades of the skin."""
    image = np.full((SIZE, SIZE, 3), 205, np.float32)
    cv2.ellipse(image, (256, 225), (150, 190), 0, 0, 360, (38, 30, 26), -1, cv2.LINE_AA)
    image = _blend(image, _lit(skin), _ellipse((256, 470), (70, 130)))
    image = _blend(image, _lit(skin), _ellipse((256, 270), (122, 165)))
    for centre, axes, shade in FOLDS:
        image = _blend(image, image * np.float32(shade), _ellipse(centre, axes))
    for x in (205, 307):
        image = _blend(image, np.float32([30, 24, 22]), _ellipse((x, 205), (30, 5)))
        image = _blend(image, np.float32([232, 230, 226]), _ellipse((x, 232), (23, 9)))
        image = _blend(image, np.float32([34, 26, 22]), _ellipse((x, 232), (9, 9)))
    return np.clip(image + 0.5, 0, 255).astype(np.uint8)


def _lit(skin: tuple[int, int, int]) -> np.ndarray:
    """Light from the left on a rounded head: the albedo times the light, in linear light."""
    y, x = np.indices((SIZE, SIZE), dtype=np.float32)
    across, down = (x - 256) / 150, (y - 270) / 220
    depth = np.sqrt(np.clip(1 - across**2 - 0.5 * down**2, 0.05, 1))
    light = np.clip(0.75 * depth - 0.35 * across - 0.1 * down, 0.2, 1)
    linear = (np.float32(skin) / 255) ** 2.2 * light[..., None]
    return 255 * linear ** np.float32(1 / 2.2)


def _ellipse(centre: tuple[int, int], axes: tuple[int, int]) -> np.ndarray:
    """(512, 512, 1) in [0, 1], its edge soft as in a photo."""
    mask = np.zeros((SIZE, SIZE), np.float32)
    cv2.ellipse(mask, centre, axes, 0, 0, 360, 1.0, -1)
    return cv2.GaussianBlur(mask, (0, 0), 1.2)[..., None]


def _blend(image: np.ndarray, colour: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return image + (colour - image) * mask
