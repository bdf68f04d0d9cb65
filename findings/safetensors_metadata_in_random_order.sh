#!/usr/bin/env bash
# safetensors 0.8.0, the same tensors and the same metadata of five entries saved twenty times in one process.
# SEEN: nearly every file is another one: metadata are written in random order, also from process to process, so hashes
#       of equal weights differ and a cache by content never hits. Without metadata, or with one entry, all are equal.
# A GOOD GUESS SAID: equal bytes, as the tensors are sorted and nothing in the file is a time.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" safetensors==0.8.0 numpy==1.26.4
PYTHONPATH=$d "$python" - <<'P'
import sys

import numpy as np
from safetensors.numpy import save

tensors = {"b": np.ones(3, np.float32), "a": np.zeros((2, 2), np.float32)}
entries = {"task": "lips", "seed": "0", "licence": "MIT", "network": "Encoder", "arguments": "{}"}
seen = {}
for count in (0, 1, 5):
    metadata = dict(list(entries.items())[:count])
    seen[count] = len({save(tensors, metadata) for _ in range(20)})
print("entries of metadata: different files of 20:", seen)
sys.exit(not (seen[0] == seen[1] == 1 and seen[5] > 5))
P
