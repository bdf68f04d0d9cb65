"""The run: photos × methods, each file with a key of everything it depends on, so that a run can be resumed.

Below the output folder: motion/CLIP.npz, drawings/PHOTO.png (static drawings), references/PHOTO.npz (their
features), pairs/_still/PHOTO.json, pairs/ROW/PHOTO.json and .npz, videos/ROW/PHOTO.mp4, stills/PHOTO.png.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from module1_audio2lmk.foundation.errors import InputError, set_quiet, warn
from module1_audio2lmk.foundation.face.align import CROP_SIZE, AlignedFace, align_face
from module1_audio2lmk.foundation.media import read_image, write_image
from module2_drawing.data.motion import carried, most_alike
from module2_drawing.data.prepare import work_off
from module2_drawing.rendering.prepare import completed
from module2_drawing.util.images import resized

from .. import methods
from ..films import SIZE, Portrait
from ..judge import Judge
from ..metrics import Files
from ..metrics.frechet_filterbank import filterbank_features
from ..metrics.identity import describe, embedding
from ..protocol import Row, make_method
from ..provenance import digest
from ..sample import Sample, Scene
from ..store import Store, read_arrays, read_scores, write_arrays, write_json, write_video
from .landmark_net import load_net
from .measures import VARIANTS, moving_scores, pair_scores, still_scores, variants
from .motion import Motion, clip_motion
from .photos import Photo

#: Raise it when frames or scores of the same inputs change, so that older files are made anew.
VERSION = 4
#: Row of the static drawings.
STILL = "_still"
FEATURES = "frechet_filterbank"


@dataclass(frozen=True)
class Plan:
    """All that a run depends on.

    references: photos whose static drawings the Fréchet distance compares with. animated: photo → clip.
    step: every which frame enters that distance. landmark_net: file of the own network, None: that found.
    """

    references: list[Photo]
    animated: dict[str, Path]
    out: Path
    rows: list[Row]
    files: Files = field(default_factory=Files)
    settings: methods.Settings = field(default_factory=methods.Settings)
    landmark_net: str | None = None
    seconds: float = 2
    step: int = 2
    fresh: bool = False


class Evaluator:
    """Works through photos; one in each process. Raises InputError where weights or files are missing."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.store = plan, Store(plan.out)
        self.studio = methods.Studio(plan.settings)
        self.rows = {row.name: make_method(row, self.studio) for row in plan.rows}
        self.net = load_net(plan.files.checkpoints_dir, plan.landmark_net)
        self.embed = embedding(plan.files) if plan.files.identity else describe
        self.judge = Judge()

    def __call__(self, photo: Photo) -> None:
        """Make what is missing of one photo. Raises InputError where it cannot be used."""
        clip = self.plan.animated.get(photo.name)
        reference = self._missing_features(photo)
        still = self._missing_still(photo) if clip else None
        missing = self._missing_rows(photo, clip) if clip else {}
        if not (reference or still or missing):
            return
        face = align_face(read_image(photo.path), face=1)
        # All methods see the same picture, without the line that the edge of a photo would be drawn as.
        face = replace(face, image=completed(face), visible=AlignedFace.visible)
        static = self.studio.draw(face.image)
        if reference:
            write_image(self.drawing_path(photo.name), static)
            features = {FEATURES: filterbank_features(static[None])}
            write_arrays(self.store.reference(photo.name), features, reference)
        if still:
            self._still(photo, face, static, still)
        if missing and clip:
            motion = self.motion(clip)
            portrait = Portrait(name=photo.name, face=face, sound=motion.sound)
            rest = motion.track[most_alike(portrait.photo_landmarks, motion.track)]
            asked = carried(portrait.photo_landmarks, motion.track, rest)
            scene = Scene(portrait, asked, static, self.studio.matte(face.image))
            for name, key in missing.items():
                self._make(name, key, scene)

    def motion(self, clip: Path, fresh: bool = False) -> Motion:
        """The motion of a clip, followed once; `fresh`: once more."""
        path = self.plan.out / "motion" / f"{clip.stem}.npz"
        key = self._key({"motion": True}, [clip])
        arrays = {} if fresh else read_arrays(path, key)
        if set(Motion._fields) <= set(arrays):
            return Motion(**{name: arrays[name] for name in Motion._fields})
        made = clip_motion(clip, self.plan.seconds)
        write_arrays(path, made._asdict(), key)
        return made

    def drawing_path(self, name: str) -> Path:
        """Static drawing, one of those that the Fréchet distance compares with."""
        return self.plan.out / "drawings" / f"{name}.png"

    def still_path(self, name: str) -> Path:
        """Photo and static drawing side by side, for the page."""
        return self.plan.out / "stills" / f"{name}.png"

    def _still(self, photo: Photo, face: AlignedFace, static: np.ndarray, key: str) -> None:
        landmarks = (face.landmarks[:, :2] * (SIZE / CROP_SIZE)).astype(np.float32)
        others = [(self.studio.draw(image), points) for image, points in variants(face)]
        scores = still_scores(static, landmarks, others, self.judge, self.net, self.embed)
        write_image(self.still_path(photo.name), np.hstack([resized(face.image, SIZE), static]))
        write_json(self.store.pair(STILL, photo.name), {"key": key, "frames": 1, "scores": scores})

    def _make(self, name: str, key: str, scene: Scene) -> None:
        """Frames of one method for one photo: video, arrays and scores, the scores last."""
        start = time.perf_counter()
        asked = scene.asked * np.float32(CROP_SIZE / SIZE)
        frames = np.stack(list(self.rows[name].frames(scene.film, asked)))  # type: ignore[arg-type]
        cost = (time.perf_counter() - start) / len(frames)
        sample, photo = Sample(frames, scene, self.judge), scene.film.name
        write_video(self.store.video(name, photo), frames, scene.film)
        arrays = pair_scores(sample) | {FEATURES: filterbank_features(frames[:: self.plan.step])}
        write_arrays(self.store.pair(name, photo, ".npz"), arrays, key)
        scores = moving_scores(sample, self.net, self.embed)
        scores["ssim"] = float(arrays["ssim"].mean())
        result = {"key": key, "frames": len(frames), "seconds_per_frame": round(cost, 4), "scores": scores}
        write_json(self.store.pair(name, photo), result)

    def _missing_features(self, photo: Photo) -> str | None:
        key = self._key({"static": self.studio.static.description}, [photo.path])
        made = FEATURES in read_arrays(self.store.reference(photo.name), key)
        made = made and self.drawing_path(photo.name).exists()
        return None if made and not self.plan.fresh else key

    def _missing_still(self, photo: Photo) -> str | None:
        depends = {"static": self.studio.static.description, "variants": VARIANTS}
        key = self._key(depends, [photo.path, *self._judges()])
        made = read_scores(self.store.pair(STILL, photo.name), key) and self.still_path(photo.name).exists()
        return None if made and not self.plan.fresh else key

    def _missing_rows(self, photo: Photo, clip: Path) -> dict[str, str]:
        """The rows that have to be made (anew) for a photo, and their keys."""
        missing = {}
        for name, method in self.rows.items():
            depends = {"method": type(method).name, **method.describe(), "step": self.plan.step}
            key = self._key(depends, [photo.path, clip, *method.weights(), *self._judges()])
            done = (
                read_scores(self.store.pair(name, photo.name), key)
                and read_arrays(self.store.pair(name, photo.name, ".npz"), key)
                and self.store.video(name, photo.name).exists()
            )
            if not done or self.plan.fresh:
                missing[name] = key
        return missing

    def _judges(self) -> list[Path]:
        """Files that the scores depend on."""
        identity = [Path(self.plan.files.identity)] if self.plan.files.identity else []
        return identity + ([self.net.path] if self.net else [])

    def _key(self, depends: dict[str, Any], files: list[Path]) -> str:
        content = depends | {"version": VERSION, "seconds": self.plan.seconds}
        content |= {"style": self.plan.settings.style, "files": [digest(path) for path in files]}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


