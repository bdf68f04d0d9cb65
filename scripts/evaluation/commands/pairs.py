"""Error of drawn lips and eyes on true pairs: a frame is the photo, another one's drawing the truth.

    python scripts/evaluate.py pairs CLIPS --clips validation.txt --style cartoon --out results/pairs

Of every clip some frames are taken, spread over its length; two of them are photos that are drawn in the
poses of the others. The error is the mean absolute difference from those frames' own drawings, in [−1, 1],
within 5 px (of 256) of lips and eyes. Beside it stands that of the moved static drawing alone, and eyes and
mouth apart with what blank paper would give and the error of contours, which no erasing lowers: in the mean
absolute difference a line that is a px aside counts twice, paper once.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.ndimage import distance_transform_edt

from module1_audio2lmk.foundation.errors import InputError, warn
from module1_audio2lmk.foundation.face.align import MESH, AlignedFace
from module1_audio2lmk.foundation.face.geometry import MESH_TO_68
from module1_audio2lmk.foundation.face.search import find_faces
from module1_audio2lmk.foundation.media import write_image
from module2_drawing.data.masks import moving_region
from module2_drawing.rendering.underlay import moved_drawing
from module2_drawing.util.images import to_image, to_tensor

from .. import bootstrap
from ..clips import SIZE, load_clip, select_clips
from ..methods import Studio, to_torch
from ..methods.ours import Ours
from ..options import add_drawing_options, add_selection, drawing_settings
from ..store import write_json

NOSE_BRIDGE = slice(28, 31)  # landmarks between eyes and mouth

HELP = "drawn lips and eyes against the true drawings of other frames of talking clips"
INK_BELOW = 128  # grey level
FARTHEST = 8.0  # px: a line that is missing, or drawn where none is, counts as so far


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("folder", type=Path, metavar="CLIPS", help="folder of talking clips")
    add_selection(add)
    add("--frames", type=int, default=8, help="frames of a clip that are drawn (%(default)s)")
    add_drawing_options(add)
    add("--out", type=Path, metavar="DIR", help="folder for pairs.json and pictures of the pairs")


def run(options: argparse.Namespace) -> None:
    if options.frames < 3:
        raise InputError(f"--frames is {options.frames}; give 3 or more")
    ours = Ours(Studio(drawing_settings(options)))
    errors: dict[str, list[float]] = {}
    parts: list[dict[str, float]] = []
    for path in select_clips(options.folder, options.clips):
        try:
            errors[path.stem], found = errors_of(path, ours, options)
            parts += found
        except InputError as error:
            warn(f"skipped {path.name}: {error}")
    if not errors:
        raise InputError("no clip could be used; the reasons are above")
    print("clip: drawn, moved static drawing, share")
    for name, (drawn, moved) in errors.items():
        print(f"{name}: {drawn:.3f} {moved:.3f} {drawn / moved:.2f}")
    drawn, moved = np.array(list(errors.values())).T
    draws = bootstrap.draws(len(errors), 1000, 0)
    low, high = np.percentile(drawn[draws].mean(1) / moved[draws].mean(1), (2.5, 97.5))
    share = drawn.mean() / moved.mean()
    print(f"all {len(errors)}: {drawn.mean():.3f} {moved.mean():.3f} {share:.3f} [{low:.3f}, {high:.3f}]")
    by_part = {name: float(np.mean([pair[name] for pair in parts])) for name in parts[0]}
    for name, value in by_part.items():
        print(f"{name}: {value:.3f}")
    if options.out:
        result = {"style": options.style, "frames": options.frames, "errors": errors, "share": share}
        result["parts"] = by_part
        write_json(options.out / "pairs.json", result | {"interval": [low, high]})


def errors_of(
    path: Path, ours: Ours, options: argparse.Namespace
) -> tuple[list[float], list[dict[str, float]]]:
    """Mean error of what is drawn of a clip, and of the moved static drawing; `by_parts` of each pair."""
    clip = load_clip(path, options.seconds)
    chosen = set(np.linspace(0, len(clip.frames) - 1, options.frames).round().astype(int).tolist())
    crops = (crop for number, crop in enumerate(clip.crops()) if number in chosen)
    faces = [face for crop in crops if (face := _face(crop)) is not None]
    truth = [ours.studio.draw(face) for face in faces]
    errors, rows, parts = [], [], []
    for photo in {0, len(faces) // 2}:
        others = [i for i in range(len(faces)) if i != photo]
        targets = np.stack([faces[i].landmarks[:, :2] for i in others])
        pictures = list(ours.frames(replace(clip, face=faces[photo]), targets))
        source, asked = to_torch(faces[photo].landmarks[None, :, :2], 0.5), to_torch(targets, 0.5)
        moved = [to_image(one, True) for one in moved_drawing(to_tensor(truth[photo]), source, asked)]
        for i, target, *pair in zip(others, targets, pictures, moved, strict=True):
            near = moving_region(target / 2, SIZE) > 0
            differences = [np.abs(one[near].astype(float) - truth[i][near]) for one in pair]
            errors.append([float(difference.mean() / 127.5) for difference in differences])
            parts.append(by_parts(pair[0], pair[1], truth[i], target / 2, near))
            rows.append(np.hstack([truth[photo], *reversed(pair), truth[i]]))
    if options.out:
        write_image(options.out / f"{clip.name}.png", np.vstack(rows))
    return np.mean(errors, axis=0).tolist(), parts


def by_parts(
    drawn: np.ndarray, moved: np.ndarray, truth: np.ndarray, landmarks: np.ndarray, near: np.ndarray
) -> dict[str, float]:
    """Mean absolute difference and contour error, px, of eyes and mouth, and of blank paper in their place.

    Drawings (S, S, 3) uint8; landmarks: (68, 2) px of them; near: (S, S) bool, of lips and eyes.
    """
    above = np.arange(len(near))[:, None] < landmarks[NOSE_BRIDGE, 1].mean()
    pictures = {"drawn": drawn, "moved": moved, "paper": np.full_like(truth, 255)}
    found = {}
    for part, region in (("eyes", near & above), ("mouth", near & ~above)):
        for name, picture in pictures.items():
            difference = np.abs(picture[region].astype(float) - truth[region]).mean() / 127.5
            found[f"{part}, {name}, difference"] = float(difference)
            found[f"{part}, {name}, contours px"] = contour_error(picture, truth, region)
    return found


def _face(crop: np.ndarray) -> AlignedFace | None:
    """The crop as it is, with the landmarks found in it; None without a face."""
    found = find_faces(crop)
    return AlignedFace(crop, found[0][MESH_TO_68], MESH) if found else None


def contour_error(drawn: np.ndarray, true: np.ndarray, region: np.ndarray) -> float:
    """Mean of both directions' distances, px, in a region (S, S) bool; drawings (S, S[, 3]) uint8."""
    inks = [(one if one.ndim == 2 else one.min(2)) < INK_BELOW for one in (drawn, true)]
    distances = []
    for ink, other in (inks, inks[::-1]):
        if not (ink & region).any():
            distances.append(FARTHEST if (other & region).any() else 0.0)
            continue
        away = distance_transform_edt(~other) if other.any() else np.full(other.shape, FARTHEST)
        distances.append(float(np.minimum(away, FARTHEST)[ink & region].mean()))
    return sum(distances) / 2
