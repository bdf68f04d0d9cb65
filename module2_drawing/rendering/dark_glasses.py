"""Dark glasses: where they cover the eyes of a photo, and a drawing of them without light or holes.

A renderer that divides the light out draws a broad black lens as its rim alone, and draws what shines in it.
"""

from collections.abc import Callable

import cv2
import numpy as np

from module1_audio2lmk.foundation.face.check import eyes_covered, light_of_cheeks
from module1_audio2lmk.foundation.face.geometry import LEFT_EYE, RIGHT_EYE

from .backdrop import disc

REACH = (1.3, 1.15)  # half-axes, widths of an eye, of the ellipse around an eye that a lens lies in
SHINES = 0.12  # widths of an eye: what shines at the rim of a lens is narrower than twice this
RIM = 0.45  # share of the way from the lens's tone to that of the cheeks at which a lens ends
EDGE = 1.2  # σ px of the blur of the lenses' edge


def dark_lenses(image: np.ndarray, landmarks: np.ndarray) -> np.ndarray | None:
    """(S, S, 3) uint8 RGB and landmarks (68, 2 or 3) px of it → (S, S) float32 in [0, 1], 1 within a lens.

    None where no dark glasses cover the eyes.
    """
    if not eyes_covered(image, landmarks):
        return None
    grey = cv2.medianBlur(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), 5)
    points = np.asarray(landmarks, np.float32)[:, :2]
    light, lenses = light_of_cheeks(grey, points), np.zeros(grey.shape, np.uint8)
    for eye in (RIGHT_EYE, LEFT_EYE):
        lenses |= _lens(grey, points[list(eye)], light)
    return cv2.GaussianBlur(lenses.astype(np.float32), (0, 0), EDGE)


def _lens(grey: np.ndarray, eye: np.ndarray, light: float) -> np.ndarray:
    """The dark part of (S, S) uint8 around an eye, outline (6, 2) px, without holes: uint8 in {0, 1}.

    light: grey level of the cheeks.
    """
    across = eye[3] - eye[0]
    width, angle = float(np.hypot(*across)), float(np.degrees(np.arctan2(across[1], across[0])))
    window, core = np.zeros_like(grey), np.zeros_like(grey)
    axes = [2 * share * width for share in REACH]
    cv2.ellipse(window, (eye.mean(0).tolist(), axes, angle), 1, -1)
    cv2.fillConvexPoly(core, cv2.convexHull(eye.round().astype(np.int32)), 1)
    if not core.any():
        return core
    tone = float(np.median(grey[core > 0]))
    dark = ((grey <= tone + RIM * max(light - tone, 0)) & (window > 0)).astype(np.uint8)
    dark = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, disc(max(1, round(SHINES * width))))
    _, parts = cv2.connectedComponents(dark)
    held = np.bincount(parts[core > 0], minlength=2)
    lens = (parts == 1 + held[1:].argmax()).astype(np.uint8)
    outlines, _ = cv2.findContours(lens, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(lens, outlines, -1, 1, -1)
    return lens & window


def without_light(image: np.ndarray, lenses: np.ndarray) -> np.ndarray:
    """A photo (S, S, 3) uint8 whose lenses, (S, S) in [0, 1], are nowhere lighter than their own tone."""
    inside = lenses > 0.5
    if not inside.any():
        return image
    tone = np.median(image[inside], axis=0)
    light = (image.max(2) > tone.max() + 1)[..., None]
    return np.where(light, image + (tone - image) * lenses[..., None], image).round().astype(np.uint8)


def drawn(
    photo: np.ndarray, lenses: np.ndarray | None, draw: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """`draw` of a photo (H, W, 3) uint8 → (H, W[, 3]) uint8; one in lines has ink in the lenses.

    lenses: (H, W) in [0, 1], or None.
    """
    if lenses is None:
        return draw(photo)
    drawing = draw(without_light(photo, lenses))
    return drawing if drawing.ndim == 3 else (drawing * (1 - lenses) + 0.5).astype(np.uint8)


def placed(
    lenses: np.ndarray | None, shape: tuple[int, ...], left: float, top: float, side: float
) -> np.ndarray | None:
    """Lenses of a crop, (S, S), in a picture (H, W, …) that shows it at `left`, `top`, `side` px wide."""
    if lenses is None:
        return None
    scale = side / len(lenses)
    offset = (scale - 1) / 2
    matrix = np.array([[scale, 0, left + offset], [0, scale, top + offset]], np.float32)
    return cv2.warpAffine(lenses, matrix, shape[1::-1], flags=cv2.INTER_LINEAR)
