"""Whole picture: the talking head inside the drawing of its entire photo, without a seam.

The photo is drawn in one piece, with strokes as wide as in a drawing of the crop; the crop is cut out of it,
moved by `layered` and laid back. Its motion ends before its border.
"""

from collections.abc import Iterator

import cv2
import numpy as np

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.align import CROP_SIZE, AlignedFace, square_of

from ..geometry.lattice_motion import UNIT
from .at_rest import SOURCE_SIZE
from .backdrop import Backdrop, coloured, unmixed
from .dark_glasses import dark_lenses, drawn, placed
from .layered import LayeredRenderer, soft_edge
from .matte import MATTE_THRESHOLD, of_the_face

LARGEST = 2048  # px of the longer side
STILL = 24  # px of 256 within which the motion ends towards the border of the crop
FADE = 6  # px of 256 within which the crop gives way to the picture around it
LEAST = 0.01  # weight of the colours of what is not there


class WholePicture:
    """Draws one photo as a whole, its longer side at most `largest` px, one face of it speaking.

    Raises InputError where the static drawing is made by a network, which draws the crop alone.
    """

    def __init__(self, head: LayeredRenderer, backdrop: Backdrop, largest: int = LARGEST) -> None:
        self._head, self._backdrop, self._largest = head, backdrop, largest
        self.descriptions = head.descriptions

    def prepare(self, face: AlignedFace) -> None:
        """Compute what depends on the photo alone."""
        if face.photo is None or face.box is None:
            raise InputError("the face comes without its photo; use --frame crop")
        rows, columns = face.photo.shape[:2]
        scale = min(1.0, self._largest / max(rows, columns))
        width, height = (max(2, 2 * round(side * scale / 2)) for side in (columns, rows))
        left, top, side = (round(value * scale) for value in square_of(face.box))
        fine = 2 if side < SOURCE_SIZE else 1  # what is moved is drawn larger, see `layered`
        kind = cv2.INTER_AREA if scale * fine < 1 else cv2.INTER_CUBIC
        photo = cv2.resize(face.photo, (fine * width, fine * height), interpolation=kind)
        place = fine * left, fine * top, fine * side
        lenses = placed(dark_lenses(face.image, face.landmarks), photo.shape, *place)
        marks = (face.landmarks[:, :2] + 0.5) * (fine * side / CROP_SIZE) - 0.5 + place[:2]
        at_rest = self._head.at_rest
        photo = at_rest.clear(photo, marks)
        drawing = drawn(photo, lenses, lambda seen: at_rest.static.picture(seen, fine * side))
        self._picture = cv2.resize(drawing, (width, height), interpolation=cv2.INTER_AREA)
        rest = at_rest.completed(face, _square(drawing, *place), quiet=False)
        self._head.take(face, rest, side, _still())
        self._rows, self._columns = (
            slice(max(0, start), min(start + side, end)) for start, end in ((top, height), (left, width))
        )
        self._inner = tuple(
            slice(part.start - start, part.stop - start)
            for part, start in ((self._rows, top), (self._columns, left))
        )
        self._weight = self._fade(side, (height, width))
        if not self._backdrop.keeps:
            self._cut_out(face, side)

    def _fade(self, side: int, shape: tuple[int, int]) -> np.ndarray:
        """The crop's share of what is seen in its part of the picture: 0 at a border inside the picture."""
        shares = []
        for part, inner, end in zip((self._rows, self._columns), self._inner, shape, strict=True):
            place = np.arange(inner.start, inner.stop, dtype=np.float32)
            first = place if part.start > 0 else np.full_like(place, side)
            last = side - 1 - place if part.stop < end else np.full_like(place, side)
            shares.append(_smooth(np.minimum(first, last) / (FADE * side / UNIT)))
        return np.minimum(shares[0][:, None], shares[1])

    def _cut_out(self, face: AlignedFace, side: int) -> None:
        """The person in the whole picture: the crop's matte in the crop, one of the whole photo around it."""
        assert face.photo is not None and face.box is not None
        height, width = self._picture.shape[:2]
        left, top, square = square_of(face.box)
        marks = face.landmarks[:, :2] * (square / CROP_SIZE) + (left, top)
        rows, columns = face.photo.shape[:2]
        matte = of_the_face(self._head.at_rest.matte(face.photo), marks * (UNIT / columns, UNIT / rows))
        around = soft_edge((matte > MATTE_THRESHOLD).astype(np.uint8))
        opacity = cv2.resize(around, (width, height), interpolation=cv2.INTER_LINEAR)
        inside = cv2.resize(self._head.photo.mask, (side, side), interpolation=cv2.INTER_LINEAR)[self._inner]
        part = opacity[self._rows, self._columns]
        opacity[self._rows, self._columns] = part + self._weight * (inside - part)
        self._opacity = opacity
        self._picture = unmixed(self._picture, (opacity > 0.5).astype(np.uint8), side / UNIT)
        self._behind = self._backdrop.picture(height, width)

    def frames(self, targets: np.ndarray) -> Iterator[np.ndarray]:
        """(T, 68, 2) px of 256 → T frames (H, W, 3) uint8 RGB, or RGBA where nothing is behind."""
        for target in targets:
            person, mask = self._head.person(target)
            if self._backdrop.keeps:
                drawn = self._head.before_background(person, mask)
                yield coloured(self._with(self._picture, drawn, self._weight, 1 - self._weight))
                continue
            opacity = self._with(self._opacity, mask, self._weight, 1 - self._weight)
            # Colours of what is hardly there count for as little: it may be paper.
            inside = self._weight * (mask[self._inner] + LEAST)
            around = (1 - self._weight) * (self._opacity[self._rows, self._columns] + LEAST)
            picture = self._with(self._picture, person, inside, around)
            yield self._backdrop.behind(picture, opacity, self._behind)

    def _with(
        self, picture: np.ndarray, crop: np.ndarray, inside: np.ndarray, around: np.ndarray
    ) -> np.ndarray:
        """A copy of the picture, whose weights are `around`, with the crop in its place."""
        whole = picture.copy()
        below = np.ascontiguousarray(picture[self._rows, self._columns])
        part = np.ascontiguousarray(crop[self._inner])
        whole[self._rows, self._columns] = cv2.blendLinear(part, below, inside, around)
        return whole


def _square(picture: np.ndarray, left: int, top: int, side: int) -> np.ndarray:
    """A square part of a picture (H, W[, 3]); beyond the picture its edge goes on."""
    rows, columns = (
        np.clip(np.arange(start, start + side), 0, end - 1)
        for start, end in zip((top, left), picture.shape[:2], strict=True)
    )
    return np.ascontiguousarray(picture[rows[:, None], columns])


def _still() -> np.ndarray:
    """(256, 256, 1): 1 inside, 0 on the outermost px of the crop."""
    place = np.arange(UNIT, dtype=np.float32)
    share = _smooth((np.minimum(place, place[::-1]) - 1) / STILL)
    return np.minimum(share[:, None], share)[..., None]


def _smooth(ramp: np.ndarray) -> np.ndarray:
    """0 … 1 → 0 … 1 without a bend at either end."""
    ramp = ramp.clip(0, 1).astype(np.float32)
    return ramp * ramp * (3 - 2 * ramp)
