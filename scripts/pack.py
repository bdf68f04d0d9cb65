"""Pack: a prepared portrait in one file, and the static page that makes it speak in a browser alone."""

import argparse
import json
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import module2_drawing
from module1_audio2lmk.foundation import checkpoints, media
from module1_audio2lmk.foundation.backends import graphs
from module1_audio2lmk.foundation.errors import InputError, run_cli, say
from module1_audio2lmk.foundation.face.align import AlignedFace, align_face
from module1_audio2lmk.foundation.files import atomic_path, check_not_input, write_text
from module1_audio2lmk.motion.content import ContentModel, load_content_stream
from module1_audio2lmk.motion.face_rig import FaceRig
from module2_drawing.geometry import facing, lattice_motion
from module2_drawing.geometry.eyelids import REACH, UPPER_SHARE
from module2_drawing.geometry.glasses import HELD, rim_weights
from module2_drawing.rendering import bare_lips, eyelids, lip_shapes, mouth, open_lips, oral_cavity, shut_lips
from module2_drawing.rendering.backdrop import Backdrop
from module2_drawing.rendering.layered import LayeredRenderer
from module2_drawing.rendering.window import Window
from module2_drawing.styles import public_name, renderers

MAGIC = b"TPD1"
SIZE = 256  # px of a frame of the page
WEB = Path(module2_drawing.__file__).parent / "web"
ONNXRUNTIME = "1.22.0"
RUNTIME_FILES = ("ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
NETWORKS = {"encoder": "speech_encoder", "content": "content_branch", "pose": "pose_generator"}


def content_model() -> ContentModel:
    """The shipped content branch, which the page runs."""
    found = checkpoints.find("content_branch", own=True)
    if found is None:
        raise InputError("no own weights of the content branch; copy checkpoints/default again")
    return load_content_stream(found.path)


def portrait_of(face: AlignedFace, style: str, checkpoints_dir: str = "checkpoints") -> bytes:
    """A portrait file: `MAGIC`, size of the header (uint32), the header in JSON, images in PNG.

    The header says where the images lie: name → first and last byte after the header, channels.
    """
    renderer = LayeredRenderer(renderers()[style], checkpoints_dir, "cpu", SIZE, Backdrop())
    renderer.prepare(face)
    photo = renderer.photo
    layers = {
        "drawing": photo.drawing,
        "lips": photo.bare,
        "background": photo.background,
        "mask": np.rint(photo.mask * 255),
    }
    if renderer.cavity is not None:
        layers["cavity"] = renderer.cavity.picture
    window = Window.around(photo.landmarks[36:48], eyelids.ROOM, len(photo.drawing))
    if renderer.eyelids is not None:
        layers["bare"] = renderer.eyelids.bare[window.rows, window.columns]
        layers["clear"] = renderer.eyelids.clear[window.rows, window.columns]
    images: dict[str, tuple[int, int, int]] = {}
    content = b""
    for name, layer in layers.items():
        pixels = layer.astype(np.uint8)
        png = cv2.imencode(".png", pixels if pixels.ndim == 2 else pixels[..., ::-1])[1].tobytes()
        images[name] = (len(content), len(content) + len(png), 1 if pixels.ndim == 2 else 3)
        content += png
    known = geometry(face, photo.landmarks, renderer.glasses)
    known["mouth"] = mouth_numbers(images["drawing"][2], renderer.cavity or oral_cavity.plain())
    known["mouth"] |= {"kept": photo.lips and lip_numbers(photo.lips)}
    known["eyes"] = {**eye_numbers(renderer.eyelids), "left": window.left, "top": window.top}
    header = json.dumps({"images": images, **known}).encode()
    return MAGIC + struct.pack("<I", len(header)) + header + content


def geometry(face: AlignedFace, landmarks: np.ndarray, glasses: bool) -> dict[str, Any]:
    """What moves the portrait: its rig and its mesh; glasses: whether it wears some."""
    landmarks = np.asarray(landmarks, float)
    rig = FaceRig(face.landmarks, content_model().opening_direction)
    return {
        "landmarks": landmarks.round(4).tolist(),
        "rest": (rig.rest[:, :2] / 2).round(4).tolist(),
        "rig": {
            "rest": rig.rest.round(4).tolist(),
            "rotation": rig.rotation.tolist(),
            "scale": rig.scale,
            "mobility": rig.mobility,
            "pivot": rig.pivot.tolist(),
        },
        "triangles": lattice_motion.triangles_of(landmarks).tolist(),
        "facing": [*facing.FACING, *facing.CURVES_FACING],
        "curves": facing.LIP_CURVES,
        "outer": facing.OUTER_FOLLOWS,
        "brows": {
            "points": lattice_motion.BROWS,
            "beside": () if glasses else lattice_motion.BESIDE,
            "heights": lattice_motion.heights_between(landmarks).tolist(),
            "held": HELD,
            "rims": rim_weights(landmarks).tolist() if glasses else (),
        },
        "spline": lip_shapes.edge_of_gap().round(6).tolist(),
    }


def mouth_numbers(channels: int, cavity: oral_cavity.OralCavity) -> dict[str, Any]:
    """What a mouth is drawn by, see `rendering/mouth.py` and `shut_lips.py`."""
    seam = (-1, -1, -1) if channels == 1 else cavity.seam
    return {
        "inside": asdict(mouth.INSIDE),
        "arc": lip_shapes.ARC.tolist(),
        "seam": [round((value + 1) * 127.5) for value in seam],
        "edge": shut_lips.EDGE,
        "taper": shut_lips.TAPER[channels],
        "teeth_edge": shut_lips.TEETH_EDGE,
        "gap": shut_lips.GAP,
        "teeth_taper": shut_lips.TAPER[3],
        "one_line": shut_lips.ONE_LINE,
        "ahead": shut_lips.AHEAD,
        "overlap": shut_lips.OVERLAP,
        "margin": shut_lips.MARGIN,
        "around": shut_lips.AROUND,
        "around_line": bare_lips.AROUND_LINE,
        "above_lip": mouth.ABOVE_LIP,
        "upper_line": mouth.UPPER_LINE,
        "meeting_edge": shut_lips.MEETING_EDGE,
        "shows_teeth": shut_lips.SHOWS_TEETH,
        "shown_teeth": mouth.SHOWN_TEETH,
        "own_edge": mouth.OWN_EDGE,
        "own_within": mouth.OWN_WITHIN,
        "narrow": mouth.NARROW,
        "bare_from": shut_lips.BARE_FROM,
        "bare_within": shut_lips.BARE_WITHIN,
        "ink": (*mouth.UPPER_INK, mouth.LOWER_INK),
        "corner": mouth.CORNER,
        "blunt": mouth.BLUNT,
        "lower": (mouth.EDGE, mouth.TAPER, mouth.LEAST_PAPER),
        "shade": mouth.SHADE,
        "teeth_height": oral_cavity.TEETH_HEIGHT,
        "cavity_left": oral_cavity.LEFT,
        "cavity_top": oral_cavity.TOP,
        "cavity_half": cavity.half,
    }


def lip_numbers(lips: open_lips.OpenLips) -> dict[str, Any]:
    """What open lips of a photo in lines move by, see `rendering/open_lips.py`."""
    return {
        **{name: getattr(lips, name).round(3).tolist() for name in ("height", "lower", "dark")},
        "teeth": lips.teeth,
        "seam": open_lips.SEAM,
        "within": open_lips.WITHIN,
        "least": open_lips.LEAST,
        "depth": open_lips.DEPTH,
        "least_paper": open_lips.LEAST_PAPER,
        "edge_kept": open_lips.KEPT,
        "most_squeezed": open_lips.MOST_SQUEEZED,
    }


def eye_numbers(lids: eyelids.Eyelids | None) -> dict[str, Any]:
    """What eyes shut by, see `rendering/eyelids.py`; no lids where dark glasses cover them."""
    found = lids.lids if lids else []
    return {
        "lids": [{"points": lid.points, "lashes": lid.lashes.tolist()} for lid in found],
        "upper_share": UPPER_SHARE,
        "reach": REACH,
        "edge": eyelids.EDGE,
        "least_lashes": eyelids.LASHES[0],
        "feather": eyelids.FEATHER,
        "lower_lashes": eyelids.LOWER_LASHES,
        "bag": eyelids.BAG,
        "blends": eyelids.BLENDS,
        "soon": eyelids.SOON,
        "least": eyelids.LEAST,
        "room": eyelids.ROOM,
    }


def speech_constants() -> dict[str, Any]:
    """What the page's front-ends and networks are made of, but for the weights."""
    model = content_model()
    return {
        "basis": model.basis.tolist(),
        "opening": model.opening_direction.ravel().tolist(),
        "closing": model.closing,
        "touch": model.touch,
        "networks": {
            name: graphs.description(_weights(key), ("advance_whole",)) for name, key in NETWORKS.items()
        },
    }


def check_page_folder(folder: Path) -> None:
    """Raises InputError where the page would be written among other files."""
    own = all((folder / name).is_file() for name in ("worker.js", "speech.json", "portrait.bin"))
    if folder.exists() and not own and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is there already and is no such page; name a new or an empty folder")


def write_page(folder: Path, portrait: bytes, runtime: Path | None = None) -> None:
    """The page, its networks and a portrait, for any static server; `runtime`: onnxruntime-web's folder.

    Raises InputError where onnxruntime-web cannot be had, or the folder has other files.
    """
    check_page_folder(folder)
    runtime, constants = runtime or runtime_files(), speech_constants()
    files = [*WEB.iterdir(), *(runtime / name for name in RUNTIME_FILES)]
    for network, key in NETWORKS.items():
        entries = constants["networks"][network]["entries"].values()
        files += [_weights(key), *(graphs.FOLDER / entry["file"] for entry in entries)]
    for file in files:
        if not file.is_file():
            raise InputError(f"no {file.name} in {file.parent}")
    for file in files:
        with atomic_path(folder / file.name) as temporary:
            shutil.copyfile(file, temporary)
    write_text(folder / "speech.json", json.dumps(constants))
    with atomic_path(folder / "portrait.bin") as temporary:
        temporary.write_bytes(portrait)


def cached_runtime() -> Path:
    return graphs.cache_folder() / f"onnxruntime-web-{ONNXRUNTIME}"


def runtime_files() -> Path:
    """The folder of onnxruntime-web in the user's cache; the first time it is asked of npm."""
    folder = cached_runtime()
    if all((folder / name).is_file() for name in RUNTIME_FILES):
        return folder
    npm = shutil.which("npm")
    if npm is None:
        raise InputError("the page needs onnxruntime-web: install npm, or give its folder with --runtime")
    say("getting onnxruntime-web from npm")
    with tempfile.TemporaryDirectory() as place:
        asked = subprocess.run(
            [npm, "pack", "--silent", f"onnxruntime-web@{ONNXRUNTIME}"],
            cwd=place,
            capture_output=True,
            text=True,
        )
        archives = list(Path(place).glob("*.tgz"))
        if asked.returncode or not archives:
            reason = (asked.stderr.strip().splitlines() or ["no answer"])[-1]
            raise InputError(f"npm gives no onnxruntime-web ({reason}); give its files with --runtime FOLDER")
        with tarfile.open(archives[0]) as archive:
            for name in RUNTIME_FILES:
                member = archive.extractfile(f"package/dist/{name}")
                assert member is not None
                with atomic_path(folder / name) as temporary:
                    temporary.write_bytes(member.read())
    return folder


def _weights(key: str) -> Path:
    found = checkpoints.find(key, own=True)
    if found is None:
        raise InputError(f"no own weights of the {key.replace('_', ' ')}; copy checkpoints/default again")
    return found.path


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="animate-portrait pack", description=__doc__)
    parser.add_argument("photo", help="photo of a face")
    parser.add_argument("-o", "--output", type=Path, default=Path("portrait.bin"), help="the portrait file")
    parser.add_argument(
        "--page", type=Path, metavar="FOLDER", help="also make the static page, with this portrait"
    )
    parser.add_argument("--runtime", type=Path, metavar="FOLDER", help="onnxruntime-web (default: from npm)")
    parser.add_argument("--style", type=public_name, choices=tuple(renderers()), default="drawing")
    parser.add_argument("--face", type=int, metavar="N", help="which of several faces, 1 is the largest")
    options = parser.parse_args(arguments)
    check_not_input(options.output, options.photo)
    if options.page:
        check_page_folder(options.page)
    face = align_face(media.read_image(options.photo), "auto", options.face, turn=True)
    portrait = portrait_of(face, options.style)
    with atomic_path(options.output) as temporary:
        temporary.write_bytes(portrait)
    print(f"output: {options.output} ({len(portrait) >> 10} KiB)")
    if options.page:
        write_page(options.page, portrait, options.runtime)
        print(f"page: {options.page} (python -m http.server --directory {options.page})")


if __name__ == "__main__":
    run_cli(main)
