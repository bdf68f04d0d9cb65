"""The protocol: first frame and sound of each clip in, frames of each method out, scores against the clip.

What is finished is kept in the output folder, one file for each method and clip, with a key of everything it
depends on (film, drive, weights, settings): the same command goes on where it was interrupted, and makes anew
what is out of date.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.errors import InputError, is_quiet, set_quiet, warn
from module1_audio2lmk.foundation.face.align import CROP_SIZE
from module1_audio2lmk.foundation.processes import end_with_parent

from . import methods, metrics
from .drive import Drive, film_motion
from .films import SIZE, Film, load_film
from .judge import Judge
from .provenance import digest
from .references import drawings, film_features, folder_features
from .sample import Sample, Scene
from .store import FILM_VIDEOS, Store, read_arrays, read_scores, write_arrays, write_json, write_video

#: Raise it when frames or scores of the same inputs change, so that older files are made anew.
VERSION = 3
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

    seconds: how much of each clip, 0 for all. step: every which frame enters a set metric. drawings: folder
    of reference drawings for those, instead of the drawn clips. fresh: make everything anew.
    """

    films: list[Path]
    out: Path
    rows: list[Row]
    metrics: list[str]
    files: metrics.Files = field(default_factory=metrics.Files)
    settings: methods.Settings = field(default_factory=methods.Settings)
    drive: str = "speech"
    seconds: float = 0
    step: int = 2
    drawings: Path | None = None
    seed: int = 0
    fresh: bool = False


