"""Eyelids: lids that come down over moved eyes, with their lashes, and skin where these were.

A squeezed iris is no shut eye. The lashes of both lids go with these, unchanged; what the upper one leaves
behind is skin, and the eyeball stays where it is until it is covered.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from module1_audio2lmk.foundation.face.corner_frame import CornerFrame

from ..geometry.eyelids import EYES, REACH
from ..geometry.lattice_motion import UNIT
from .backdrop import disc
from .window import Window

# Lengths in half-widths of an eye, if not said otherwise.
EDGE = 0.05  # below the upper lid's edge, that goes with it: landmarks lie in the lashes
LASHES = (0.1, 0.22, 0.5)  # above that edge: the thinnest, those that nothing is known of, the highest
FEATHER = 0.06  # over which what goes with the lid begins
LOWER_LASHES = 0.12  # below the lower lid's edge
BAG = 0.6  # below these, that gives way to the lower lid
MARGIN = 0.12  # above what was found: ink ends softly
GLINT = 0.1  # radius of the lights in an eye, which do not shut with its lashes
DARK = 0.8  # share of the skin's lightness below which something is lashes
BAND = 0.35  # above the lashes, where the skin of the lid is seen
PROFILE = 49  # places along an eye at which the height of its lashes is measured
PLACES = np.linspace(-REACH, REACH, PROFILE)
ROOM = 12  # px of 256 around an eye, of the part that is looked at
SKIN_SIGMA = 0.25  # over which that skin is averaged
BLENDS = 0.25  # above the lashes, that the lid's skin blends in over
SOON = 0.3  # share of an eye's opening that is gone when it does so fully
LEAST = 0.15  # px of 256 by which lids have to move


@dataclass(frozen=True)
class Lid:
    """One eye's landmarks and how high its lashes are, (PROFILE,) half-widths at PLACES."""

    points: list[int]
    lashes: np.ndarray


