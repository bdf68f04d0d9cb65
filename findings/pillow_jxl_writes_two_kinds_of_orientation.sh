#!/usr/bin/env bash
# pillow-jxl-plugin 1.3.8 (Pillow 11.3.0), a photo held sideways (JPEG, Orientation 6) kept as JPEG XL, whose own header can say
# how a picture is turned, beside its EXIF.
# SEEN: saved from the JPEG without loss, the header has the turn; with exif= (lossless_jpeg=False) it has none. The plugin
#       itself shows both alike, as stored and with Orientation 6, so after exif_transpose both stand; imagecodecs
#       2026.3.6 (libjxl) goes by the header: the first stands, the second lies on its side.
# A GOOD GUESS SAID: both files have the turn in their header, and the plugin gives upright pixels with Orientation 1.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" pillow==11.3.0 pillow-jxl-plugin==1.3.8 \
    imagecodecs==2026.3.6 numpy==2.2.6
PYTHONPATH=$d "$python" -W ignore - "$d" <<'P'
import sys

import imagecodecs
import numpy as np
import pillow_jxl  # noqa: F401
from PIL import Image, ImageOps

photo = np.zeros((40, 64, 3), np.uint8)
photo[:20, :32] = 250
held = Image.Exif()
held[0x0112] = 6
jpeg = f"{sys.argv[1]}/a.jpg"
Image.fromarray(photo).save(jpeg, exif=held, quality=95)
seen = {}
for name, options in {"without loss": {"lossless_jpeg": True}, "exif=": {"lossless_jpeg": False}}.items():
    path = f"{sys.argv[1]}/a.jxl"
    with Image.open(jpeg) as image:
        image.save(path, exif=image.info["exif"], **options)
    with Image.open(path) as image:
        own = image.size, image.getexif().get(0x0112), ImageOps.exif_transpose(image).size
    with open(path, "rb") as file:
        seen[name] = *own, imagecodecs.jpegxl_decode(file.read()).shape[1::-1]
print("size, Orientation, size after exif_transpose; size in imagecodecs:", seen)
own = (64, 40), 6, (40, 64)
sys.exit(seen != {"without loss": (*own, (40, 64)), "exif=": (*own, (64, 40))})
P
