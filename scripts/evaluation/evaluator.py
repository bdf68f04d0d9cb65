"""Evaluator: photo and motion of each clip in, frames of each method out, scores of these frames.

What is finished is kept in the output folder, one file for each method and clip, with a key of everything it
depends on (clip, drive, weights, settings, metrics): the same command goes on where it was interrupted, and
makes anew what is out of date.
"""

import hashlib
import json
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.errors import InputError, set_quiet, warn
from module1_audio2lmk.foundation.face.align import CROP_SIZE
from module1_audio2lmk.foundation.face.landmark_detector import LandmarkDetector
from module1_audio2lmk.foundation.files import IMAGE_SUFFIXES, files_in
from module1_audio2lmk.foundation.media import read_image, write_image
from module1_audio2lmk.foundation.processes import cores, work_off
from module2_drawing.util.images import resized

from . import methods, metrics
from .clips import SIZE, Clip, Portrait
from .drive import Drive
from .metrics import Files
from .photos import Subject
from .provenance import digest
from .sample import Sample, Scene
from .store import CLIP_VIDEOS, Store, check_names, read_arrays, write_arrays, write_video

#: Raise it when frames or scores of the same inputs change, so that older files are made anew.
VERSION = 7
#: What landmarks from speech may depend on.
SPEECH_WEIGHTS = ("autovc", "content_branch", "pose_generator", "speaker_branch", "speaker_encoder")
#: Name of the features of a folder of reference drawings.
REFERENCE_FOLDER = "drawings"
_MAX_JOBS = 8


@dataclass(frozen=True)
class Row:
    """One row of the table: its name, the kind of method, and the arguments of that method's class."""

    name: str
    kind: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """All that a run depends on.

    subjects: clips, or photos. seconds: how much of each clip, 0 for all. step: every which frame enters a
    set metric. drawings: folder of reference drawings for those. fresh: make everything anew.
    """

    subjects: list[Subject]
    out: Path
    rows: list[Row]
    metrics: list[str]
    files: Files = field(default_factory=Files)
    settings: methods.Settings = field(default_factory=methods.Settings)
    drive: str = "speech"
    seconds: float = 0
    step: int = 2
    drawings: Path | None = None
    seed: int = 0
    fresh: bool = False


