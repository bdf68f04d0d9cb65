#!/usr/bin/env bash
# lottie 0.7.2 (python-lottie), its importer of SVG, by which a drawing becomes a Lottie animation; what it gives is drawn by
# thorvg-python 1.1.3, the SVG itself by resvg-py 0.5.0.
# SEEN: strokes that state no ends get round ones (SVG: flat), so each pen stroke is longer by its width, and corners are round. A
#       group's opacity counts twice: 0.5 is 0.25, shadows all but vanish; that of a single path is right. The radius of a
#       rectangle's corners is halved. Quadratic curves (Q, T), to which SVGO shortens paths, are flatter by a ninth. Ink in
#       currentColor is black, whatever the colour. No warning for any of them.
# A GOOD GUESS SAID: the same picture but for filters, masks and CSS, which its documentation leaves out.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" lottie==0.7.2 thorvg-python==1.1.3 resvg-py==0.5.0 \
    pillow==12.3.0 numpy==1.26.4
PYTHONPATH=$d "$python" - <<'P'
import io
import json
import sys

import numpy as np
import resvg_py
import thorvg_python as thorvg
from lottie.parsers.svg import parse_svg_file
from PIL import Image

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="40">{}</svg>'
SHAPES = {
    "flat ends": '<path d="M30 20H70" stroke="#000" stroke-width="10"/>',
    "group of 0.5": '<g opacity="0.5"><path d="M20 5H80V35H20z"/></g>',
    "path of 0.5": '<path opacity="0.5" d="M20 5H80V35H20z"/>',
    "radius": '<rect x="20" y="5" width="60" height="30" rx="12"/>',
    "curve": '<path d="M10 36Q50 -32 90 36"/>',
    "currentColor": '<g color="#00f"><path d="M10 20H90" stroke="currentColor" stroke-width="4"/></g>',
}


def by_resvg(svg):
    return np.asarray(Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg)))).convert("RGBA"))


def by_lottie(svg):
    lottie = json.dumps(parse_svg_file(io.StringIO(svg)).to_dict()).encode()
    canvas, animation = thorvg.SwCanvas(engine := thorvg.Engine()), thorvg.LottieAnimation(engine)
    picture = animation.get_picture()
    _ = canvas.set_target(100, 40), picture.load_data(lottie, "lottie", None, True), picture.set_size(100, 40)
    _ = canvas.add(picture), animation.set_frame(1), canvas.update(), canvas.draw(True), canvas.sync()
    return np.asarray(canvas.get_pillow())


def measured(name, image):
    ink = image[..., 3] > 127
    wide = {"flat ends": ink[20].sum(), "radius": 60 - ink[5].sum(), "curve": ink[:, 50].sum()}
    return int(wide.get(name, image[20, 50, 2 if name == "currentColor" else 3]))


seen = {name: [measured(name, draw(SVG.format(shape))) for draw in (by_resvg, by_lottie)] for name, shape in SHAPES.items()}
print("px, alpha or blue, by resvg and by way of Lottie:", seen)
sys.exit(list(seen.values()) != [[40, 50], [128, 64], [128, 127], [18, 8], [34, 30], [255, 0]])
P
