"""Test command as published: the frames of a test list are drawn.

    python module2_drawing/test.py --dataroot NAME --name formal/drawing --model geomcgt_ifw_test \
        --netG resnet_9blocks_rcatland32_full_ifw --netg_resb_disp 3 --output_nc 1 --epoch 70 \
        --gpu_ids -1 --num_test 10000 --serial_batches --imagefolder NAME

reads datasets/list/test{A,B}/NAME.txt and writes results/formal/drawing/test_70/NAME/*_fake_B.png
with the page results/formal/drawing/test_70/indexNAME.html.
"""

import argparse
import sys
from pathlib import Path

if not __package__:  # run as a script: its folder comes first in the path, the project's should
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import numpy as np
from tqdm import tqdm

from module1_audio2lmk.foundation.errors import InputError, is_quiet, run_cli
from module1_audio2lmk.foundation.media import write_image
from module1_audio2lmk.foundation.pages import IMAGES, write_page
from module2_drawing.data import create_dataset
from module2_drawing.options import TestOptions
from module2_drawing.published.test_model import PortraitTestModel
from module2_drawing.util.images import stretched, to_image


def main(arguments: list[str] | None = None) -> None:
    """Raises InputError for options, data or weights that cannot be used."""
    options = TestOptions().parse(arguments)
    # As in the published program: nothing is mirrored in a test.
    options.no_flip = True
    frames = create_dataset(options)
    model = PortraitTestModel(options)
    folder = Path(options.results_dir) / options.name / f"{options.phase}_{options.epoch}"
    title = f"Experiment = {options.name}, Phase = {options.phase}, Epoch = {options.epoch}"
    page = folder / page_name(options.imagefolder)
    rows: list[tuple[str, dict[str, str]]] = []
    count = int(min(len(frames), options.num_test))
    for index in tqdm(range(count), unit="frame", disable=is_quiet()):
        item = frames[index]
        images = {name: to_image(image, model.rounded) for name, image in model.visuals(item).items()}
        rows.append((item["name"], save_visuals(images, item["name"], folder, options)))
    write_page(page, IMAGES, title=title, rows=rows, width=options.display_winsize)
    print(f"output: {folder / options.imagefolder}")


def page_name(imagefolder: str) -> str:
    """index.html for the default folder, indexFOLDER.html for another."""
    if Path(imagefolder).name != imagefolder:
        raise InputError(f"--imagefolder {imagefolder!r}: give the name of a folder, not a path")
    return "index.html" if imagefolder == "images" else f"index{imagefolder}.html"


def save_visuals(
    images: dict[str, np.ndarray], name: str, folder: Path, options: argparse.Namespace
) -> dict[str, str]:
    """Write every image as NAME_VISUAL.png; visual → path relative to the folder."""
    files = {visual: f"{options.imagefolder}/{name}_{visual}.png" for visual in images}
    for visual, image in images.items():
        write_image(folder / files[visual], stretched(image, options.aspect_ratio))
    return files


if __name__ == "__main__":
    run_cli(main)