class Evaluator:
    """Works through films; one in each process. After it is made, `descriptions` says what it uses."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.store = Store(plan.out)
        self.studio = methods.Studio(plan.settings)
        self.rows = {row.name: make_method(row, self.studio) for row in plan.rows}
        chosen = metrics.choose(plan.metrics, plan.files)
        self.measures = {name: m.measure(plan.files) for name, m in chosen.items() if m.measure}
        self.features = {name: m.features(plan.files) for name, m in chosen.items() if m.features}
        self.drive = Drive(plan.drive, plan.settings.checkpoints_dir, self.studio.device, plan.seed)
        self.judge = Judge()

    def __call__(self, path: Path) -> None:
        """Make what is missing of one film. Raises InputError where the film cannot be used."""
        missing = {name: key for name in self.rows if (key := self._missing(name, path))}
        reference = self._missing_reference(path)
        if not missing and not reference and self.store.video(FILM_VIDEOS, path.stem).exists():
            return
        film = load_film(path, self.plan.seconds)
        if reference:
            features = film_features(film, self.studio, self.features, self.plan.step)
            write_arrays(self.store.reference(film.name), features, reference)
        write_video(self.store.video(FILM_VIDEOS, film.name), film.frames, film)
        scenes: dict[str, Scene] = {}
        for name, key in missing.items():
            asked = self.rows[name].asked
            scenes[asked] = scenes.get(asked) or self._scene(film, asked)
            self._make(name, key, scenes[asked])

    def reference_folder(self) -> None:
        """Make the features of a folder of reference drawings, where there is one."""
        if self.plan.drawings is None or not self.features:
            return
        key = self._key({"folder": True}, drawings(self.plan.drawings))
        path = self.store.reference(REFERENCE_FOLDER)
        if self.plan.fresh or not set(self.features) <= set(read_arrays(path, key)):
            write_arrays(path, folder_features(self.plan.drawings, self.features), key)

    def _scene(self, film: Film, asked: str) -> Scene:
        """The film, and what the methods of this kind are asked to show."""
        landmarks = film_motion(film) if asked == "film" else self.drive(film)
        static = self.studio.draw(film.face.image)
        scale = np.float32(SIZE / CROP_SIZE)
        return Scene(film, landmarks * scale, static, self.studio.matte(film.face.image))

    def _make(self, name: str, key: str, scene: Scene) -> None:
        """Frames of one row for one film: video, features and scores, the scores last."""
        start = time.perf_counter()
        asked = scene.asked * np.float32(CROP_SIZE / SIZE)
        frames = np.stack(list(self.rows[name].frames(scene.film, asked)))
        cost = (time.perf_counter() - start) / len(frames)
        sample, film = Sample(frames, scene, self.judge), scene.film.name
        scores = {metric: measure(sample) for metric, measure in self.measures.items()}
        write_video(self.store.video(name, film), frames, scene.film)
        features = {metric: make(frames[:: self.plan.step]) for metric, make in self.features.items()}
        if not self.plan.fresh:  # metrics that are not asked for now stay
            scores = (read_scores(self.store.pair(name, film), key) or {"scores": {}})["scores"] | scores
            features = read_arrays(self.store.pair(name, film, ".npz"), key) | features
        write_arrays(self.store.pair(name, film, ".npz"), features, key)
        result = {"key": key, "frames": len(frames), "seconds_per_frame": round(cost, 4), "scores": scores}
        write_json(self.store.pair(name, film), result)

    def _missing(self, name: str, path: Path) -> str | None:
        """The key of a row and a film that have to be made (anew); None where they are there."""
        method = self.rows[name]
        depends = {"method": type(method).name, **method.describe()}
        files = [path, *method.weights()]
        if method.asked == "drive":
            depends |= {"drive": self.plan.drive, "seed": self.plan.seed}
            files += self.drive_weights()
        key = self._key(depends, [*files, *method.inputs(path.stem)])
        done = read_scores(self.store.pair(name, path.stem), key)
        complete = (
            done is not None
            and set(self.measures) <= set(done["scores"])
            and set(self.features) <= set(read_arrays(self.store.pair(name, path.stem, ".npz"), key))
            and self.store.video(name, path.stem).exists()
        )
        return None if complete and not self.plan.fresh else key

    def _missing_reference(self, path: Path) -> str | None:
        if not self.features or self.plan.drawings is not None:
            return None
        key = self._key({"static": self.studio.static.description}, [path])
        complete = set(self.features) <= set(read_arrays(self.store.reference(path.stem), key))
        return None if complete and not self.plan.fresh else key

    def drive_weights(self) -> list[Path]:
        """The files that the landmarks from speech depend on."""
        if self.plan.drive != "speech":
            return []
        folder = self.plan.settings.checkpoints_dir
        return [found.path for key in SPEECH_WEIGHTS if (found := checkpoints.find(key, folder))]

    def _key(self, depends: dict[str, Any], files: list[Path]) -> str:
        plan = self.plan
        content = depends | {"version": VERSION, "seconds": plan.seconds, "step": plan.step}
        content |= {"style": plan.settings.style, "files": [digest(path) for path in files]}
        # Other weights of a set metric give other features under the same name.
        content["user"] = [digest(Path(file)) for file in (plan.files.inception, plan.files.identity) if file]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


def make_method(row: Row, studio: methods.Studio) -> methods.Method:
    """The method of a row. Raises InputError where there is none of its kind, or its files are not there."""
    known = methods.known()
    if row.kind not in known:
        raise InputError(f"unknown method {row.kind}; there are {', '.join(known)}")
    return known[row.kind](studio, **row.arguments)


def run(plan: Plan, jobs: int = 0) -> dict[str, str]:
    """Carry out a plan. jobs: processes, 0 for as many as there are cores (one on a GPU).

    Returns the films that could not be used, by name, with the reason. Raises InputError where none could,
    or where weights, metrics or videos of another program are missing: before anything is made.
    """
    evaluator = Evaluator(plan)
    for method in evaluator.rows.values():
        method.describe()
        for path in plan.films:
            method.inputs(path.stem)
    evaluator.reference_folder()
    if jobs <= 0:
        jobs = 1 if evaluator.studio.device.type != "cpu" else os.cpu_count() or 1
    skipped: dict[str, str] = {}
    work = _alone(evaluator, plan) if min(jobs, len(plan.films)) <= 1 else _in_processes(plan, jobs)
    for path, error in tqdm(work, total=len(plan.films), unit="clip", disable=is_quiet()):
        if error is not None:
            warn(f"skipped {path.name}: {error}")
            skipped[path.stem] = str(error)
    if len(skipped) == len(plan.films):
        raise InputError(f"no clip could be used; the last: {list(skipped.values())[-1]}")
    return skipped


def _alone(evaluator: Evaluator, plan: Plan) -> Iterator[tuple[Path, InputError | None]]:
    for path in plan.films:
        yield path, _try(evaluator, path)


def _in_processes(plan: Plan, jobs: int) -> Iterator[tuple[Path, InputError | None]]:
    context = multiprocessing.get_context("spawn")
    count = min(jobs, len(plan.films), _MAX_JOBS)
    with ProcessPoolExecutor(count, context, _start_worker, (plan,)) as pool:
        futures = {pool.submit(_work, path): path for path in plan.films}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()
            raise


_worker: Evaluator | None = None


def _start_worker(plan: Plan) -> None:
    global _worker
    end_with_parent()
    # Ctrl-C reaches the whole group of processes: unwind, so that temporary files go, and say nothing.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(1))
    torch.set_num_threads(1)
    set_quiet(True)
    _worker = Evaluator(plan)


def _work(path: Path) -> InputError | None:
    assert _worker is not None
    return _try(_worker, path)


def _try(evaluator: Evaluator, path: Path) -> InputError | None:
    """A clip without a face or sound is left out; the others go on."""
    try:
        evaluator(path)
    except InputError as error:
        return error
    return None
