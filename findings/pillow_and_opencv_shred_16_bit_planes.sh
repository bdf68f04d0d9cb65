#!/usr/bin/env bash
# Pillow 12.3.0 and opencv-python-headless 4.11.0.86, a TIFF of 16 bits a channel, as scanners and raw developers write it, whose
# channels lie in planes (PlanarConfiguration 2), and one of grey in which 0 is white (PhotometricInterpretation 0).
# SEEN, planes: Pillow gives (H, W, 3) of 8 bits, noise; OpenCV (IMREAD_UNCHANGED) gives 16 bits in which hardly a value is right.
#       No error, no warning. With 8 bits, or with channels side by side, both are right. tifffile 2026.3.3 and PyAV 18.1.0
#       read all of them.
# SEEN, white: Pillow turns grey of 8 bits over, so that the photo is positive, and leaves that of 16 bits a negative.
# A GOOD GUESS SAID: the right picture, or an error in Pillow for 16 bits in planes; both greys positive.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" pillow==12.3.0 opencv-python-headless==4.11.0.86 \
    av==18.1.0 tifffile==2026.3.3 numpy==1.26.4
PYTHONPATH=$d "$python" - "$d" <<'P'
import sys

import av
import cv2
import numpy as np
import tifffile
from PIL import Image

rows, columns = np.mgrid[:48, :64]
photo = np.stack([columns * 4, rows * 5, np.full_like(rows, 90)], -1).astype(np.uint8)
planes = np.ascontiguousarray(np.moveaxis(photo, 2, 0))
path, wrong = sys.argv[1] + "/a.tif", {}
for bits, factor in ((8, 1), (16, 257)):
    tifffile.imwrite(path, planes.astype(f"u{bits // 8}") * factor, photometric="rgb", planarconfig="separate")
    with av.open(path) as container:
        by_pyav = next(container.decode(video=0)).to_ndarray(format="rgb24")
    read = {
        "pillow": np.asarray(Image.open(path)).astype(float),
        "opencv": cv2.imread(path, cv2.IMREAD_UNCHANGED)[..., ::-1] / factor,
        "tifffile": np.moveaxis(tifffile.imread(path), 0, 2) / factor,
        "pyav": by_pyav.astype(float),
    }
    wrong[bits] = {name: round(float((np.abs(array - photo) > 2).mean()), 2) for name, array in read.items()}
grey = {}
for bits, factor in ((8, 1), (16, 257)):
    tifffile.imwrite(path, (255 - photo[..., 0]).astype(f"u{bits // 8}") * factor, photometric="miniswhite")
    grey[bits] = np.asarray(Image.open(path)).astype(float) / factor
print("share of wrong values:", wrong)
print("grey at the left, black in the photo:", {bits: float(array[:, 0].mean()) for bits, array in grey.items()})
same = wrong[8] == dict.fromkeys(wrong[8], 0.0) and wrong[16]["tifffile"] == wrong[16]["pyav"] == 0
same = same and wrong[16]["pillow"] > 0.5 and wrong[16]["opencv"] > 0.5
sys.exit(not (same and grey[8][:, 0].mean() == 0 and grey[16][:, 0].mean() == 255))
P
