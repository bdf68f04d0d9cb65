#!/usr/bin/env bash
# Pillow 12.3.0, an animation whose ten frames are the same picture, 40 ms each (a head that waits), in four formats.
# SEEN: APNG and WebP become a still without any duration: 0.4 s are gone, and what is joined to it is early. GIF says
#       one frame of 400 ms, AVIF ten of 40 ms. Of ten equal frames and a different one all four keep the 440 ms.
# A GOOD GUESS SAID: equal frames are one frame of 400 ms in GIF and APNG, ten frames in WebP and AVIF.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" pillow==12.3.0
PYTHONPATH=$d "$python" - <<'P'
import io
import sys

from PIL import Image

still, other = Image.new("RGB", (16, 16), "red"), Image.new("RGB", (16, 16), "blue")
seen = {}
for kind in ("GIF", "PNG", "WEBP", "AVIF"):
    for more in (0, 1):
        file, total = io.BytesIO(), 0
        still.save(file, kind, save_all=True, append_images=[still] * 9 + [other] * more, duration=40)
        image = Image.open(file)
        count = getattr(image, "n_frames", 1)
        for number in range(count):
            image.seek(number)
            image.load()
            total += image.info.get("duration", 0)
        seen[kind, more] = total
        print(f"{kind}, ten equal frames and {more} other: {count} frames, {total:g} ms")
alone = {"GIF": 400, "PNG": 0, "WEBP": 0, "AVIF": 400}
sys.exit(seen != {(kind, more): 440 if more else alone[kind] for kind in alone for more in (0, 1)})
P
