"""Data layout as published: lists of paths, and what lies beside a photo or a drawing.

DATA/Photo/CLIP/x.png has its landmarks at DATA/Alm_txt/MTCNN/CLIP/x.txt, its masks at
DATA/Amask/{nose,eyes,lips}/CLIP/x.png, its matte at DATA/Amatte/CLIP/x.png, its dense face mesh at
DATA/Amesh/CLIP/x.npy and its static drawing at DATA/fakeB_static/CLIP/x.png. DATA/Drawing/… has
/Blm_txt/MTCNN/ and /Bmask/…. Other styles have other names for the folders Drawing and fakeB_static.
"""

import math
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from module1_audio2lmk.foundation.data_files import UNREADABLE, read_lines, read_numbers, spread_out
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.geometry import SMALLEST_FACE
from module1_audio2lmk.foundation.files import input_file
from module1_audio2lmk.foundation.media.images import MAX_PIXELS

LISTS = Path("datasets/list")
PARTS = ("nose", "eyes", "lips")
FOLDERS = {"line_drawing": ("Drawing", "fakeB_static"), "cartoon": ("Cartoon", "fakeB5_static")}
_SUFFIXES = {".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".tif", ".tiff", ".webp"}

#: Landmarks and windows may leave the picture, by less than this, px.
LARGEST_PLACE = 20_000.0


@dataclass(frozen=True)
class Layout:
    """Where things are, for one style of drawings."""

    style: str = "line_drawing"

    @property
    def drawing_folder(self) -> str:
        return FOLDERS.get(self.style, (f"Drawing_{self.style}", ""))[0]

    @property
    def static_folder(self) -> str:
        return FOLDERS.get(self.style, ("", f"static_{self.style}"))[1]

    def beside(self, path: str | Path, photo_folder: str, drawing_folder: str) -> Path:
        """The path with /Photo/, or the folder of the drawings, replaced by another folder."""
        text = str(path).replace("/Photo/", f"/{photo_folder}/")
        return Path(text.replace(f"/{self.drawing_folder}/", f"/{drawing_folder}/"))

    def landmarks(self, path: str | Path) -> Path:
        """Landmarks of a photo, a drawing, or an image of landmarks (/Alm/MTCNN/)."""
        text = str(path).replace("/Alm/MTCNN/", "/Alm_txt/MTCNN/").replace("/Blm/MTCNN/", "/Blm_txt/MTCNN/")
        return self.beside(text, "Alm_txt/MTCNN", "Blm_txt/MTCNN").with_suffix(".txt")

    def window(self, path: str | Path) -> Path:
        """Where the face window of a clip's frame is written."""
        text = self.landmarks(path)
        return text.with_name(f"{text.stem}_win.txt")

    def mask(self, path: str | Path, part: str) -> Path:
        """Mask of "nose", "eyes" or "lips" of a photo or a drawing."""
        return self.beside(path, f"Amask/{part}", f"Bmask/{part}")

    def static(self, photo: str | Path) -> Path:
        return self.beside(photo, self.static_folder, self.drawing_folder)

    def mesh(self, photo: str | Path) -> Path:
        """Dense face mesh of a photo, (468, 3) px of it."""
        return self.beside(photo, "Amesh", "Bmesh").with_suffix(".npy")

    def matte(self, photo: str | Path) -> Path:
        return self.beside(photo, "Amatte", "Bmatte")


def list_path(dataroot: str, kind: str) -> Path:
    """datasets/list/KIND/DATAROOT.txt."""
    return LISTS / kind / f"{dataroot}.txt"


def style_list(dataroot: str, style: str) -> str:
    """The name of the list of drawings in one style: photos may have drawings in several."""
    return f"{dataroot}_{style}"


def find_list(dataroot: str, kind: str) -> Path | None:
    """The list below the current folder, else below this package; FOLDER/KIND/NAME.txt of FOLDER/NAME."""
    name = list_path(dataroot, kind)
    folder = Path(dataroot).parent
    places = [name, Path(__file__).parents[1] / name]
    if folder != Path():
        places.append(folder / kind / f"{Path(dataroot).name}.txt")
    return next((place for place in places if place.is_file()), None)


def read_list(path: Path) -> list[str]:
    """The sorted lines that are not empty. Raises InputError where the file is no text."""
    return sorted(read_lines(path, "list of images"))


def paths_of(
    dataroot: str, phase: str, domain: str, limit: float = math.inf, style: str | None = None
) -> list[str]:
    """The sorted paths of domain "A" (photos) or "B" (drawings, target landmarks).

    From the list PHASE{A,B}/DATAROOT_STYLE, or PHASE{A,B}/DATAROOT; without one the images of the folder
    DATAROOT/PHASE{A,B}. Raises InputError where there is none of these.
    """
    listed = find_list(dataroot, phase + domain)
    if style is not None:
        listed = find_list(style_list(dataroot, style), phase + domain) or listed
    folder = Path(dataroot) / (phase + domain)
    if listed is not None:
        paths = read_list(listed)
    else:
        paths = sorted(str(path) for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES)
    if not paths:
        name = list_path(dataroot, phase + domain)
        raise InputError(f"no data for --dataroot {dataroot}: neither paths in {name} nor images in {folder}")
    return paths if len(paths) <= limit else paths[: int(limit)]


def read_landmarks(path: Path) -> np.ndarray:
    """A text file of 68 lines "x y" → (68, 2) float32 px. Further columns are ignored."""
    points = read_numbers(path, (68, 2), "landmark file", largest=LARGEST_PLACE)
    if not spread_out(points, SMALLEST_FACE):
        raise InputError(f"{path}: its points lie in one place or on a line; annotate the face again")
    return points.astype(np.float32)


def write_landmarks(path: Path, points: np.ndarray) -> None:
    """(68, 2 or more) px → a text file of lines "x y"."""
    path.write_text("".join(f"{x:.4f} {y:.4f}\n" for x, y in np.asarray(points)[:, :2]))


def read_window(path: Path) -> tuple[float, float, float, float]:
    """A file with one line "left right top bottom", px."""
    left, right, top, bottom = read_numbers(path, (1, 4), "window file", largest=LARGEST_PLACE)[0].tolist()
    if not (left < right and top < bottom):
        raise InputError(f"{path} holds a window of no size; write it again")
    return left, right, top, bottom


def open_image(path: str | Path, mode: str = "RGB") -> Image.Image:
    """The pixels as stored (no EXIF rotation: landmarks belong to them), converted to `mode` by Pillow."""
    path = input_file(path, "image")
    try:
        with Image.open(path) as image:
            if image.width * image.height > MAX_PIXELS:
                raise ValueError(f"it has {image.width}×{image.height} px")
            return image.convert(mode)
    except (*UNREADABLE, Image.DecompressionBombError) as error:
        raise InputError(f"{path} cannot be read as an image ({error}); make it again") from None


def stem_of(path: str) -> str:
    return PurePosixPath(path).stem
