#!/usr/bin/env bash
# visdom 0.2.4, Visdom.image of pictures of floats, as trainings of drawings show what their networks make: a ramp in [0, 1],
# one that overshoots by a thousandth, and one in [-1, 1], the range of tanh.
# SEEN: in [0, 1] it is right. If a single value is above 1 the whole picture counts as one of 0 to 255, and what was white is 1
#       of 255: it is black. Values are not clipped but wrap: of [-1, 1] the dark half comes as 1, 65, 129, 193, brighter than
#       the grey of the middle (0), and of a picture up to 300 the brightest is 44.
# A GOOD GUESS SAID: values outside [0, 1] are clipped, so a thousandth is not seen and the dark half is black.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" visdom==0.2.4 numpy==1.26.4
cd "$d"; PYTHONPATH=$d "$python" - <<'P'
import base64
import io
import re
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from visdom import Visdom


def shown(values):
    """Numbers of the pixels that a page is sent for a picture whose rows are these values."""
    log = Path("visdom.log")
    log.unlink(missing_ok=True)
    Visdom(offline=True, log_to_filename=str(log)).image(np.tile(np.float32(values), (3, 4, 1)))
    sent = re.search(r"base64,([A-Za-z0-9+/=]+)", log.read_text()).group(1)
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(sent))))[0, :, 0].tolist()


ramp = np.linspace(0, 1, 5)
seen = [shown(ramp), shown(ramp * 1.001), shown(np.linspace(-1, 1, 9)), shown(ramp * 300)]
print("[0, 1], [0, 1.001], [-1, 1], [0, 300]:", *seen, sep="\n")
sys.exit(seen != [[0, 63, 127, 191, 255], [0, 0, 0, 0, 1], [1, 65, 129, 193, 0, 63, 127, 191, 255], [0, 75, 150, 225, 44]])
P
