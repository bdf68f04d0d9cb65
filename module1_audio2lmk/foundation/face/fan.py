"""FAN landmarks by the face_alignment package (3-D, flip test), the published system's detector."""

import inspect
import os
import sys
import warnings
from pathlib import Path

import numpy as np

from ..errors import InputError

NAME = "face_alignment"
_DEPTH = "depth-2a464da4ea.pth.tar"
#: The weight files that the package would download on its own: detector, landmarks, depth.
FILES = ("s3fd-619a316812.pth", "3DFAN4-7835d9f11d.pth.tar", _DEPTH)


def missing_files() -> list[Path]:
    """The weight files that are not in the cache of torch.hub."""
    return [path for name in FILES if not (path := _cache() / name).is_file()]


def landmarks(image: np.ndarray) -> np.ndarray:
    """(512, 512, 3) uint8 RGB crop → (68, 3) float32 px, iBUG order; the face nearest the centre.

    Raises InputError where no face is found or a weight file is damaged.
    """
    import face_alignment

    from ..checkpoints import load_state

    # The package unpickles this file: make sure that it holds tensors and nothing else.
    load_state(_cache() / _DEPTH, "state_dict")
    options: dict[str, object] = {"flip_input": True, "device": "cpu"}
    if "compile" in inspect.signature(face_alignment.FaceAlignment).parameters:
        options["compile"] = False
    try:
        aligner = face_alignment.FaceAlignment(face_alignment.LandmarksType.THREE_D, **options)
    except (RuntimeError, KeyError, OSError, ValueError) as error:
        raise InputError(
            f"the face_alignment weights in {_cache()} are damaged ({str(error)[:80]}); copy them again"
        ) from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that no face was found is said below
        found = aligner.get_landmarks_from_image(np.ascontiguousarray(image))
    if not found:
        raise InputError("face_alignment finds no face in the photo; try --landmarks mediapipe")
    centre = np.array(image.shape[1::-1]) / 2
    return min(found, key=lambda points: np.abs(points[:, :2].mean(0) - centre).sum()).astype(np.float32)


def _cache() -> Path:
    """The folder that torch.hub downloads to; torch is not imported, which takes seconds, to ask it."""
    if hub := sys.modules.get("torch.hub"):
        return Path(hub.get_dir()) / "checkpoints"
    home = os.environ.get("TORCH_HOME") or os.path.join(os.environ.get("XDG_CACHE_HOME", "~/.cache"), "torch")
    # As torch does it: "~" stays where a user has no home, as in a container with a number for a user.
    return Path(os.path.expanduser(home)) / "hub" / "checkpoints"
