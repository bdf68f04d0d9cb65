#!/usr/bin/env bash
# Pillow 12.3.0, how long each frame of an animation is shown: seek(n), then info["duration"].
# SEEN: GIF and APNG say it right after seek. WebP still says that of the frame before (nothing at the first); the
#       right value comes with load(). So the loop that serves GIF shifts the timing of a WebP by one frame. (13.0.0
#       says nothing at all before load().)
# A GOOD GUESS SAID: after seek(n) info is that of frame n in all three, as the documentation of GIF has it.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" pillow==12.3.0
PYTHONPATH=$d "$python" - "$d" <<'P'
import sys

from PIL import Image

frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "green", "blue", "white")]
seen = {}
for kind in ("GIF", "PNG", "WEBP"):
    path = f"{sys.argv[1]}/a.{kind.lower()}"
    frames[0].save(path, kind, save_all=True, append_images=frames[1:], duration=[50, 100, 200, 400])
    image, after_seek, after_load = Image.open(path), [], []
    for number in range(image.n_frames):
        image.seek(number)
        after_seek.append(image.info.get("duration"))
        image.load()
        after_load.append(image.info.get("duration"))
    seen[kind] = after_seek, after_load
    print(f"{kind}: after seek {after_seek}, after load {after_load}")
right = [50, 100, 200, 400]
wanted = {"GIF": (right, right), "PNG": (right, right), "WEBP": ([None, 50, 100, 200], right)}
sys.exit(seen != wanted)
P
