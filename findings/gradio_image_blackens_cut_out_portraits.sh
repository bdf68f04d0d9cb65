#!/usr/bin/env bash
# gradio 6.31.0, what the Image component hands to a function for an uploaded PNG, also as a file (type="filepath").
# SEEN: a cut-out portrait comes on black (or whatever colour lies beneath alpha 0), as another file, without alpha; a
#       16-bit grey photo comes white all over, as every value above 255 is. A plain RGB photo comes as the file it was.
#       With image_mode=None the first two do, too.
# A GOOD GUESS SAID: transparency is put on white as the page shows it, 16 bits are scaled to 8; a file path is that of
#       the file.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" gradio==6.31.0 pillow==12.3.0 numpy==1.26.4
export GRADIO_TEMP_DIR=$d/files GRADIO_ANALYTICS_ENABLED=False
PYTHONPATH=$d "$python" -W ignore - "$d" <<'P'
import sys
from pathlib import Path

import gradio
import numpy as np
from PIL import Image

cut_out = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
cut_out.paste((200, 150, 120, 255), (16, 16, 48, 48))
deep = np.full((64, 64), 20_000, np.uint16)  # dark grey
photos = {"cut-out": cut_out, "16 bits": Image.fromarray(deep), "RGB": Image.new("RGB", (64, 64), "grey")}
seen = {}
for name, photo in photos.items():
    path = Path(sys.argv[1]) / f"{name}.png"
    photo.save(path)
    for mode in ("RGB", None):  # RGB is gradio's own choice
        component = gradio.Image(type="filepath", image_mode=mode)
        given = Path(component.preprocess(component.data_model(path=str(path), orig_name=path.name)))
        same = given.read_bytes() == path.read_bytes()
        corner = Image.open(given).getpixel((2, 2))
        seen[name, mode] = same or corner
        print(f"{name}, image_mode={mode}: the same file: {same}, corner {corner}")
changed = {("cut-out", "RGB"): (0, 0, 0), ("16 bits", "RGB"): (255, 255, 255)}
sys.exit(seen != {(name, mode): changed.get((name, mode), True) for name in photos for mode in ("RGB", None)})
P
