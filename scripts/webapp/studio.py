"""Studio: what people hand in is checked, drawn in processes of their own, and removed again."""

import queue
import shutil
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from module1_audio2lmk.foundation.errors import InputError, set_quiet
from module1_audio2lmk.foundation.worker import Worker, WorkerError

from . import spoken

STYLES = {"Line drawing": "drawing", "Cartoon": "cartoon", "Oil": "oil", "Watercolour": "watercolour"}
SIZES = (256, 512, 768, 1024)
BACKGROUNDS = {"As drawn": "keep", "Paper": "paper", "None": "none"}
FORMATS = {"MP4": ".mp4", "WebM": ".webm", "GIF": ".gif"}
_PREVIEWS = 2, 12  # the first frames are all shown, then one in so many


@dataclass(frozen=True)
class Limits:
    """seconds of speech; megabytes of a file; pixels of a photo; letters of a text; results kept."""

    seconds: float = 60.0
    megabytes: float = 50.0
    pixels: int = 50_000_000
    letters: int = 600
    kept: int = 6


@dataclass(frozen=True)
class Order:
    """photo, clip, sound: files. A clip drives, else the sound, else the text is spoken."""

    photo: str | None
    clip: str | None = None
    sound: str | None = None
    text: str = ""
    language: str = "English"
    style: str = "Line drawing"
    size: int = 512
    background: str = "As drawn"
    format: str = "MP4"

    def flags(self, place: Path) -> list[str]:
        """Those of main_end2end for the drawing, into the folder `place`. Raises InputError."""
        chosen = STYLES.get(self.style), BACKGROUNDS.get(self.background), FORMATS.get(self.format)
        if None in chosen or self.size not in SIZES:
            raise InputError("choose style, size, background and format from those of the page")
        if chosen[1] == "none" and chosen[2] == ".mp4":
            raise InputError("an MP4 cannot be transparent; choose WebM or GIF, or another background")
        output = place / f"talking-drawing{chosen[2]}"
        return [
            f"--style={chosen[0]}",
            f"--size={self.size}",
            f"--background={chosen[1]}",
            f"--output={output}",
        ]


class PhotoPreview(NamedTuple):
    """What is seen in a photo, each (512, 512, 3) uint8 RGB: the crop, the landmarks on it, the matte."""

    crop: np.ndarray
    landmarks: np.ndarray
    matte: np.ndarray


class Progress(NamedTuple):
    """done of total frames are drawn; frame: the last one, (S, S, 3) uint8 RGB, where it is to be shown."""

    done: int
    total: int
    frame: np.ndarray | None


