"""Aligned face: a photo's 512² crop and its 68 3-D landmarks (stage 1 of the published system)."""

import math
import os
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from ..errors import InputError, say, warn
from ..media import timed_frames
from . import fan
from .check import UNSURE, face_odds, lips_apart, mouth_covered
from .geometry import LEFT_EYE, LIPS, MESH_TO_68, RIGHT_EYE
from .proportions import check_missing, check_proportions
from .search import Box, face_size, find_faces, mesh_box, mesh_on_crop

CROP_SIZE = 512
#: Smallest face, px of the photo: below, there is nothing to draw.
MIN_FACE = 64
#: The name of the face mesh as a landmark detector.
MESH = "mediapipe"
BACKENDS = ("auto", fan.NAME, MESH)
# Above this many crop sizes, cubic interpolation alone would turn fine texture into noise.
_ALIASING = 4
# Odds from which a face is one beyond doubt, and by which a turned photo has to be clearer to be turned.
_CLEAR, _GAIN = 2.0, 1.0
_TURNED = 0.5  # odds below which nothing is turned: the least of 18 portraits had 2.2
_LYING = 50.0  # degrees from which a tilted face rather lies
# Frames of a video are tried so often, s, and for so long; a fade lasts up to a second.
_TRIED_EVERY, _SEARCHED, _FADE = 0.2, 10.0, 1.0
# A fade raises the standard deviation of the crop's values by this factor or more from one try to the next.
_CLEARER = 1.05


@dataclass(frozen=True)
class AlignedFace:
    """A face photo in the frame that every later stage works in.

    image: (512, 512, 3) uint8 RGB crop, white where it leaves the photo.
    landmarks: (68, 3) float32, iBUG order, px of the crop; z on the scale of x and y.
    backend: name of the landmark detector.
    visible: (left, top, right, bottom) px of the crop that the photo covers; outside it is white.
    photo, box: what it was cropped from, (H, W, 3) uint8 RGB and the face box in it, px, where known.
    mouth_shows: False where something covers the mouth, so that its landmarks are a guess.
    """

    image: np.ndarray
    landmarks: np.ndarray
    backend: str
    visible: tuple[int, int, int, int] = (0, 0, CROP_SIZE, CROP_SIZE)
    photo: np.ndarray | None = None
    box: Box | None = None
    mouth_shows: bool = True

    def warn_if_covered(self) -> None:
        """Warn where no mouth shows."""
        if not self.mouth_shows:
            warn("no mouth shows in the photo: where a mask or a hand covers it, its place is a guess")

    def crop(self, size: int) -> tuple[np.ndarray, tuple[int, int, int, int]]:
        """The same crop at another size, from the photo's own pixels where it is known.

        Returns (size, size, 3) uint8 RGB, and `visible` in its px.
        """
        if size == CROP_SIZE:
            return self.image, self.visible
        if self.photo is not None and self.box is not None:
            return crop_square(self.photo, self.box, size), visible_part(self.photo, self.box, size)
        scale = size / CROP_SIZE
        left, top, right, bottom = (value * scale for value in self.visible)
        kind = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
        visible = (math.ceil(left), math.ceil(top), math.floor(right), math.floor(bottom))
        return cv2.resize(self.image, (size, size), interpolation=kind), visible


def align_face(
    image: np.ndarray, backend: str = "auto", face: int | None = None, turn: bool = False
) -> AlignedFace:
    """(H, W, 3) uint8 RGB photo → AlignedFace.

    backend: mediapipe, face_alignment (its weights have to be on the machine: nothing is downloaded), or
    auto: face_alignment where it can be used. face: which one of several, 1 = the largest; None takes the
    largest and warns. turn: a photo that lies on its side or stands on its head is turned, and a line says
    so. Raises InputError where there is no such face, it is smaller than 64 px, lies or stands on its head
    (without `turn`), is squeezed or stretched too far, or half outside of the photo, or the backend
    cannot be used. A mouth that does not show is told.
    """
    found = _aligned(image, choose_backend(backend), face, turn)
    found.warn_if_covered()
    return found


