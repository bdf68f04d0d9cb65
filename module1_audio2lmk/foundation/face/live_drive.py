"""Live drive: the face in a camera, or in a clip as it is read, moves the face of a photo."""

import os
import threading
from collections import deque
from fractions import Fraction
from typing import NoReturn

import numpy as np

from ..errors import InputError
from ..live import Moment
from ..media import is_still, iter_audio, iter_frames, probe
from .align import AlignedFace
from .drive import WINDOW
from .face_mesh import FaceMesh
from .geometry import MESH_TO_68, smooth
from .retarget import carried, most_alike

SOUND_RATE = 16000
_CALIBRATED_BY = 15  # frames of which the one most like the photo is taken for the face at rest
_AHEAD = 30  # frames of a clip that are followed before they are due
_FADING = 0.12  # share of the way, a frame, back to the photo's face where none is seen, and away from it
_STEADY, _MOVING = 0.3, 6.0  # share of a small motion that is followed at once; px of one followed wholly


class FaceFollower:
    """MediaPipe's mesh from frame to frame: (H, W, 3) uint8 RGB → (68, 2) px, None where no face is seen."""

    def __init__(self) -> None:
        self._mesh = FaceMesh(max_faces=1, follows=True)

    def __call__(self, picture: np.ndarray) -> np.ndarray | None:
        meshes = self._mesh(picture)
        return meshes[0][MESH_TO_68, :2] if meshes else None


class DrivenFace:
    """A photo's face that is moved frame by frame. rest: (68, 2) px of the driving face, once known."""

    def __init__(self, face: AlignedFace) -> None:
        self._photo = face.landmarks[:, :2].astype(np.float64)
        self.rest: np.ndarray | None = None
        self._last = self._photo.astype(np.float32)
        self._share = 0.0

    def calibrate(self, track: np.ndarray) -> None:
        """Take the frame of (T, 68, 2) px that is most like the photo for the face at rest."""
        self.rest = track[most_alike(self._photo, track)]

    def move(self, points: np.ndarray | None) -> np.ndarray:
        """The photo's landmarks (68, 2) px of the crop for the next frame; None: no face is seen."""
        if points is not None and self.rest is not None:
            self._share = min(1.0, self._share + _FADING)
            self._last = carried(self._photo, points[None], self.rest)[0]
        else:
            self._share = max(0.0, self._share - _FADING)
        return ((1 - self._share) * self._photo + self._share * self._last).astype(np.float32)


