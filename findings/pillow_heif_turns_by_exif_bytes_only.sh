#!/usr/bin/env bash
# pillow-heif 1.8.1 (libheif 1.23.6), saving HEIC with exif that says the photo was held sideways (Orientation 6).
# SEEN: given as bytes, it becomes a turn in the file (irot) and the photo reads back upright. Given as Pillow's
#       Image.Exif no turn is written; and as readers of HEIC leave the orientation in EXIF alone, the photo lies, with
#       info["original_orientation"] == 6. Pillow 12.3.0 takes either for JPEG.
# A GOOD GUESS SAID: both are the same, the photo stands.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" pillow-heif==1.8.1 pillow==12.3.0
PYTHONPATH=$d "$python" - <<'P'
import io
import sys

import pillow_heif
from PIL import Image, ImageOps

pillow_heif.register_heif_opener()
exif = Image.Exif()
exif[0x0112] = 6
stored, seen = Image.new("RGB", (640, 400), "white"), {}
for kind in ("JPEG", "HEIF"):
    for name, given in (("Image.Exif", exif), ("bytes", exif.tobytes())):
        file = io.BytesIO()
        stored.save(file, kind, exif=given)
        shown = ImageOps.exif_transpose(Image.open(file))
        seen[kind, name] = shown.size, b"irot" in file.getvalue()
        print(f"{kind}, exif as {name}: shown {shown.size}, irot {b'irot' in file.getvalue()}")
upright = (400, 640)
jpeg = {("JPEG", name): (upright, False) for name in ("Image.Exif", "bytes")}
sys.exit(seen != jpeg | {("HEIF", "Image.Exif"): ((640, 400), False), ("HEIF", "bytes"): (upright, True)})
P
