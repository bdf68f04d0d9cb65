#!/usr/bin/env bash
# trimesh 5.2.0, a head with a blend shape (morph target) as glTF, the form in which avatars with ARKit's shapes come, loaded and
# exported again, as programs do that scale or convert a head.
# SEEN: the target is gone, without an error or a warning, but its name stays in extras.targetNames, where players look for
#       it: the file claims a jawOpen that it does not hold. The default weights are gone, too.
# A GOOD GUESS SAID: morph targets are kept, or are left out together with their names and with a warning.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" trimesh==5.2.0 pygltflib==1.16.5 numpy==1.26.4
cd "$d"; PYTHONPATH=$d "$python" - <<'P'
import logging
import sys
import warnings

import numpy as np
import pygltflib as gltf
import trimesh

heard = []
handler = logging.Handler(logging.WARNING)
handler.emit = lambda record: heard.append(record.getMessage())
logging.getLogger().addHandler(handler)
warnings.showwarning = lambda message, *rest: heard.append(str(message))
parts = [np.float32([[0, 0, 0], [1, 0, 0], [0, 1, 0]]), np.float32([[0, 0, 1]] * 3), np.uint32([0, 1, 2])]
kinds, starts = [gltf.FLOAT, gltf.FLOAT, gltf.UNSIGNED_INT], [0, 36, 72]
shape = gltf.Primitive(attributes=gltf.Attributes(POSITION=0), indices=2, targets=[{"POSITION": 1}])
head = gltf.GLTF2(
    buffers=[gltf.Buffer(byteLength=84)],
    bufferViews=[gltf.BufferView(buffer=0, byteOffset=at, byteLength=one.nbytes) for at, one in zip(starts, parts)],
    accessors=[
        gltf.Accessor(bufferView=i, componentType=kind, count=3, type="VEC3" if one.ndim == 2 else "SCALAR",
                      min=np.atleast_1d(one.min(0)).tolist(), max=np.atleast_1d(one.max(0)).tolist())
        for i, (kind, one) in enumerate(zip(kinds, parts))
    ],
    meshes=[gltf.Mesh(name="head", primitives=[shape], weights=[0.5], extras={"targetNames": ["jawOpen"]})],
    nodes=[gltf.Node(mesh=0, name="head")], scenes=[gltf.Scene(nodes=[0])], scene=0,
)
head.set_binary_blob(b"".join(one.tobytes() for one in parts))
head.save_binary("head.glb")
trimesh.load("head.glb").export("again.glb")
seen = [
    (len(mesh.primitives[0].targets or []), mesh.weights or [], (mesh.extras or {}).get("targetNames"))
    for mesh in (gltf.GLTF2().load(name).meshes[0] for name in ("head.glb", "again.glb"))
]
print("targets, weights, names, before and after:", seen, "warnings:", heard)
sys.exit(seen != [(1, [0.5], ["jawOpen"]), (0, [], ["jawOpen"])] or bool(heard))
P