def _aligned(image: np.ndarray, backend: str, face: int | None, turn: bool = False) -> AlignedFace:
    if min(image.shape[:2]) < MIN_FACE:
        raise InputError(
            f"the photo is {image.shape[1]}×{image.shape[0]} px; give one of at least {MIN_FACE} px"
        )
    turns, meshes = _upright(image, face or 1)
    if turns and not turn:
        raise InputError(f"the face in the photo is turned by {_degrees(turns)}; turn the photo upright")
    if turns:
        say(f"the photo is turned by {_degrees(4 - turns)}")
        image = np.ascontiguousarray(np.rot90(image, turns))
    if not meshes:
        check_missing(image)
    mesh = _choose(meshes, face)
    _check_whole(image, mesh)
    check_proportions(image, mesh)
    box = mesh_box(mesh)
    crop, mesh = crop_square(image, box), to_crop(mesh, box)
    if backend == MESH:
        mesh = mesh_on_crop(crop, mesh)
    landmarks = mesh[MESH_TO_68] if backend == MESH else fan.landmarks(crop)
    shows = not mouth_covered(crop, landmarks) and lips_apart(crop, mesh) <= UNSURE
    visible = visible_part(image, box)
    return AlignedFace(crop, landmarks.astype(np.float32), backend, visible, image, box, shows)


def align_first(path: str | os.PathLike[str], backend: str = "auto", face: int | None = None) -> AlignedFace:
    """The first good frame of a video → AlignedFace.

    Videos fade in or begin with a title: frames of the first 10 s are tried, five a second. Where the first
    face is pale, the frames after it are taken as long as it gets clearer. Raises InputError as `align_face`.
    """
    backend = choose_backend(backend)
    best: tuple[float, float, AlignedFace] | None = None
    due, reason = 0.0, InputError("it is empty")
    for time, image in timed_frames(path):
        if time < due:
            continue
        due = time + _TRIED_EVERY
        if time > (_SEARCHED if best is None else best[0] + _FADE):
            break
        try:
            found = _aligned(image, backend, face)
        except InputError as error:
            reason = error
            if best is not None:
                break
            continue
        left, top, right, bottom = found.visible
        contrast = float(found.image[top:bottom, left:right].std())
        if best is not None and contrast < _CLEARER * best[1]:
            break
        best = time, contrast, found
    if best is None:
        raise InputError(f"no frame in the first {_SEARCHED:g} s of the clip {path} can be used ({reason})")
    if best[0] > 0:
        say(f"the face is that of {best[0]:.2f} s of the clip")
    best[2].warn_if_covered()
    return best[2]


def choose_backend(name: str) -> str:
    """auto → the backend that is used on this machine. Raises InputError where it cannot be used."""
    if name not in BACKENDS:
        raise InputError(f"unknown landmark backend {name!r}; choose {', '.join(BACKENDS)}")
    missing = fan.missing_files()
    if name == fan.NAME and missing:
        raise InputError(
            f"face_alignment lacks its weights {', '.join(f.name for f in missing)} in {missing[0].parent}; "
            "put them there or use --landmarks mediapipe"
        )
    if name == "auto":
        return MESH if missing else fan.NAME
    return name