@dataclass
class Studio:
    """folder: for what is handed in and drawn; count: how many draw at once; common: flags of every video."""

    folder: Path
    count: int = 1
    common: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        self._drawing: queue.Queue[Worker] = queue.Queue()
        self._all = [Worker(work) for _ in range(self.count + 1)]
        for worker in self._all[1:]:
            self._drawing.put(worker)
        # Photos are looked at by a process of their own: nobody waits for somebody else's video there.
        self._looking: queue.Queue[Worker] = queue.Queue()
        self._looking.put(self._all[0])

    def look(self, photo: str | None) -> PhotoPreview:
        """What is seen in a photo. Raises InputError."""
        path = self._photo(photo)
        with self._worker(self._looking) as worker, _named({path: "the photo"}):
            return PhotoPreview(*worker.result(("look", str(path), self.common)))

    def draw(self, order: Order) -> Iterator[Progress | Path]:
        """Draw a video: yields the progress, then the file, for the caller to remove. Raises InputError."""
        photo = self._photo(order.photo)
        place = self.folder / uuid.uuid4().hex
        drawn = order.flags(place)
        place.mkdir(parents=True)
        try:
            name = "the clip" if order.clip else "the recording"
            driver = self._of_size(order.clip, name) if order.clip else self._sound(order, place)
            flags = [f"--jpg={photo}", f"--{'drive' if order.clip else 'audio'}={driver}", *drawn]
            with self._worker(self._drawing) as worker, _named({photo: "the photo", driver: name}):
                run = worker.run(("draw", [*self.common, *flags], self.limits.seconds))
                try:
                    yield from (Progress(*news) for news in run)
                finally:
                    run.close()  # a visitor who left ends the work
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise
        yield next(place.glob("talking-drawing.*"))

    def remove(self, video: Path) -> None:
        """Remove a video that `draw` made."""
        if video.resolve().parent.parent == self.folder.resolve():
            shutil.rmtree(video.parent, ignore_errors=True)

    def close(self) -> None:
        """End the processes."""
        for worker in self._all:
            worker.close()

    def _photo(self, photo: str | None) -> Path:
        if not photo:
            raise InputError("add a photo of a face first")
        path = self._of_size(photo, "the photo")
        pixels = 0
        with suppress(Exception), warnings.catch_warnings():  # what is no photo is told by who reads it
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                pixels = image.width * image.height
        if pixels > self.limits.pixels:
            raise InputError(
                f"the photo has {pixels / 1e6:.0f} million pixels, at most "
                f"{self.limits.pixels / 1e6:.0f} million are taken; make it smaller"
            )
        return path

    def _sound(self, order: Order, place: Path) -> Path:
        if order.sound:
            return self._of_size(order.sound, "the recording")
        text = order.text.strip()
        if not text:
            raise InputError("add speech: drop a recording, record one, or type a text")
        if len(text) > self.limits.letters:
            raise InputError(f"the text has {len(text)} letters; at most {self.limits.letters} are taken")
        spoken.speak(text, order.language, place / "speech.wav")
        return place / "speech.wav"

    def _of_size(self, file: str, what: str) -> Path:
        path = Path(file)
        megabytes = path.stat().st_size / 1e6 if path.is_file() else 0.0
        if megabytes > self.limits.megabytes:
            raise InputError(f"{what} has {megabytes:.0f} MB; at most {self.limits.megabytes:g} are taken")
        return path

    @contextmanager
    def _worker(self, free: queue.Queue[Worker]) -> Iterator[Worker]:
        worker = free.get()
        try:
            yield worker
        except WorkerError as error:
            raise InputError(f"this could not be drawn ({error}); try another photo or recording") from None
        finally:
            free.put(worker)


@contextmanager
def _named(names: dict[Path, str]) -> Iterator[None]:
    """Messages name what people handed in, not the server's files."""
    try:
        yield
    except InputError as error:
        message = str(error)
        for path, name in names.items():
            message = message.replace(str(path), name)
        raise InputError(message.replace("photo not found: the photo", "the photo is gone")) from None


def work(job: tuple[str, Any, Any], tell: Callable[[Any], None]) -> Any:
    """What a process of the studio does with a job: ("look", photo, flags) or ("draw", flags, seconds)."""
    set_quiet(True)
    kind, what, limit = job
    return _look(what, limit) if kind == "look" else _draw(what, limit, tell)


def _look(photo: str, flags: tuple[str, ...]) -> PhotoPreview:
    import cv2

    import main_end2end
    from module1_audio2lmk.foundation.face.align import align_face
    from module1_audio2lmk.foundation.face.visualise import draw_landmarks
    from module1_audio2lmk.foundation.media import read_image
    from module2_drawing.rendering.matte import Matte

    options = main_end2end.parse_arguments([*flags, f"--jpg={photo}", "--audio=none"])
    face = align_face(read_image(photo), options.landmarks, options.face, turn=True)
    points = draw_landmarks(face.landmarks)
    faded = face.image // 2 + 127
    marked = np.where((points < 255).any(-1, keepdims=True), points, faded).astype(np.uint8)
    matte = Matte(options.checkpoints_dir, options.device)(face.image)
    share = cv2.resize(matte, face.image.shape[:2])[..., None]
    cut = (face.image * share + 255 * (1 - share)).astype(np.uint8)
    return PhotoPreview(face.image, marked, cut)


def _draw(flags: list[str], seconds: float, tell: Callable[[Any], None]) -> None:
    import main_end2end
    from module1_audio2lmk.foundation.media import probe, sound_seconds

    options = main_end2end.parse_arguments([*flags, "--quiet"])
    length = probe(options.drive).duration if options.drive else sound_seconds(options.audio)
    if length > seconds:
        what = "clip" if options.drive else "recording"
        raise InputError(f"the {what} lasts {length:.0f} s; at most {seconds:g} s are taken")
    first, every = _PREVIEWS

    def watch(done: int, total: int, frame: np.ndarray) -> None:
        shown = done <= first or done % every == 0 or done == total
        step = max(1, len(frame) // 512)
        tell((done, total, frame[::step, ::step] if shown else None))

    tell((0, 0, None))
    main_end2end.animate(options, watch)
