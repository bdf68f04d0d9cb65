#!/usr/bin/env bash
# safetensors 0.8.0, safetensors.numpy.save of NumPy views (transposed weights, every other row, big-endian files).
# SEEN: a transposed array comes back with the right shape and its numbers in another order, a strided one with the
#       numbers that lie between; no error, no warning. Big-endian numbers are swapped and right. safetensors.torch
#       refuses the same tensors ("non contiguous").
# A GOOD GUESS SAID: the numbers come back as they were, or the views are refused as in safetensors.torch.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" safetensors==0.8.0 numpy==1.26.4
PYTHONPATH=$d "$python" - <<'P'
import sys

import numpy as np
from safetensors.numpy import load, save

counted = np.arange(6, dtype=np.float32)
views = {
    "whole": counted.reshape(2, 3),
    "transposed": counted.reshape(2, 3).T,
    "every other": counted[::2],
    "copied": np.ascontiguousarray(counted.reshape(2, 3).T),
    "big-endian": counted.astype(">f4"),
}
seen = {}
for name, array in views.items():
    back = load(save({"a": array}))["a"]
    seen[name] = back.shape == array.shape and np.array_equal(back, array)
    print(f"{name}: {array.tolist()} → {back.tolist()}")
wanted = {"whole": True, "transposed": False, "every other": False, "copied": True, "big-endian": True}
sys.exit(seen != wanted)
P
