"""The programs that are killed: each with what it writes, and what an unbroken run of it leaves."""

import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import drawing_data
import numpy as np
import torch
from media_files import tone
from PIL import Image
from speech_data import write_cache

import main_end2end
from module1_audio2lmk import train as speech_training
from module1_audio2lmk.foundation import files
from module1_audio2lmk.foundation.face.landmark_file import Motion, write_landmarks
from module2_drawing import train as drawing_training
from scripts import batch, prepare_portraits

ROOT = Path(files.__file__).resolve().parents[2]
PHOTO = ROOT / "data" / "examples" / "astronaut.jpg"
_SPEECH = (
    "--channels 8 --shape_size 4 --frames 40 --batch_size 4 --rooms 0 --save_every 2 --validate_every 50"
)
_DRAWING = (
    "--dataroot small --name run --model geomgm_ifw_fore --netG resnet_9blocks_rcatland32_full_ifw "
    "--netg_resb_div 3 --netg_resb_disp 3 --output_nc 1 --lambda_face 0 --lambda_geom 0 --niter 2 "
    "--niter_decay 0 --gpu_ids -1 --ngf 2 --ndf 2 --num_threads 0 --display_id 0 --save_latest_freq 2"
)


@dataclass(frozen=True)
class Program:
    """make: its inputs in a folder. run: in that folder to the end, going on from what is there.

    results: the files (globs) that every unbroken run leaves with the same content. final: they have it as
    soon as they are there; else it is that of a state on the way.
    """

    name: str
    make: Callable[[Path], object]
    run: Callable[[Path], object]
    results: tuple[str, ...]
    final: bool = True

    def content(self, file: Path) -> bytes:
        """What of a file is compared; empty where it is damaged."""
        if file.suffix != ".pth":
            return file.read_bytes()
        try:
            state = torch.load(file, weights_only=True)
        except Exception:
            return b""
        return b"".join(value.numpy().tobytes() for _, value in sorted(state.items()))


def _speech_and_motion(folder: Path) -> None:
    import soundfile

    soundfile.write(folder / "voice.wav", tone(1.0), 16000)
    moving = np.linspace(0, 3, 25)[:, None, None] + _photo_landmarks()
    write_landmarks(folder / "motion.npz", Motion(moving.astype(np.float32), Fraction(25)))


def _photo_landmarks() -> np.ndarray:
    return drawing_data.standard_face(size=512)


def _render(folder: Path) -> None:
    given = ["--jpg", str(PHOTO), "--audio", "voice.wav", "--from_landmarks", "motion.npz", "--quiet"]
    made = ["--size", "256", "--output", "out/a.mp4", "--save_landmarks", "out/a.npz"]
    main_end2end.main([*given, *made])


def _photos(folder: Path) -> None:
    (folder / "photos").mkdir()
    image = Image.open(PHOTO)
    for number, size in enumerate((512, 400)):
        image.resize((size, size)).save(folder / f"photos/{number}.png")


def _prepare(folder: Path) -> None:
    prepare_portraits.main(["photos", "--out", "Data", "--name", "set", "--quiet"])


def _table(folder: Path) -> None:
    _speech_and_motion(folder)
    rows = "".join(f"{PHOTO},voice.wav,motion.npz,out/{name}.mp4\n" for name in "ab")
    (folder / "jobs.csv").write_text(f"photo,audio,from_landmarks,output\n{rows}")


def _batch(folder: Path) -> None:
    if batch.main(["jobs.csv", "--workers", "1", "--quiet", "--size", "256"]):
        raise RuntimeError("rows failed")


def _train_speech(folder: Path) -> None:
    base = ["--branch", "content", "--data", "cache", "--run_dir", "run", "--steps", "40", "--threads", "1"]
    speech_training.main([*base, "--device", "cpu", "--quiet", *_SPEECH.split()])


def _train_drawing(folder: Path) -> None:
    more = ["--continue_train"] if list((folder / "checkpoints/run").glob("*.pth")) else []
    drawing_training.main([*_DRAWING.split(), *more])


def _drawing_data(folder: Path) -> None:
    drawing_data.make_data(folder, pairs=True)
    (folder / "checkpoints").mkdir()


def _cache(folder: Path) -> None:
    (folder / "cache").mkdir()
    write_cache(folder / "cache")


PROGRAMS = [
    Program("rendering", _speech_and_motion, _render, ("out/*",)),
    Program("preparing", _photos, _prepare, ("Data/**/*.png", "Data/**/*.txt", "Data/**/*.npy")),
    Program("batch", _table, _batch, ("out/*",)),
    Program("training of speech", _cache, _train_speech, ("run/content_branch.safetensors",)),
    Program(
        "training of drawing", _drawing_data, _train_drawing, ("checkpoints/run/latest_net_*.pth",), False
    ),
]


@contextmanager
def child(
    work: Callable[[Path], object], folder: Path, before: Callable[[], object] = lambda: None
) -> Iterator[int]:
    """The process of a fork that works in the folder: modules are imported once, not for every kill."""
    process = os.fork()
    if process == 0:
        status = 1
        try:
            os.chdir(folder)
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 1)
            log = os.open(folder / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(log, 2)
            torch.set_num_threads(1)
            before()
            work(folder)
            status = 0
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
        finally:
            os._exit(status)
    try:
        yield process
    finally:
        try:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
