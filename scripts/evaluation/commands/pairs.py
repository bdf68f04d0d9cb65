"""Error of drawn lips and eyes on true pairs: a frame is the photo, another one's drawing the truth.

    python scripts/evaluate.py pairs CLIPS --clips validation.txt --style cartoon --out results/pairs

Of every clip some frames are taken, spread over its length; two of them are photos that are drawn in the
poses of the others. The error is the mean absolute difference from those frames' own drawings, in [−1, 1],
within 5 px (of 256) of lips and eyes. Beside it stands that of the moved static drawing alone.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

HELP = "drawn lips and eyes against the true drawings of other frames of talking clips"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("folder", type=Path, metavar="CLIPS", help="folder of talking clips")
    add("--clips", metavar="FILE", help="only these clips: a name a line, or a JSON of splits")
    add("--split", default="validation", metavar="NAME", help="which part of that JSON (%(default)s)")
    add("--frames", type=int, default=8, help="frames of a clip that are drawn (%(default)s)")
    add("--style", default="drawing", help="drawing style (%(default)s)")
    add("--generator", metavar="FILE", help="generator weights, instead of those found")
    add("--quality", default="default", help="as of main_end2end.py (%(default)s)")
    add("--checkpoints_dir", default="checkpoints", help="where weights are looked for")
    add("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps")
    add("--out", type=Path, metavar="DIR", help="folder for pairs.json and pictures of the pairs")


def run(options: argparse.Namespace) -> None:
    import numpy as np

    from module1_audio2lmk.foundation.errors import InputError, warn

    from .. import bootstrap
    from ..clips import select_clips
    from ..methods import Settings
    from ..store import write_json

    if options.frames < 3:
        raise InputError(f"--frames is {options.frames}; give 3 or more")
    settings = Settings(
        options.style, options.checkpoints_dir, options.generator, options.device, options.quality
    )
    measure = _Measure(settings, options.frames, options.out)
    errors: dict[str, list[float]] = {}
    for path in select_clips(options.folder, options.clips, options.split):
        try:
            errors[path.stem] = measure(path)
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
    if options.out:
        result = {"style": options.style, "frames": options.frames, "errors": errors, "share": share}
        write_json(options.out / "pairs.json", result | {"interval": [low, high]})


class _Measure:
    """A clip → mean error of what is drawn, and of the moved static drawing."""

    def __init__(self, settings, frames: int, out: Path | None) -> None:
        from ..methods import Studio
        from ..methods.ours import Ours

        self._studio, self._frames, self._out = Studio(settings), frames, out
        self._ours = Ours(self._studio)

    def __call__(self, path: Path) -> list[float]:
        import numpy as np

        from module1_audio2lmk.foundation.media import write_image

        from ..clips import load_clip

        clip = load_clip(path)
        chosen = np.unique(np.linspace(0, len(clip.frames) - 1, self._frames).round().astype(int))
        faces = [face for crop in _some(clip.crops(), chosen) if (face := _face(crop)) is not None]
        truth = [self._studio.draw(face.image) for face in faces]
        errors, rows = [], []
        for photo in {0, len(faces) // 2}:
            others = [i for i in range(len(faces)) if i != photo]
            targets = np.stack([faces[i].landmarks[:, :2] for i in others])
            pictures = list(self._drawn(clip, faces[photo], targets)), self._moved(truth[photo], faces, photo)
            for number, i in enumerate(others):
                near = _region(faces[i].landmarks)
                pair = [made[number] for made in pictures]
                errors.append([_error(one, truth[i], near) for one in pair])
                rows.append(np.hstack([truth[photo], pair[1], pair[0], truth[i]]))
        if self._out:
            write_image(self._out / f"{clip.name}.png", np.vstack(rows))
        return np.mean(errors, axis=0).tolist()

    def _drawn(self, clip, face, targets: np.ndarray) -> list[np.ndarray]:
        from dataclasses import replace

        return list(self._ours.frames(replace(clip, face=face), targets))

    def _moved(self, drawing: np.ndarray, faces: list, photo: int) -> list[np.ndarray]:
        """The drawing of a photo in the poses of the other frames, (256, 256, 3) uint8 each."""
        import torch

        from module2_drawing.rendering.underlay import moved_drawing
        from module2_drawing.util.images import to_image, to_tensor

        from ..methods import to_torch

        points = [to_torch(face.landmarks[None, :, :2], 0.5) for face in faces]
        targets = torch.cat([one for i, one in enumerate(points) if i != photo])
        return [to_image(one, True) for one in moved_drawing(to_tensor(drawing), points[photo], targets)]


def _some(crops, chosen: np.ndarray):
    wanted = set(chosen.tolist())
    return (crop for number, crop in enumerate(crops) if number in wanted)


def _face(crop: np.ndarray):
    """The crop as it is, with the landmarks found in it; None without a face."""
    from module1_audio2lmk.foundation.face.align import AlignedFace
    from module1_audio2lmk.foundation.face.geometry import MESH_TO_68
    from module1_audio2lmk.foundation.face.search import MeshDetector, find_faces

    found = find_faces(crop)
    return AlignedFace(crop, found[0][MESH_TO_68], MeshDetector.name) if found else None


def _region(landmarks: np.ndarray) -> np.ndarray:
    from module2_drawing.data.motion_pairs_dataset import moving_region

    return moving_region(landmarks[:, :2] / 2, 256) > 0


def _error(drawn: np.ndarray, truth: np.ndarray, near: np.ndarray) -> float:
    import numpy as np

    return float(np.abs(drawn[near].astype(float) - truth[near]).mean() / 127.5)
