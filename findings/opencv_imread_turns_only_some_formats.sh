#!/usr/bin/env bash
# opencv-python-headless 4.11.0.86, imread of one photo held sideways (Orientation 6), saved by Pillow 13.0.0 in four
# formats.
# SEEN: JPEG and PNG stand upright. WebP lies on its side, its EXIF is not looked at. The TIFF is not read at all:
#       imread prints an internal issue and gives None, though it reads the same TIFF without a turn. Pillow turns all.
# A GOOD GUESS SAID: imread follows the orientation of every format that it reads.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" opencv-python-headless==4.11.0.86 \
    pillow==13.0.0 numpy==1.26.4
PYTHONPATH=$d "$python" - "$d" 2>/dev/null <<'P'
import sys

import cv2
from PIL import Image, ImageOps

image = Image.new("RGB", (64, 40), "white")
seen = {}
for kind in ("JPEG", "PNG", "WEBP", "TIFF"):
    sizes = []
    for orientation in (1, 6):
        exif = Image.Exif()
        exif[0x0112] = orientation
        path = f"{sys.argv[1]}/a{orientation}.{kind.lower()}"
        image.save(path, kind, exif=exif)
        read = cv2.imread(path)
        sizes.append(None if read is None else read.shape[1::-1])
    shown = ImageOps.exif_transpose(Image.open(path)).size
    seen[kind] = tuple(sizes)
    print(f"{kind}: plain {sizes[0]}, held sideways {sizes[1]}; Pillow shows {shown}")
    assert shown == (40, 64)
upright, lying = (40, 64), (64, 40)
wanted = {"JPEG": (lying, upright), "PNG": (lying, upright), "WEBP": (lying, lying), "TIFF": (lying, None)}
sys.exit(seen != wanted)
P
