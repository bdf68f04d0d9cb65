#!/usr/bin/env bash
# Pillow 13.0.0, a drawing in layers as PSD (psd-tools 1.26.0 writes it, in the order of channels that Photoshop has: alpha, red,
# green, blue), whose mouth has a layer mask: paper, mouth, eyes. Layers are the frames of the picture: seek(1), seek(2) …
# SEEN: colours are turned: red comes from alpha, green from red, and what should be transparent goes by blue, so paper of 250,
#       240, 220 is 255, 250, 240 at alpha 220. A layer with a mask is left out, without a word, but its pixels are not
#       skipped: the layer after it, the eyes, shows those of the mouth (blue eyes come red). As psd-tools gives every
#       layer a mask, n_frames of what it writes is 0, as is that of a PSD without layers. (12.3.0 takes layers from
#       other places of the file as well.) The merged picture is right.
# A GOOD GUESS SAID: three frames with their pixels, the mask left aside; 1 for a PSD without layers.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" pillow==13.0.0 psd-tools==1.26.0 numpy==1.26.4
cd "$d"; PYTHONPATH=$d "$python" - <<'P'
import sys

from PIL import Image
from psd_tools import PSDImage

LAYERS = {  # colour, left, top, size
    "paper": ((250, 240, 220, 255), 0, 0, (64, 48)),
    "mouth": ((200, 30, 40, 255), 20, 30, (20, 10)),
    "eyes": ((10, 20, 255, 255), 20, 5, (20, 10)),
}
drawing = PSDImage.new("RGB", (64, 48))
for name, (colour, left, top, size) in LAYERS.items():
    drawing.create_pixel_layer(Image.new("RGBA", size, colour), name=name, top=top, left=left)
drawing.save("all_masked.psd")
for layer in drawing:
    if layer.name != "mouth":
        layer.remove_mask()
drawing.save("mouth_masked.psd")
for layer in drawing:
    if layer.has_mask():
        layer.remove_mask()
drawing.save("no_mask.psd")
PSDImage.frompil(Image.new("RGB", (8, 8))).save("flat.psd")


def seen(path):  # name and colour of the layers that Pillow shows
    found = []
    with Image.open(path) as image:
        for number in range(image.n_frames, 0, -1):  # from the last: seek(1) at the start is a no-op
            image.seek(number)
            name, _, (left, top, right, bottom), _ = image.layers[number - 1]
            found.append((name, image.convert("RGBA").getpixel(((left + right) // 2, (top + bottom) // 2))))
    return found[::-1]


true = [(layer.name, layer.topil().getpixel((5, 5))) for layer in PSDImage.open("no_mask.psd")]
whole, masked = seen("no_mask.psd"), seen("mouth_masked.psd")
counts = [Image.open(path).n_frames for path in ("all_masked.psd", "flat.psd")]
print("psd-tools:", true, "Pillow:", whole, "mouth masked:", masked, "frames of all masked, flat:", counts, sep="\n")
turned = [(name, (colour[3], *colour[:3])) for name, (colour, *_) in LAYERS.items()]
sys.exit(whole != turned or masked != [turned[0], ("eyes", turned[1][1])] or counts != [0, 0])
P