class Eyelids:
    """Lids for one drawing (D, D[, 3]) uint8, landmarks (68, 2) px of 256.

    lids: of eyes within the frame; bare: the drawing with skin in the place of lashes; clear: without lights
    in the eyes.
    """

    def __init__(self, drawing: np.ndarray, landmarks: np.ndarray) -> None:
        self._drawing, self.bare, self.clear = drawing, drawing.copy(), drawing.copy()
        self.lids = []
        for eye in EYES:
            points = list(eye)
            window = Window.around(landmarks[points], ROOM, len(drawing))
            part = self.bare[window.rows, window.columns]
            if min(part.shape[:2]) < 3:
                continue  # outside of the frame
            outline = _placed(landmarks[points], len(drawing), window)
            tone = part.min(2) if part.ndim == 3 else part.copy()
            lashes = _lashes(tone, outline)
            self.lids.append(Lid(points, lashes))
            glint = disc(round(GLINT * CornerFrame.of(outline).half))
            self.clear[window.rows, window.columns] = cv2.morphologyEx(part, cv2.MORPH_OPEN, glint)
            part[:] = _skin(part, tone, outline, lashes)

    def shut(self, moved: np.ndarray, place: np.ndarray, opened: np.ndarray, target: np.ndarray) -> None:
        """Shut the eyes of a moved drawing (S, S[, 3]) uint8, in place, as far as the target's are.

        place: (S, S, 2) px of the drawing, where its pixels come from; opened: the landmarks that it was
        moved to, target: those that are asked for, (68, 2) px of 256.
        """
        for lid in self.lids:
            if np.abs(target[lid.points] - opened[lid.points]).max() > LEAST:
                self._shut(lid, moved, place, opened[lid.points], target[lid.points])

    def _shut(
        self, lid: Lid, moved: np.ndarray, place: np.ndarray, opened: np.ndarray, target: np.ndarray
    ) -> None:
        size = len(moved)
        window = Window.around(np.concatenate((opened, target)), ROOM, size)
        part, place = moved[window.rows, window.columns], place[window.rows, window.columns]
        if min(part.shape[:2]) < 2:
            return
        opened, target = (_placed(eye, size, window) for eye in (opened, target))
        frame = CornerFrame.of(opened)
        along, down = frame.grid(part.shape)
        top, low = (frame.edge(opened, upper, along) for upper in (True, False))
        upper, lower = (frame.edge(target, above, along) for above in (True, False))
        half = frame.half
        lashes = half * np.interp(along, PLACES, lid.lashes).astype(np.float32)
        edge = EDGE * half * np.sqrt((1 - (along / REACH) ** 2).clip(0))
        inside = np.clip((REACH - np.abs(along)) * half, 0, 1)

        def lay(image: np.ndarray, shift: np.ndarray, opacity: np.ndarray) -> None:
            """An image of the drawing's places over the part, moved on by `shift` px down."""
            there = frame.shifted(place, shift) if shift.any() else place
            taken = cv2.remap(image, there, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            share = np.ascontiguousarray(opacity * inside, np.float32)
            part[:] = cv2.blendLinear(taken, np.ascontiguousarray(part), share, 1 - share)

        gives_way = _smooth(1 - (down - lower - LOWER_LASHES * half) / (BAG * half))
        lay(self._drawing, (lower - low) * gives_way, _covered(down - lower + edge))
        above = _covered(upper + edge - down)
        gone = float(np.clip((upper - top).max() / max((low - top).max(), 1e-3) / SOON, 0, 1))
        # Skin blends in; lines are there or not.
        blends = gone * _smooth((down - top + lashes) / (BLENDS * half) + 1) * (moved.ndim == 3)
        lay(self.bare, np.zeros_like(along), above * np.maximum(blends, _covered(down - top + lashes)))
        begins = np.clip((down - upper + lashes) / (FEATHER * half) + 1, 0, 1)
        lay(self._drawing, upper - top, above * begins)
        lay(self.clear, upper - top, gone * above * _covered(down - upper + LASHES[0] * half))


def _placed(points: np.ndarray, size: int, window: Window) -> np.ndarray:
    """Points in px of 256 → px of a window of a frame of `size`."""
    return (points + 0.5) * (size / UNIT) - 0.5 - (window.left, window.top)


def _covered(distance: np.ndarray) -> np.ndarray:
    """Share of a pixel that lies inside of an edge, whose distance is in px, positive inside."""
    return np.clip(distance + 0.5, 0, 1)


def _smooth(ramp: np.ndarray) -> np.ndarray:
    ramp = ramp.clip(0, 1)
    return ramp * ramp * (3 - 2 * ramp)


def _skin(part: np.ndarray, tone: np.ndarray, eye: np.ndarray, lashes: np.ndarray) -> np.ndarray:
    """The skin of the upper lid, (h, w[, 3]) uint8: what lies above the lashes, without lines.

    tone: (h, w) uint8; eye: outline (6, 2) px; lashes: (PROFILE,) half-widths.
    """
    frame = CornerFrame.of(eye)
    along, down = frame.grid(part.shape)
    height = (frame.edge(eye, True, along) - down) / frame.half - np.interp(along, PLACES, lashes)
    weight = ((height > 0) & (height < BAND) & (np.abs(along) < REACH)).astype(np.float32) + 1e-4
    sigma = SKIN_SIGMA * frame.half
    # What is darker than the mean are creases, brows and single lashes; in lines paper lies between ink.
    for _ in range(1 if part.ndim == 3 else 3):
        weight = weight * (tone >= _mean(tone, weight, sigma)) + 1e-6
    return np.rint(_mean(part, weight, sigma)).clip(0, 255).astype(np.uint8)


def _mean(image: np.ndarray, weight: np.ndarray, sigma: float) -> np.ndarray:
    """Local mean of (h, w[, 3]) by weights (h, w), float32."""
    shape = weight.shape + (1,) * (image.ndim - 2)
    total = cv2.GaussianBlur(image * weight.reshape(shape), (0, 0), sigma)
    return total / cv2.GaussianBlur(weight, (0, 0), sigma).reshape(shape)


def _lashes(tone: np.ndarray, eye: np.ndarray) -> np.ndarray:
    """How high above the upper edge of an eye the dark of its lashes reaches: (PROFILE,) half-widths."""
    frame, along = CornerFrame.of(eye), PLACES
    least, usual, most = LASHES
    above = np.arange(-0.1, most, 0.5 / frame.half)
    heights = frame.edge(eye, True, along) - above[:, None] * frame.half
    places = frame.points(np.broadcast_to(along, heights.shape), heights).astype(np.float32)
    seen = cv2.remap(tone, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    dark = seen < DARK * np.percentile(seen, 80)
    met = np.maximum.accumulate(dark, 0)
    ended = met & ~dark & (above > 0)[:, None]
    found = np.where(ended.any(0), above[ended.argmax(0)], usual)
    found = np.where(met.any(0), found, least)
    # A lid has one edge: what one column lacks or has too much of, its neighbours know.
    found = cv2.medianBlur(found.astype(np.float32)[:, None], 5)[:, 0]
    return np.convolve(np.pad(found, 3, "edge"), np.ones(7) / 7, "valid").clip(least, most) + MARGIN
