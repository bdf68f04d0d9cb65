"""Every reader of the project with the file that it reads: what the robustness suite mutates."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile
import torch
from media_files import quarters, tone, write_film
from PIL import Image

from module1_audio2lmk.audio import manifold
from module1_audio2lmk.foundation import checkpoints, media
from module1_audio2lmk.foundation.data_files import read_json
from module1_audio2lmk.foundation.engine.log import Log
from module1_audio2lmk.foundation.face.geometry import load_standard_face
from module1_audio2lmk.foundation.face.landmark_file import Motion, at_rate, read_landmarks, write_landmarks
from module1_audio2lmk.motion import curve_files
from module1_audio2lmk.motion.blend_shapes import Curves
from module1_audio2lmk.motion.head import read_poses
from module1_audio2lmk.networks.pose_generator import PoseGenerator
from module1_audio2lmk.training import clips, pseudo_labels
from module2_drawing.data import layout
from module2_drawing.data.masks import OUTLINES, part_mask
from module2_drawing.data.mesh_flow_dataset import read_mesh
from module2_drawing.rendering.settings import InferenceSettings


@dataclass(frozen=True)
class Reader:
    """name: of the kind of file. make: writes a valid one. read: uses it as the program does."""

    name: str
    file: str
    make: Callable[[Path], object]
    read: Callable[[Path], object]


def _image(path: Path) -> None:
    Image.fromarray(quarters(48, 64)).save(path)


def _sound(subtype: str | None = None) -> Callable[[Path], object]:
    return lambda path: soundfile.write(path, tone(0.5), 16000, subtype)


def _voice(path: Path) -> None:
    manifold.write_manifold(path, manifold.SpeechManifold(np.ones((manifold.LEAST, 2)), "mel"))


def _film(path: Path) -> None:
    images = [quarters(48, 64)] * 4
    write_film(path, images, [0, 0.04, 0.08, 0.12], sounds=[(tone(0.5), 0.0, True)])


def _hear(path: Path) -> None:
    """As the lips hear it, and as it is put into the video."""
    media.read_audio(path)
    output = path.with_name("heard.mp4")
    try:
        with media.VideoWriter(output, (32, 32), 25, path) as writer:
            writer.write(np.zeros((32, 32, 3), np.uint8))
    finally:
        output.unlink(missing_ok=True)


def _heic(path: Path) -> None:
    shutil.copyfile(Path(__file__).parents[1] / "module1_audio2lmk/foundation/media/turned.heic", path)


def _watch(path: Path) -> None:
    media.probe(path)
    for _ in media.timed_frames(path):
        pass


def _motion(path: Path) -> None:
    face = np.random.default_rng(0).uniform(200, 300, (68, 2)).astype(np.float32)
    write_landmarks(path, Motion(np.repeat(face[None], 9, axis=0), Fraction(25), face))


def _draw(path: Path) -> None:
    at_rate(read_landmarks(path), Fraction(25), 0.5)


def _clip(path: Path) -> None:
    frames = 16000 // 256 + 1
    face = np.random.default_rng(0).uniform(-1, 1, (68, 3)).astype(np.float32)
    zeros = {name: np.zeros((frames, 3), np.float32) for name in ("rotation", "translation")}
    clips.write_clip(
        path,
        clips.Clip(
            "a",
            tone(1.0),
            np.repeat(face[None], frames, axis=0),
            face,
            **zeros,
            confidence=np.ones(frames, np.float32),
            speaker_embedding=np.ones(256, np.float32) / 16,
            segments=[clips.Segment("a", 0.0, 0.5)],
        ),
    )


def _labels(path: Path) -> None:
    arrays = np.zeros((2, 9, 80)), np.zeros((9, 4)), np.zeros((9, 5)), np.zeros((4, 204))
    pseudo_labels.write_pseudo_labels(path, pseudo_labels.PseudoLabels("a", *arrays))


def _text(content: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(content, encoding="utf-8")


def _landmarks(path: Path) -> None:
    layout.write_landmarks(path, np.random.default_rng(0).uniform(40, 200, (68, 2)))


def _masks(path: Path) -> None:
    landmarks = layout.read_landmarks(path)
    for part in OUTLINES:
        part_mask(landmarks, part, (256, 256))


def _own_weights(path: Path) -> None:
    network = PoseGenerator(pose_size=7, hidden=8)
    checkpoints.save_network(path, network, {"pose_size": 7, "hidden": 8})


def _torch(path: Path) -> None:
    torch.save({"model": {"weight": torch.ones(4, 3), "bias": torch.zeros(4)}, "epoch": 3}, path)


def _losses(path: Path) -> None:
    rows = [{"epoch": 1, "images": 10 * k, "G": 0.5} for k in range(5)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def _resume(path: Path) -> None:
    Log(path.parent, "losses", ("epoch", "images"), resume_at=30).write()
    for name in ("losses.csv", "losses.jsonl"):
        (path.parent / name).unlink(missing_ok=True)


def _openface(path: Path) -> None:
    names = [f"{axis}_{point}" for axis in "xy" for point in range(68)]
    rows = [["frame", "timestamp", "success", *names]]
    rows += [[str(k), f"{k / 25:.3f}", "1", *(f"{100 + point}.5" for point in range(136))] for k in range(4)]
    path.write_text("".join(", ".join(row) + "\n" for row in rows))


def _curves(path: Path) -> None:
    weights = np.random.default_rng(0).uniform(0, 0.6, (12, 52))
    text = curve_files.packed(path, Curves(weights, np.zeros((12, 3)), 25.0), "a.wav")
    path.write_text(text, encoding="utf-8", newline="")


def _animate(path: Path) -> None:
    curve_files.moved(curve_files.read_curves(path), load_standard_face() * 150 + 256, Fraction(25), 0.5)


READERS = [
    *(
        Reader("image", f"a.{kind}", _image, media.read_image)
        for kind in ("png", "jpg", "webp", "tiff", "gif")
    ),
    Reader("image", "a.avif", _image, media.read_image),
    Reader("image", "a.heic", _heic, media.read_image),
    Reader("image of a data set", "a.png", _image, layout.open_image),
    Reader("sound", "a.wav", _sound(), _hear),
    Reader("sound", "b.wav", _sound("FLOAT"), _hear),
    Reader("sound", "c.wav", _sound("IMA_ADPCM"), _hear),
    Reader("sound", "a.flac", _sound(), _hear),
    Reader("sound", "a.ogg", _sound(), _hear),
    Reader("sound", "a.mp3", _sound(), _hear),
    Reader("film", "a.mp4", _film, _watch),
    Reader("film", "a.mkv", _film, _watch),
    Reader("sound of a film", "b.mp4", _film, _hear),
    Reader("landmark frames", "a.npz", _motion, _draw),
    Reader("landmarks of other programs", "a.csv", _openface, _draw),
    Reader(
        "landmarks of other programs",
        "a.pts",
        _text("version: 1\nn_points:  68\n{\n" + "12.5 20.25\n40.5 90.75\n" * 34 + "}\n"),
        _draw,
    ),
    *(Reader("curves", f"b.{kind}", _curves, _animate) for kind in ("csv", "tsv", "json", "xml")),
    Reader("training clip", "a.npz", _clip, clips.read_clip),
    Reader("pseudo-labels", "a.npz", _labels, pseudo_labels.read_pseudo_labels),
    Reader(
        "split", "split.json", _text('{"validation": ["a", "b"]}'), lambda path: clips.read_split(path.parent)
    ),
    Reader(
        "options", "a.json", _text('{"ngf": 32, "layers": [1, 2]}'), lambda path: read_json(path, "options")
    ),
    Reader(
        "inference settings",
        "options.json",
        _text('{"matte_margin": 2, "soft_edge": 1.5, "vacated": "paper", "separate": 1}'),
        lambda path: InferenceSettings.of(path.with_name("1_net_G_A.pth")),
    ),
    Reader("losses of a run", "losses.jsonl", _losses, _resume),
    Reader("list of portraits", "a.txt", _text("one/a.png\ntwo/b.png\n"), layout.read_list),
    Reader("landmark text", "b.txt", _landmarks, _masks),
    Reader("window", "c.txt", _text("10 200 20.5 220\n"), layout.read_window),
    Reader(
        "mesh",
        "a.npy",
        lambda path: np.save(path, np.arange(1404, dtype=np.float32).reshape(468, 3)),
        read_mesh,
    ),
    Reader("poses", "a.csv", _text("yaw,pitch,roll\n1,2,3\n4,5.5,6\n"), read_poses),
    Reader("own weights", "a.safetensors", _own_weights, lambda path: checkpoints.build(path, PoseGenerator)),
    Reader("voice", "b.safetensors", _voice, manifold.read_manifold),
    Reader("checkpoint", "a.pth", _torch, lambda path: checkpoints.load_state(path, "model")),
]