class ClipDrive:
    """A clip's motion on a photo's face, with the clip's sound (a `MotionSource`); read as it goes."""

    def __init__(self, path: str | os.PathLike[str], face: AlignedFace, fps: Fraction = Fraction(25)) -> None:
        self.fps, self.sound_rate, self.left_out = fps, SOUND_RATE, 0.0
        found = probe(path)
        if not found.width:
            raise InputError(f"{path} has no picture; give a clip of a face")
        if is_still(path):
            raise InputError(f"{path} is one picture, in which nothing moves; give a clip of a face")
        self._pictures = iter_frames(path, fps)
        self._blocks = iter_audio(path, SOUND_RATE) if found.audio_codec else iter(())
        self._sound = np.zeros(0, np.float32)
        self._follow, self._driven = FaceFollower(), DrivenFace(face)
        self._points: deque[np.ndarray | None] = deque()
        self._past: deque[np.ndarray | None] = deque(maxlen=WINDOW // 2)
        self._frame = 0
        self._ended = False
        self._lock = threading.Lock()

    @property
    def pending(self) -> float:
        return float(len(self._points) / self.fps)

    @property
    def over(self) -> bool:
        return self._ended and not self._points

    def push(self, samples: np.ndarray, rate: int) -> NoReturn:
        raise InputError("a clip moves the face; give no sound")

    def interrupt(self) -> None:
        """The clip ends here."""
        self.finish()

    def finish(self) -> None:
        with self._lock:
            self._ended = True
            self._points.clear()

    def advance(self) -> bool:
        with self._lock:
            if self._ended or len(self._points) >= _AHEAD:
                return False
            self._read()
            return True

    def take(self, skipped: int = 0) -> Moment:
        with self._lock:
            first = self._frame
            for _ in range(skipped + 1):
                landmarks = self._next()
            start, stop = (round(frame * SOUND_RATE / self.fps) for frame in (first, self._frame))
            return Moment(landmarks, self._heard(stop - start), float(first / self.fps))

    def _next(self) -> np.ndarray:
        wanted = max(WINDOW // 2 + 1, 0 if self._driven.rest is not None else _CALIBRATED_BY)
        while len(self._points) < wanted and not self._ended:
            self._read()
        if self._driven.rest is None and (track := [p for p in self._points if p is not None]):
            self._driven.calibrate(np.stack(track))
        self._frame += 1
        if not self._points:
            return self._driven.move(None)
        around = [*self._past, *list(self._points)[: WINDOW // 2 + 1]]
        now = self._points.popleft()
        self._past.append(now)
        seen = [points for points in around if points is not None]
        if len(seen) == WINDOW:
            return self._driven.move(smooth(np.stack(seen), WINDOW)[WINDOW // 2])
        return self._driven.move(now)

    def _read(self) -> None:
        picture = next(self._pictures, None)
        if picture is None:
            self._ended = True
        else:
            self._points.append(self._follow(picture))

    def _heard(self, count: int) -> np.ndarray:
        """The next samples of the clip's sound; silence after its end."""
        while len(self._sound) < count and (block := next(self._blocks, None)) is not None:
            self._sound = np.concatenate([self._sound, block])
        sound, self._sound = self._sound[:count], self._sound[count:]
        return np.concatenate([sound, np.zeros(count - len(sound), np.float32)])


class CameraDrive:
    """The face in a camera's pictures moves a photo's face (a `MotionSource`); of pictures the newest counts.

    The first frames that show a face tell what it looks like at rest; `interrupt` has them told anew.
    """

    pending, left_out, sound_rate = 0.0, 0.0, SOUND_RATE

    def __init__(self, face: AlignedFace, fps: Fraction = Fraction(25)) -> None:
        self.fps = fps
        self.over = False
        self._follow, self._driven = FaceFollower(), DrivenFace(face)
        self._lock = threading.Lock()
        self._newest: tuple[np.ndarray, float] | None = None
        self._seen: tuple[np.ndarray | None, float] | None = None
        self._first: list[np.ndarray] = []
        self._shown = face.landmarks[:, :2].astype(np.float32)
        self._frame = 0
        self._last: np.ndarray | None = None

    def show(self, picture: np.ndarray, arrived: float) -> None:
        """The camera's next picture, (H, W, 3) uint8 RGB, and when it came, s."""
        with self._lock:
            self._newest = picture, arrived

    def push(self, samples: np.ndarray, rate: int) -> NoReturn:
        raise InputError("a camera moves the face; give no sound")

    def interrupt(self) -> None:
        with self._lock:
            self._driven.rest, self._first = None, []

    def finish(self) -> None:
        self.over = True

    def advance(self) -> bool:
        with self._lock:
            newest, self._newest = self._newest, None
        if newest is None:
            return False
        points = self._follow(newest[0])
        with self._lock:
            if points is not None and self._driven.rest is None:
                self._first.append(points)
                if len(self._first) == _CALIBRATED_BY:
                    self._driven.calibrate(np.stack(self._first))
            self._seen = points, newest[1]
        return True

    def take(self, skipped: int = 0) -> Moment:
        with self._lock:
            seen, self._seen = self._seen, None
            if seen is not None:
                self._last = seen[0]
            aim = self._driven.move(self._last)
        # What jitters is a little motion; a large one is followed without delay.
        moved = np.linalg.norm(aim - self._shown, axis=1, keepdims=True)
        self._shown += np.clip(_STEADY + moved / _MOVING, 0, 1).astype(np.float32) * (aim - self._shown)
        first, self._frame = self._frame, self._frame + skipped + 1
        start, stop = (round(frame * SOUND_RATE / self.fps) for frame in (first, self._frame))
        return Moment(self._shown.copy(), np.zeros(stop - start, np.float32), None, seen[1] if seen else None)
