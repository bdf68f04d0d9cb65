"""Motion of `landmark_motion`, a frame at a time and at any size, in NumPy and OpenCV alone.

The spline bends only where landmarks are close together: it is evaluated on a coarse lattice, and on a fine
one in three windows, around the eyes and the mouth. Landmarks are in px of 256 whatever the frame;
pixel i of a frame of `size` lies at (i + ½)·256/size − ½.
"""

from functools import cache

import cv2
import numpy as np

from module1_audio2lmk.foundation.face.geometry import BROWS, LEFT_EYE, LIPS, RIGHT_EYE, UPPER_LIDS

from .facing import CHIN, CHIN_ROOM, LIP_CURVES, kept_apart, parted
from .glasses import HELD, rim_weights
from .head_motion import with_skull
from .thin_plate import UNIT, Spline, sampled

COARSE, FINE = 8, 2  # px of 256 between nodes: of the whole frame, and of the windows
ROOM = 7  # px of 256 around eyes and mouth that their windows hold, at least
WINDOWS = (RIGHT_EYE, LEFT_EYE, LIPS)
PER_EDGE = 3  # control points on each edge of the frame that hold it still
LEAST_AREA = 1e-9  # px², of triangles that are filled
BESIDE = BROWS + UPPER_LIDS  # landmarks between which brows and lids are, whose own edges have none
BROW, LID = (0.1, 0.4), (0.06, 0.25)  # their heights in distances of the eyes' corners, at most of their room

_LIP_CURVES = np.array(LIP_CURVES).T


