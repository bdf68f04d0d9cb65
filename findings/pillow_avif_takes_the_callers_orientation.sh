#!/usr/bin/env bash
# Pillow 13.0.0, Image.save(..., "AVIF", exif=exif) with an Image.Exif that says how the photo was held.
# SEEN: saving as AVIF removes Orientation from the Exif object that the caller passed (it becomes irot/imir of the
#       file, which reads back right); a second file saved with the same object, of any format, is not turned.
#       JPEG, PNG, WebP and TIFF leave the object alone.
# A GOOD GUESS SAID: arguments of save are not changed.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" pillow==13.0.0
PYTHONPATH=$d "$python" - <<'P'
import io
import sys

from PIL import Image, ImageOps

image = Image.new("RGB", (64, 40), "white")
left = {}
for kind in ("JPEG", "PNG", "WEBP", "TIFF", "AVIF"):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Maker"
    image.save(io.BytesIO(), kind, exif=exif)
    left[kind] = dict(exif)
print(left)

exif = Image.Exif()
exif[0x0112] = 6
sizes = []
for kind in ("AVIF", "AVIF"):
    file = io.BytesIO()
    image.save(file, kind, exif=exif)
    sizes.append(ImageOps.exif_transpose(Image.open(file)).size)
print("shown sizes of two files saved alike:", sizes)
whole = {0x0112: 6, 0x010F: "Maker"}
expected = {kind: whole for kind in ("JPEG", "PNG", "WEBP", "TIFF")} | {"AVIF": {0x010F: "Maker"}}
sys.exit(left != expected or sizes != [(40, 64), (64, 40)])
P
