"""A small training set in the published layout: drawn faces whose landmarks are known."""

from pathlib import Path

import cv2
import numpy as np
from reference_tools import load_reference

from module1_audio2lmk.foundation.face.geometry import load_standard_face

SIZE = 128


def face_landmarks(seed: int, size: int = SIZE) -> np.ndarray:
    """(68, 2) px of a size² frame: the reference face, moved a little."""
    random = np.random.default_rng(seed)
    base = load_reference("sparse_landmark_motion")["landmarks_source"].numpy().reshape(68, 2)
    moved = (base - 128) * random.uniform(0.95, 1.05, 2) + 128 + random.uniform(-4, 4, 2)
    return (moved * size / 256).astype(np.float32)


def standard_face(open_by: float = 0.0, size: int = 256) -> np.ndarray:
    """The standard face, its lower lip moved down by `open_by` px."""
    points = load_standard_face()[:, :2] * 0.29 * size + [size / 2, 0.58 * size]
    points[[65, 66, 67, 55, 56, 57, 58, 59], 1] += open_by
    return points


def face_image(landmarks: np.ndarray, seed: int, drawing: bool, size: int = SIZE) -> np.ndarray:
    """(size, size, 3) uint8: a coloured face on a background, or its outlines in black on white."""
    random = np.random.default_rng([seed, 7])
    image = np.full((size, size, 3), 255, np.uint8)
    outlines = [landmarks[a:b].round().astype(np.int32) for a, b in ((0, 27), (36, 42), (42, 48), (48, 60))]
    if drawing:
        cv2.polylines(image, outlines, True, (0, 0, 0), 1, cv2.LINE_AA)
        return image
    image[:] = random.integers(80, 200, 3)
    for outline in outlines:
        cv2.fillPoly(image, [outline], random.integers(0, 256, 3).tolist())
    return image


def write_image(path: Path, image: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), image)


def write_points(path: Path, points: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{x} {y}\n" for x, y in points))


def write_drawing(data: Path, name: str, seed: int) -> Path:
    points = face_landmarks(seed)
    path = data / "Drawing" / f"{name}.png"
    write_image(path, face_image(points, seed, drawing=True))
    write_points(data / "Blm_txt/MTCNN" / f"{name}.txt", points)
    return path


def write_photo(data: Path, name: str, seed: int) -> Path:
    points = face_landmarks(seed)
    path = data / "Photo" / f"{name}.png"
    write_image(path, face_image(points, seed, drawing=False))
    write_image(data / "fakeB_static" / f"{name}.png", face_image(points, seed, drawing=True))
    hull = cv2.convexHull(points[:27].round().astype(np.int32))
    matte = cv2.fillConvexPoly(np.zeros((SIZE, SIZE), np.uint8), hull, 255)
    write_image(data / "Amatte" / f"{name}.png", matte)
    write_points(data / "Alm_txt/MTCNN" / f"{name}.txt", points)
    return path


def make_data(folder: Path, name: str = "small", photos: int = 4, pairs: bool = False) -> Path:
    """Data and lists below `folder`, which becomes the current folder of the commands."""
    data = folder / "Data"
    lists = {
        "trainA": [write_photo(data, f"set/p{i}", i) for i in range(photos)],
        "trainB": [write_drawing(data, f"set/d{i}", 10 + i) for i in range(3)],
    }
    for clip in range(2):
        for frame in range(3):
            path = write_drawing(data, f"clip_{clip}/{frame:05d}", 20 + clip)
            window = data / "Blm_txt/MTCNN" / f"clip_{clip}/{frame:05d}_win.txt"
            window.write_text(f"{0.15 * SIZE} {0.85 * SIZE} {0.2 * SIZE} {0.9 * SIZE}\n")
            assert path.is_file()
    if pairs:
        for frame in range(3):
            write_photo(data, f"clip/{frame:05d}", 30 + frame)
        lists["trainPairs"] = [data / "Photo/clip"]
    for kind, paths in lists.items():
        (folder / "datasets/list" / kind).mkdir(parents=True, exist_ok=True)
        (folder / "datasets/list" / kind / f"{name}.txt").write_text("".join(f"{path}\n" for path in paths))
    return data


def with_glasses(image: np.ndarray, landmarks: np.ndarray, grey: int = 40) -> np.ndarray:
    """A photo (S, S, 3) uint8 with rims drawn around the eyes, landmarks (68, 2 or 3) px; a copy."""
    worn, points = image.copy(), landmarks[:, :2]
    ends = []
    for eye, side in ((points[36:42], 1), (points[42:48], -1)):
        width, middle = float(np.ptp(eye[:, 0])), eye.mean(0)
        axes = round(0.85 * width), round(0.65 * width)
        cv2.ellipse(worn, middle.astype(int).tolist(), axes, 0, 0, 360, (grey,) * 3, 4, cv2.LINE_AA)
        ends.append((middle + (side * 0.85 * width, 0)).astype(int).tolist())
    cv2.line(worn, *ends, (grey,) * 3, 4, cv2.LINE_AA)
    return worn
