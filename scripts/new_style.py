"""New style from one picture: its palette, strokes and lines, measured, as a renderer file of `styles/`."""

import argparse
import re
import sys
from pathlib import Path

import cv2
import numpy as np

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from module1_audio2lmk.foundation import media
from module1_audio2lmk.foundation.errors import InputError, run_cli
from module1_audio2lmk.foundation.files import atomic_path
from module2_drawing import styles
from module2_drawing.styles._colour import to_tab
from module2_drawing.styles._example import ExampleStyle, painted
from module2_drawing.styles.line_drawing import WORKING_SIZE, edge_tangents, pixel_grid, sample

FOLDER = Path(styles.__file__).parent
COLOURS, SAMPLES, SEED = 10, 20000, 0  # of the palette, and pixels that it is found from
SMALLEST, LONGEST = 64, 4  # px of a side of an example, and the most of its longer side by the shorter
AROUND = 24.0  # σ px of 512: strokes are what differs from the colour around by this
REACH = 40  # px of 512, the longest stroke that is looked for
WIDTHS, LENGTHS, SPREADS = (4.0, 24.0), (10.0, 80.0), (0.5, 7.0)  # that a face can be painted with
ENDS = 0.1  # correlation at which a stroke ends
#: Mean and standard deviation of T in photos of faces; an example's contrast is measured against them.
PHOTO_TONE, CONTRASTS, BRIGHTNESS = (45.0, 28.0), (0.75, 1.15), 10.0
LINE_WIDTHS = (3, 5, 9)  # px of 512 of the lines that are looked for
LINES, DARKEST = 0.15, 0.8  # share of a picture that is in lines where they are darkest, and how dark
LINE_DARK = 20.0  # T by which a line is darker than what is beside it
TEMPLATE = '''"""Style of an example: {source}."""

import numpy as np

from module2_drawing.styles._example import ExampleStyle, painted

CHANNELS = 3
STYLE = {style}


def render(image: np.ndarray, unit: int | None = None) -> np.ndarray:
    """(H, W, 3) uint8 RGB photo → (H, W, 3) uint8 RGB; deterministic. unit: as of the oil painting."""
    return painted(image, STYLE, unit)
'''


def measured(image: np.ndarray) -> ExampleStyle:
    """The style of a picture (H, W, 3) uint8 RGB. Raises InputError where it is too small or narrow."""
    shorter, longer = sorted(image.shape[:2])
    if shorter < SMALLEST or longer > LONGEST * shorter:
        raise InputError(
            f"the example is {image.shape[1]}x{image.shape[0]}; give one of {SMALLEST} px or more, "
            f"at most {LONGEST} times as long as wide"
        )
    scale = WORKING_SIZE / shorter
    size = round(image.shape[1] * scale), round(image.shape[0] * scale)
    tab = to_tab(cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC))
    width, length, contrast = strokes(tab[..., 0])
    (mean, spread), tone = PHOTO_TONE, tab[..., 0]
    slope = float(np.clip(tone.std() / spread, *CONTRASTS))
    return ExampleStyle(
        palette=palette(tab),
        contrast=round(slope, 2),
        brightness=round(float(np.clip(0.5 * (tone.mean() - mean), -BRIGHTNESS, BRIGHTNESS)), 1),
        stroke=(round(width, 1), round(length, 1)),
        spread=round(float(np.clip(contrast, *SPREADS)), 1),
        relief=round(float(np.clip(0.4 * contrast, 0.3, 3.0)), 1),
        line=lines(tone),
    )


def palette(tab: np.ndarray) -> tuple[tuple[float, float, float, float], ...]:
    """The colours of a picture (h, w, 3) (T, a, b), k-means, from dark to light, each with its share."""
    pixels = tab.reshape(-1, 3)
    chosen = np.random.default_rng(SEED).choice(len(pixels), min(SAMPLES, len(pixels)), replace=False)
    cv2.setRNGSeed(SEED)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 50, 0.1)
    found = cv2.kmeans(pixels[chosen], COLOURS, None, stop, 4, cv2.KMEANS_PP_CENTERS)  # type: ignore[call-overload]
    shares = np.bincount(found[1].ravel(), minlength=COLOURS) / len(chosen)
    rows = np.column_stack((found[2], shares))[shares > 0]
    return tuple(tuple(round(float(value), 2) for value in row) for row in rows[np.argsort(rows[:, 0])])  # type: ignore[misc]


