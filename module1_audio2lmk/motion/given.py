"""Given motion: landmark frames, curves or the face of a clip in the place of speech."""

import os
from collections.abc import Callable
from fractions import Fraction

from ..foundation.errors import InputError
from ..foundation.face.align import AlignedFace
from ..foundation.face.landmark_file import RATES, Motion, at_rate, read_landmarks
from ..foundation.face.retarget import driven
from ..foundation.media import sound_seconds
from .curve_files import moved, read_curves

_RATE = Fraction(25)
PathLike = str | os.PathLike[str]


def given_motion(
    landmarks: PathLike | None,
    curves: PathLike | None,
    clip: PathLike | None,
    fps: Fraction | None,
    audio: PathLike | None,
) -> tuple[Fraction, Callable[[AlignedFace], Motion]]:
    """The rate of one of the three, and the motion that a face makes of it.

    fps: None for that of the landmark frames, 25 of the others. audio: where it lasts longer, the last frame
    is held. Raises InputError for unusable files.
    """
    seconds = sound_seconds(audio) if audio and audio != clip else 0.0
    if landmarks:
        motion = read_landmarks(landmarks)
        rate = fps or motion.fps
        if not RATES[0] <= rate <= RATES[1]:
            raise InputError(f"{landmarks} has {float(rate):g} frames a second; give --fps 25")
        found = at_rate(motion, rate, seconds)
        return rate, lambda face: carried_to(face, found)
    rate = fps or _RATE
    if curves:
        read = read_curves(curves)
        return rate, lambda face: moved(read, face.landmarks, rate, seconds)
    if clip is None:
        raise ValueError("no motion is given")
    from ..foundation.face.drive import clip_motion

    return rate, lambda face: at_rate(Motion(clip_motion(clip, face, rate), rate), rate, seconds)


def carried_to(face: AlignedFace, motion: Motion) -> Motion:
    """The motion on the face: frames of another picture move it from the one that is most like it."""
    if not motion.foreign:
        return motion
    return motion._replace(frames=driven(face.landmarks[:, :2], motion.frames), foreign=False)