class PhotoMotion:
    """The motion from the landmarks of one photo, (68, 2) px of 256, to any others."""

    def __init__(self, source: np.ndarray, brows: bool = True, glasses: bool = False) -> None:
        """brows: they and the lids keep their own heights, and only the skin between them is stretched.
        glasses: brows and rims move with the head alone."""
        self._source = np.asarray(source, np.float64)
        self._curved = with_lip_curves(self._source)
        self._bottom = max(self._source[CHIN, 1] + CHIN_ROOM * UNIT, UNIT - 1.0)
        self._heights = heights_between(self._source) if brows and not glasses else np.zeros(0)
        self._rims = rim_weights(self._source) if glasses else None
        self._from = with_border(self._with_brows(self._curved), self._bottom)

    def parted(self, target: np.ndarray) -> np.ndarray:
        """The target with facing lids and lips at least LEAST_GAP apart, or as in the source."""
        return parted(self._source, np.asarray(target, np.float64))

    def map(self, target: np.ndarray, size: int) -> np.ndarray:
        """Where each pixel of the moved frame comes from: (size, size, 2) float32 x, y, px of its own size.

        target: (68, 2) px of 256; size: a multiple of 32.
        """
        return places(self.flow(target), size)

    def flow(self, target: np.ndarray) -> np.ndarray:
        """The backward flow of a target (68, 2) px of 256: (256, 256, 2) float32 px."""
        target = self._behind_glasses(target)
        shut = with_lip_curves(self.parted(target))
        eased = kept_apart(self._curved, shut)
        spline = Spline(self._from, with_border(self._with_brows(eased), self._bottom))
        flow = sampled(spline, (0, 0, UNIT, UNIT), COARSE)
        for points in WINDOWS:
            left, top, right, bottom = window = _window(target[list(points)])
            if left < right and top < bottom:
                flow[top:bottom, left:right] = sampled(spline, window, FINE)
        closing = closing_shift(shut, eased)
        if closing is not None:
            place, shift = closing
            before = shift + pixels(UNIT)[place]
            moved = cv2.remap(flow, before, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            flow[place] = shift + moved
        return with_skull(flow, self._source, target)

    def _behind_glasses(self, target: np.ndarray) -> np.ndarray:
        """The target (68, 2), its brows where the head takes them if there are glasses; a copy."""
        moved = np.array(target, np.float64)
        if self._rims is not None:
            moved[list(BROWS)] = (self._rims @ moved[list(HELD)])[: len(BROWS)]
        return moved

    def _with_brows(self, landmarks: np.ndarray) -> np.ndarray:
        """Landmarks (K, 2) and rims or, if asked for, the brows' lower edges and what is above the lids."""
        if self._rims is not None:
            return np.concatenate((landmarks, (self._rims @ landmarks[list(HELD)])[len(BROWS) :]))
        if not len(self._heights):
            return landmarks
        x, y = landmarks[LEFT_EYE[3]] - landmarks[RIGHT_EYE[0]]
        return np.concatenate((landmarks, landmarks[list(BESIDE)] + self._heights[:, None] * (-y, x)))


def heights_between(landmarks: np.ndarray) -> np.ndarray:
    """How far the places beside BESIDE lie below these, (14,) in distances of the eyes' outer corners."""
    x, y = landmarks[LEFT_EYE[3]] - landmarks[RIGHT_EYE[0]]
    down = np.array([-y, x]) / max(x * x + y * y, 1e-6)
    brows, lids = (landmarks[list(points)] @ down for points in (BROWS, UPPER_LIDS))
    below = np.repeat((lids[:2].min(), lids[2:].min()), 5) - brows
    above = lids - np.repeat((brows[1:4].max(), brows[6:9].max()), 2)
    heights = [
        np.minimum(most, share * room.clip(0))
        for (most, share), room in zip((BROW, LID), (below, above), strict=True)
    ]
    return np.concatenate((heights[0], -heights[1]))


def places(flow: np.ndarray, size: int, source: int | None = None) -> np.ndarray:
    """A flow (256, 256, 2) px of 256 → where pixels of a `size`² frame come from, (size, size, 2) px.

    source: side of the image that is sampled, px; that of the frame by default.
    """
    source = source or size
    if size == source == UNIT:
        return flow + pixels(size)
    if size != UNIT:
        flow = cv2.resize(flow, (size, size), interpolation=cv2.INTER_LINEAR)
    return cv2.scaleAdd(flow, source / UNIT, pixels(size, source))


def closing_shift(shut: np.ndarray, eased: np.ndarray) -> tuple[tuple[slice, slice], np.ndarray] | None:
    """What lids and lips that shut were moved by: rows and columns of the frame, and (h, w, 2) float32 px in
    these, 0 elsewhere; or None where nothing shuts.

    Piecewise linear over the triangles of the landmarks, as flow B. shut, eased: (72, 2) px.
    """
    points = _with_corners(shut)
    value = np.concatenate((eased - shut, np.zeros((4, 2))))
    if not value.any():
        return None
    triangles = _triangles(points)
    triangles = triangles[np.abs(value[triangles]).max((1, 2)) > 0]
    corner = points[triangles]
    edges = corner[:, 1:] - corner[:, :1]
    area = np.abs(edges[:, 0, 0] * edges[:, 1, 1] - edges[:, 0, 1] * edges[:, 1, 0])
    # Larger triangles are filled last and win the pixels of a shared edge over slivers.
    kept = np.argsort(area)[np.count_nonzero(area <= LEAST_AREA) :]
    corner, values = corner[kept], value[triangles[kept]]
    slopes = np.linalg.solve(edges[kept], values[:, 1:] - values[:, :1])  # (T, 2, 2): of x and y
    constants = values[:, 0] - (corner[:, :1] @ slopes)[:, 0]
    edge = corner.reshape(-1, 2) if len(corner) else np.zeros((1, 2))
    low = np.clip(np.floor(edge.min(0)) - 1, 0, UNIT - 1).astype(int)
    high = np.clip(np.ceil(edge.max(0)) + 2, low + 1, UNIT).astype(int)
    window = slice(low[1], high[1]), slice(low[0], high[0])
    owner = np.zeros(high[::-1] - low[::-1], np.int16)
    for index, places in enumerate(np.round(corner * 16).astype(np.int32) - 16 * low, 1):
        cv2.fillConvexPoly(owner, places, index, cv2.LINE_8, 4)
    rows, columns = np.nonzero(owner)
    along_x, along_y, constant = (
        part.take(owner[rows, columns] - 1, 0) for part in (slopes[:, 0], slopes[:, 1], constants)
    )
    shift = np.zeros((*owner.shape, 2), np.float32)
    shift[rows, columns] = (
        (columns + low[0])[:, None] * along_x + (rows + low[1])[:, None] * along_y + constant
    )
    return window, shift


def triangles_of(landmarks: np.ndarray) -> np.ndarray:
    """The triangles (T, 3) between landmarks (68, 2) px of 256, their lip curves and the frame's corners."""
    return _triangles(_with_corners(with_lip_curves(np.asarray(landmarks, np.float64))))


def _with_corners(points: np.ndarray) -> np.ndarray:
    end = UNIT - 1.0
    return np.concatenate((points, np.array([[0, 0], [end, 0], [0, end], [end, end]])))


def _triangles(points: np.ndarray) -> np.ndarray:
    from scipy.spatial import Delaunay  # half a second to import

    return Delaunay(points).simplices


def with_lip_curves(landmarks: np.ndarray) -> np.ndarray:
    """See `landmark_motion.with_lip_curves`: (68, 2) → (72, 2) px."""
    corner, near, middle = (landmarks[points] for points in _LIP_CURVES)
    return np.concatenate((landmarks, 0.375 * corner + 0.75 * near - 0.125 * middle))


def with_border(landmarks: np.ndarray, bottom: float) -> np.ndarray:
    """Landmarks and points that hold the frame's edges and corners still; the lower edge lies at `bottom`."""
    end = UNIT - 1.0
    along = np.linspace(0, end, PER_EDGE + 2)
    edges = [np.stack((along[1:-1], np.full(PER_EDGE, bottom)), 1)]
    edges += [np.stack((along, np.zeros_like(along)), 1), np.array([[0, end], [end, end]])]
    edges += [np.stack((np.full(PER_EDGE, side), along[1:-1]), 1) for side in (0.0, end)]
    return np.concatenate((landmarks, *edges))


@cache
def pixels(size: int, source: int | None = None) -> np.ndarray:
    """(size, size, 2) float32: each pixel's own x, y, in px of an image of side `source`."""
    own = np.moveaxis(np.mgrid[:size, :size][::-1], 0, -1)
    return ((own + 0.5) * ((source or size) / size) - 0.5).astype(np.float32, order="C")


def _window(points: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right, bottom px of 256 around points, multiples of COARSE within the frame."""
    low = np.floor((points.min(0) - ROOM) / COARSE) * COARSE
    high = np.ceil((points.max(0) + ROOM) / COARSE) * COARSE
    (left, top), (right, bottom) = (np.clip(corner, 0, UNIT).astype(int) for corner in (low, high))
    return left, top, right, bottom