def strokes(tone: np.ndarray) -> tuple[float, float, float]:
    """Width and length of the strokes of T (h, w), px, and by how much their tones differ.

    By autocorrelation across and along the edges: neighbours are of any tone, and strokes bend.
    """
    fine = cv2.GaussianBlur(tone, (0, 0), 0.7) - cv2.GaussianBlur(tone, (0, 0), AROUND)
    contrast = float(np.median(np.sqrt(cv2.GaussianBlur(fine * fine, (0, 0), AROUND))))
    # Where outlines of things are, strokes are not measured.
    fine = np.clip(fine, -2 * contrast, 2 * contrast)
    tx, ty = edge_tangents(cv2.GaussianBlur(tone, (0, 0), 1.0), 3.0)
    x, y = pixel_grid(tone.shape)
    away = np.arange(1, REACH + 1, dtype=np.float32)

    def correlation(dx: np.ndarray, dy: np.ndarray) -> np.ndarray:
        total = float((fine * fine).mean()) + 1e-6
        return np.array([(fine * sample(fine, x + d * dx, y + d * dy)).mean() / total for d in away])

    across, along = correlation(-ty, tx), correlation(tx, ty)
    width, length = _first_below(across, ENDS, away), 2 * _first_below(along, ENDS, away)
    return float(np.clip(width, *WIDTHS)), float(np.clip(max(length, width), *LENGTHS)), contrast


def _first_below(values: np.ndarray, level: float, places: np.ndarray) -> float:
    below = np.nonzero(values < level)[0]
    return float(places[below[0]] if len(below) else places[-1])


def lines(tone: np.ndarray) -> tuple[float, float]:
    """Width of the dark lines of T (h, w), as a share of the thinnest, and their darkness, 0 … 1."""
    before, found = np.zeros_like(tone), []
    for width in LINE_WIDTHS:
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width + 1,) * 2)
        dark = cv2.morphologyEx(tone, cv2.MORPH_BLACKHAT, disc)
        found.append(float(((dark > LINE_DARK) & (before <= LINE_DARK)).mean()))
        before = dark
    share = sum(found)
    mean = float(np.dot(found, LINE_WIDTHS)) / max(share, 1e-6)
    darkness = float(np.clip(share / LINES, 0, 1)) * DARKEST
    return round(float(np.clip(mean / LINE_WIDTHS[0], 0.7, 1.6)), 2), round(darkness, 2)


def written(source: str, style: ExampleStyle) -> str:
    """The renderer file of a style."""
    colours = "".join(f"        {colour},\n" for colour in style.palette)
    rest = "".join(f"    {key}={value},\n" for key, value in vars(style).items() if key != "palette")
    return TEMPLATE.format(source=source, style=f"ExampleStyle(\n    palette=(\n{colours}    ),\n{rest})")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("name", help="of the style: small letters, digits and _")
    add("--example", type=Path, required=True, metavar="IMAGE", help="the picture it is taken from")
    add("--folder", type=Path, default=FOLDER, help="where its file goes (default: styles/)")
    add("--try_on", type=Path, metavar="PHOTO", help="also paint this photo, beside the style's file")
    options = parser.parse_args(arguments)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", options.name):
        raise InputError(f"{options.name!r} is no name of a style; take small letters, digits and _")
    path = options.folder / f"{options.name}.py"
    if path.exists() or options.name in (*styles.names(), *styles.renderers()):
        raise InputError(f"there is a style {options.name} already; take another name, or remove {path}")
    painting = path.with_suffix(".png")
    if options.try_on and painting.exists():
        raise InputError(f"{painting} is there already; take another name, or remove it")
    style = measured(media.read_image(options.example))
    photo = media.read_image(options.try_on) if options.try_on else None
    with atomic_path(path) as temporary:
        temporary.write_text(written(options.example.name, style), encoding="utf-8")
    print(f"style: {path}")
    if options.folder == FOLDER:
        print(f"draw with it: animate-portrait --style {options.name} …")
    if photo is not None:
        media.write_image(painting, painted(photo, style))
        print(f"tried on: {painting}")


if __name__ == "__main__":
    run_cli(main)
