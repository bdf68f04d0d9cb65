"""Gaze: the eyes of a photo look elsewhere: irises moved within their lids, which go up and down with them.

A face of 68 landmarks has no pupils, so it is the photo that changes, before anything is drawn of it: in each
eye the iris moves as a whole, and what lies between it and the corners is stretched or pressed together.
"""

from dataclasses import replace

import cv2
import numpy as np

from ..errors import InputError
from .align import CROP_SIZE, AlignedFace, square_of
from .corner_frame import CornerFrame
from .geometry import LEFT_EYE, RIGHT_EYE, UPPER_LIDS

#: How far an iris goes for 1, along the eye and up; its radius; all in widths of the eye.
_REACH, _RADIUS = np.array([0.17, 0.08]), 0.20
#: Least room between the iris and a corner, and how far from the middle it is looked for, in these widths.
_ROOM, _OFF = 0.05, 0.16
_LID = 0.022  # normalised units that the upper lid goes for 1
_INSET, _FEATHER = 0.025, 0.03  # of the lids' edge, which stays; widths of the eye
_DARKEST, _WHITE = 30, (60, 80)  # per cent of an eye that tell where the iris is; that are its white


def lids_of(gaze: tuple[float, float]) -> np.ndarray:
    """Displacement (68, 3), normalised units, of the upper lids that go with a gaze. Raises InputError for a
    direction beyond -1 to 1."""
    if not max(map(abs, gaze)) <= 1:
        raise InputError(f"--gaze {gaze[0]:g},{gaze[1]:g} is out of range; give two numbers from -1 to 1")
    offset = np.zeros((68, 3))
    offset[list(UPPER_LIDS), 1] = -_LID * gaze[1]
    return offset


def turn_gaze(face: AlignedFace, gaze: tuple[float, float]) -> AlignedFace:
    """The face with its eyes turned by ``gaze``: x -1 … 1 to the picture's right, y -1 … 1 up."""
    if gaze == (0.0, 0.0):
        return face
    points = face.landmarks[:, :2].astype(np.float64)
    image, photo = _turned(face.image, points, gaze), face.photo
    if photo is not None and face.box is not None:
        left, top, side = square_of(face.box)
        photo = _turned(photo, points * side / CROP_SIZE + [left, top], gaze)
    return replace(face, image=image, photo=photo)


def _turned(image: np.ndarray, points: np.ndarray, gaze: tuple[float, float]) -> np.ndarray:
    """(H, W, 3) uint8 with the eyes of landmarks (68, 2) px turned; a copy."""
    image = image.copy()
    for eye in (RIGHT_EYE, LEFT_EYE):
        _turn_eye(image, points[list(eye)], gaze)
    return image


def _turn_eye(image: np.ndarray, eye: np.ndarray, gaze: tuple[float, float]) -> None:
    """Turn one eye, outline (6, 2) px from its left corner over the upper lid, in place."""
    frame = CornerFrame.of(eye)
    width = 2 * frame.half
    first = np.floor(frame.middle - 0.7 * width).astype(int).clip(0)
    last = np.minimum(np.ceil(frame.middle + 0.7 * width).astype(int) + 1, image.shape[1::-1])
    if width < 4 or (last <= first).any():
        return
    part = image[first[1] : last[1], first[0] : last[0]]
    rows, columns = np.mgrid[first[1] : last[1], first[0] : last[0]]
    along, down = frame.local(np.stack([columns, rows], -1))
    along, down = along / 2, down / width
    upper, lower = _lids(frame, eye, along)
    inside = np.minimum(down - upper, lower - down)
    if not (inside > _INSET).any():
        return  # the eye is shut
    iris = _iris(part, along, down, inside > _INSET)
    shift = _REACH * [gaze[0], -gaze[1]]
    shift[0] = np.clip(iris[0] + shift[0], -0.5 + _ROOM + _RADIUS, 0.5 - _ROOM - _RADIUS) - iris[0]
    place = iris[0] + np.array([-_RADIUS, _RADIUS])
    source = np.interp(along, [-0.5, *(place + shift[0]), 0.5], [-0.5, *place, 0.5])
    upper, lower = _lids(frame, eye, source)
    beside = np.interp(np.abs(source - iris[0]), [_RADIUS, 2 * _RADIUS], [1, 0])
    wanted, top = down - shift[1] * beside, upper + _INSET
    bottom = np.maximum(lower - _INSET, top)
    height = np.where(wanted < top, 2 * top - wanted, wanted).clip(top, bottom)  # under the lid as below it
    taken = (frame.points(2 * source, width * height) - first).astype(np.float32)
    moved = cv2.remap(part, taken, None, cv2.INTER_CUBIC).astype(np.float64)
    bare = np.clip((wanted - bottom) / _FEATHER, 0, 1)[..., None]  # where the iris uncovers the white
    moved += bare * (_white(part[inside > _INSET]) - moved)
    share = np.clip((inside - _INSET) / _FEATHER, 0, 1)[..., None]
    part[:] = np.rint(part + share * (moved - part)).clip(0, 255).astype(np.uint8)


def _lids(frame: CornerFrame, eye: np.ndarray, along: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Heights of the upper and the lower lid over places along an eye (6, 2), all in widths of it."""
    upper, lower = (frame.edge(eye, above, 2 * along) / (2 * frame.half) for above in (True, False))
    return upper, lower


def _white(pixels: np.ndarray) -> np.ndarray:
    """The colour (3,) of the white of an eye (N, 3): of its lighter pixels, but for what shines."""
    light = pixels.sum(axis=1, dtype=np.float64)
    low, high = np.percentile(light, _WHITE)
    return pixels[(light >= low) & (light <= high)].mean(axis=0)


def _iris(part: np.ndarray, along: np.ndarray, down: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Where the iris is: the middle (2,) of what is darkest in the eye, near its middle."""
    grey = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)
    dark = inside & (np.abs(along) < _OFF + _RADIUS) & (grey <= np.percentile(grey[inside], _DARKEST))
    where = [float(place[dark].mean()) if dark.any() else 0.0 for place in (along, down)]
    return np.clip(where, -_OFF, _OFF)