def run(plan: Plan, jobs: int = 0) -> tuple[Evaluator, dict[str, str]]:
    """Carry out a plan. jobs: processes, 0 for as many as there are cores (one on a GPU).

    Returns an evaluator of it, and the photos that could not be used, by name, with the reason. Raises
    InputError where none could, or, before anything is made, where weights or clips cannot be used.
    """
    evaluator = Evaluator(plan)
    for method in evaluator.rows.values():
        method.describe()
    for clip in sorted(set(plan.animated.values())):
        evaluator.motion(clip, plan.fresh)
    if jobs <= 0:
        jobs = 1 if evaluator.studio.device.type != "cpu" else os.cpu_count() or 1
    processes = min(jobs, len(plan.references))
    tasks = {photo.name: (photo,) for photo in plan.references}
    skipped = {}
    for name, result in work_off(tasks, _work, processes, "photo", _start, (plan, processes > 1)):
        if isinstance(result, InputError):
            warn(f"skipped {name}: {result}")
            skipped[name] = str(result)
    if set(plan.animated) <= set(skipped):
        raise InputError(f"no photo could be used; the last: {list(skipped.values())[-1]}")
    return evaluator, skipped


_worker: Evaluator | None = None


def _start(plan: Plan, several: bool) -> None:
    global _worker
    if several:
        torch.set_num_threads(1)
        set_quiet(True)
    _worker = Evaluator(plan)


def _work(photo: Photo) -> None:
    assert _worker is not None
    _worker(photo)