class Evaluator:
    """Works through clips or photos; one in each process. Raises InputError where weights are missing."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.store = Store(plan.out)
        self.studio = methods.Studio(plan.settings)
        known = methods.known()
        check_names([row.kind for row in plan.rows], known, "method")
        self.rows = {row.name: known[row.kind](self.studio, **row.arguments) for row in plan.rows}
        self.metrics = metrics.choose(plan.metrics, plan.files)
        self.measures = {name: m.measure(plan.files) for name, m in self.metrics.items() if m.measure}
        self.features = {name: m.features(plan.files) for name, m in self.metrics.items() if m.features}
        self.drive = Drive(plan.drive, plan.settings.checkpoints_dir, self.studio.device, plan.seed)
        self.detector = LandmarkDetector()

    def __call__(self, subject: Subject) -> None:
        """Make what is missing of one clip or photo. Raises InputError where it cannot be used."""
        rows = self.rows if subject.clip else {}
        missing = {name: key for name in rows if (key := self._missing(name, subject))}
        reference = self._missing_reference(subject)
        if not missing and not reference:
            return
        portrait = subject.load(self.plan.seconds)
        static = self.studio.draw(portrait.face)
        if reference:
            self._reference(portrait, static, reference)
        scenes: dict[str, Scene] = {}
        for name, key in missing.items():
            method = self.rows[name]
            if method.asked not in scenes:
                asked = method.targets(portrait, self.drive) * np.float32(SIZE / CROP_SIZE)
                matte = self.studio.at_rest.matte(portrait.face.image)
                scenes[method.asked] = Scene(portrait, asked, static, matte)
            self._make(name, key, scenes[method.asked])

    def reference_folder(self) -> None:
        """Make the features of a folder of reference drawings, where there is one."""
        if self.plan.drawings is None or not self.features:
            return
        files = drawings_in(self.plan.drawings)
        key = self._key({"features": list(self.features)}, [*files, *self.metric_files(sets=True)])
        path = self.store.reference(REFERENCE_FOLDER)
        if self.plan.fresh or read_arrays(path, key) is None:
            drawn = np.stack([resized(read_image(file), SIZE) for file in files])
            write_arrays(path, {name: make(drawn) for name, make in self.features.items()}, key)

    def _reference(self, portrait: Portrait, static: np.ndarray, key: str) -> None:
        """What the frames are compared with: features of drawings, and pictures for the page."""
        if isinstance(portrait, Clip):
            video = self.store.video(CLIP_VIDEOS, portrait.name)
            write_video(video, portrait.frames, portrait.fps, portrait.sound)
        else:
            photo = resized(portrait.face.image, SIZE)
            write_image(self.store.drawing(portrait.name), static)
            write_image(self.store.still(portrait.name), np.hstack([photo, static]))
        makers = self._own_references(isinstance(portrait, Clip))
        drawn = portrait.references(self.studio.draw, self.plan.step) if makers else np.empty(0)
        write_arrays(self.store.reference(portrait.name), {n: make(drawn) for n, make in makers.items()}, key)

    def _own_references(self, of_clip: bool) -> dict[str, metrics.Features]:
        """The features of drawings of the clip or photo itself: none of clips where a folder is given."""
        return {} if of_clip and self.plan.drawings else self.features

    def _make(self, name: str, key: str, scene: Scene) -> None:
        """Frames of one row for one clip: video, arrays and scores, the scores last."""
        start = time.perf_counter()
        method, clip = self.rows[name], scene.portrait.name
        frames = np.stack(list(method.frames(scene.portrait, scene.asked * np.float32(CROP_SIZE / SIZE))))
        cost = (time.perf_counter() - start) / len(frames)
        sample = Sample(frames, scene, self.detector)
        found: dict[str, Any] = {"frames": len(frames), "seconds_per_frame": round(cost, 4)}
        found |= {metric: self.measures[metric](sample) for metric in self._measured(method)}
        if method.measured is None:
            write_video(self.store.video(name, clip), frames, scene.portrait.fps, scene.portrait.sound)
            found |= {metric: make(frames[:: self.plan.step]) for metric, make in self.features.items()}
            found |= {"ssim": sample.ssim, "steps": sample.steps}
        write_arrays(self.store.pair(name, clip), found, key)

    def _measured(self, method: methods.Method) -> list[str]:
        """The metrics of single clips that a row has."""
        return [name for name in self.measures if method.measured is None or name.startswith(method.measured)]

    def _missing(self, name: str, subject: Subject) -> str | None:
        """The key of a row and a clip that have to be made (anew); None where they are there."""
        method = self.rows[name]
        depends = {"method": type(method).name, "metrics": list(self.metrics), **method.describe()}
        files = [*subject.files, *method.weights(), *method.inputs(subject.name), *self.metric_files()]
        if method.asked == "drive":
            depends |= {"drive": self.plan.drive, "seed": self.plan.seed}
            files += self.drive_weights()
        shown = [self.store.video(name, subject.name)] if method.measured is None else []
        return self._unless_there(self.store.pair(name, subject.name), shown, self._key(depends, files))

    def _missing_reference(self, subject: Subject) -> str | None:
        """The same for what the frames of a clip or photo are compared with."""
        features = list(self._own_references(subject.is_clip))
        depends = {"at_rest": self.studio.at_rest.descriptions, "features": features}
        shown = [self.store.drawing(subject.name), self.store.still(subject.name)]
        if subject.is_clip:
            shown = [self.store.video(CLIP_VIDEOS, subject.name)]
        key = self._key(depends, [subject.photo, *self.metric_files(sets=True)])
        return self._unless_there(self.store.reference(subject.name), shown, key)

    def _unless_there(self, path: Path, shown: list[Path], key: str) -> str | None:
        """None where all that is shown is there and the arrays have this key, else the key."""
        there = all(file.exists() for file in shown) and read_arrays(path, key) is not None
        return None if there and not self.plan.fresh else key

    def drive_weights(self) -> list[Path]:
        """The files that the landmarks from speech depend on."""
        if self.plan.drive != "speech":
            return []
        folder = self.plan.settings.checkpoints_dir
        return [found.path for key in SPEECH_WEIGHTS if (found := checkpoints.find(key, folder))]

    def metric_files(self, sets: bool = False) -> list[Path]:
        """The files that the scores of all metrics, or the features of set metrics, depend on."""
        chosen = [metric for metric in self.metrics.values() if metric.features or not sets]
        return sorted({path for metric in chosen for path in metric.files(self.plan.files) or []})

    def _key(self, depends: dict[str, Any], files: list[Path]) -> str:
        plan = self.plan
        content = depends | {"version": VERSION, "seconds": plan.seconds, "step": plan.step}
        content |= {"style": plan.settings.style, "files": [digest(path) for path in files]}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


def drawings_in(folder: Path) -> list[Path]:
    """The pictures of a folder, at least two. Raises InputError otherwise."""
    files = files_in([folder], IMAGE_SUFFIXES, "reference drawings")
    if len(files) < 2:
        raise InputError(f"{folder} holds {len(files)} drawings; a Fréchet distance needs at least 2")
    return files


def run(plan: Plan, jobs: int = 0) -> dict[str, str]:
    """Carry out a plan. jobs: processes, 0 for as many as there are cores (one on a GPU).

    Returns the clips or photos that could not be used, by name, with the reason. Raises InputError where none
    could, or where weights, metrics or videos of another program are missing: before anything is made.
    """
    evaluator = Evaluator(plan)
    for method in evaluator.rows.values():
        method.describe()
        for subject in plan.subjects:
            method.inputs(subject.name)
    evaluator.reference_folder()
    if jobs <= 0:
        jobs = 1 if evaluator.studio.device.type != "cpu" else cores()
    processes = min(jobs, len(plan.subjects), _MAX_JOBS)
    tasks = {subject.name: (subject,) for subject in plan.subjects}
    skipped: dict[str, str] = {}
    for name, result in work_off(tasks, _work, processes, "clip", _start, (plan, processes > 1)):
        if isinstance(result, InputError):
            warn(f"skipped {name}: {result}")
            skipped[name] = str(result)
    if all(subject.name in skipped for subject in plan.subjects if subject.clip):
        raise InputError(f"no clip or photo could be used; the last: {list(skipped.values())[-1]}")
    return skipped


_worker: Evaluator | None = None


def _start(plan: Plan, several: bool) -> None:
    global _worker
    if several:
        # Ctrl-C reaches the whole group of processes: unwind, so that temporary files go, and say nothing.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: sys.exit(1))
        set_quiet(True)
    _worker = Evaluator(plan)


def _work(subject: Subject) -> None:
    assert _worker is not None
    _worker(subject)