def square_of(box: Box) -> tuple[int, int, int]:
    """The published alignment: face box → (left, top, side) px of a square of side 1.2·min side/0.7.

    11/20 of it lie above the centre of the box.
    """
    x1, y1, x2, y2 = box
    width, height = x2 - x1 + 1, y2 - y1 + 1
    side = round(int(min(width, height) * 1.2) / 0.7)
    return int(x1 + width // 2 - side // 2), int(y1 + height // 2 - side * 11 // 20), side


def crop_square(image: np.ndarray, box: Box, size: int = CROP_SIZE) -> np.ndarray:
    """Photo (H, W, 3) and face box px → (size, size, 3) crop, white outside of the photo, bicubic."""
    left, top, side = square_of(box)
    crop = np.full((side, side, 3), 255, np.uint8)
    rows, columns = image.shape[:2]
    ya, yb, xa, xb = max(0, top), min(rows, top + side), max(0, left), min(columns, left + side)
    crop[ya - top : yb - top, xa - left : xb - left] = image[ya:yb, xa:xb]
    if side > _ALIASING * size:
        crop = cv2.resize(crop, (2 * size, 2 * size), interpolation=cv2.INTER_AREA)
    return cv2.resize(crop, (size, size), interpolation=cv2.INTER_CUBIC)


def visible_part(image: np.ndarray, box: Box, size: int = CROP_SIZE) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) px of the size² crop that lie wholly inside the photo (H, W, 3)."""
    left, top, side = square_of(box)
    rows, columns = image.shape[:2]
    scale = size / side
    # A little less where the photo ends: there the cubic resize has mixed it with white.
    mixed = math.ceil(2 * scale)
    first = [math.ceil(-start * scale) + mixed if start < 0 else 0 for start in (left, top)]
    ends = (columns - left, rows - top)
    last = [math.floor(end * scale) - mixed if end < side else size for end in ends]
    return first[0], first[1], last[0], last[1]


def to_crop(points: np.ndarray, box: Box) -> np.ndarray:
    """Points (N, 3) in px of the photo → px of the crop that belongs to the box."""
    left, top, side = square_of(box)
    moved: np.ndarray = points - np.array([left, top, 0], np.float32)
    return moved * np.float32(CROP_SIZE / side)


class _Seen(NamedTuple):
    """A mesh (468, 3) px of the photo after the quarter turns that make it stand; odds that it is
    one of a face, and whether it lay where it was found."""

    turns: int
    odds: float
    lay: bool
    mesh: np.ndarray


def _upright(image: np.ndarray, at_least: int) -> tuple[int, list[np.ndarray]]:
    """Quarter turns counterclockwise after which the photo's faces are upright, and their meshes then.

    The photo as it is, unless nothing in it is clearly a face and one of its turns shows one that is clearer.
    """
    found = find_faces(image, at_least)
    if any(face_odds(image, mesh) > _CLEAR for mesh in found if not _lies_by(mesh)):
        return 0, found
    seen: list[_Seen] = []
    for turns in range(4):
        turned = np.ascontiguousarray(np.rot90(image, turns))
        for mesh in find_faces(turned, at_least) if turns else found:
            # A mesh that lies in one turn of the photo is evidence for the turn in which it stands.
            further = _lies_by(mesh)
            stood = _turned(mesh, further, turned)
            seen.append(_Seen((turns + further) % 4, face_odds(turned, mesh), further > 0, stood))
    odds = [one.odds + (_GAIN if one.turns == 0 else 0) for one in seen]
    if max(odds, default=-math.inf) < _TURNED:
        return 0, found
    best = seen[int(np.argmax(odds))].turns
    lying, standing = ([one for one in seen if one.turns == best and one.lay is lay] for lay in (True, False))
    if lying and not any(one.odds > _CLEAR for one in standing):
        return best, [max(lying, key=lambda one: one.odds).mesh]
    return best, [one.mesh for one in standing]


def _turned(mesh: np.ndarray, turns: int, image: np.ndarray) -> np.ndarray:
    """A mesh (468, 3) px of a picture that is turned by quarters counterclockwise."""
    height, width = image.shape[:2]
    for _ in range(turns):
        mesh = np.stack([mesh[:, 1], width - 1 - mesh[:, 0], mesh[:, 2]], axis=1)
        height, width = width, height
    return mesh


def _lies_by(mesh: np.ndarray) -> int:
    """Quarter turns counterclockwise that make a face stand; 0 where it does, tilted perhaps."""
    points = mesh[MESH_TO_68, :2]
    right, down = points[48:68].mean(axis=0) - points[36:48].mean(axis=0)
    roll = math.degrees(math.atan2(-right, down))
    return round(roll / 90) % 4 if abs(roll) >= _LYING else 0


def _degrees(turns: int) -> str:
    return {1: "90° clockwise", 2: "180°", 3: "90° counterclockwise"}[turns]


def _choose(meshes: list[np.ndarray], face: int | None) -> np.ndarray:
    """The face that the user wants of those found, the largest first."""
    if not meshes:
        raise InputError("no face found in the photo; use one that shows a face from the front")
    usable = [mesh for mesh in meshes if face_size(mesh) >= MIN_FACE]
    if not usable:
        raise InputError(
            f"the face in the photo is {face_size(meshes[0]):.0f} px; at least {MIN_FACE} px are needed: "
            "use a larger photo"
        )
    if face is None and len(usable) > 1:
        warn(f"{len(usable)} faces found, the largest is taken; --face 1 to {len(usable)} picks one by size")
    number = 1 if face is None else face
    if not 1 <= number <= len(usable):
        raise InputError(
            f"there is no face {number}; the photo shows {len(usable)}: use --face 1 to {len(usable)}"
        )
    return usable[number - 1]


def _check_whole(image: np.ndarray, mesh: np.ndarray) -> None:
    """The mesh goes on beyond the photo, where nothing of a face is known."""
    points, (height, width) = mesh[MESH_TO_68, :2], image.shape[:2]
    for name, part in (("an eye", RIGHT_EYE), ("an eye", LEFT_EYE), ("the mouth", LIPS)):
        x, y = points[list(part)].mean(axis=0)
        if not (0 <= x < width and 0 <= y < height):
            raise InputError(
                f"{name} of the face lies outside of the photo; use one that shows the whole face"
            )
