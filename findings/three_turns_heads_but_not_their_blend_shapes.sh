#!/usr/bin/env bash
# three.js 0.187.0 (npm) and @gltf-transform/functions 4.5.1, a head with a blend shape (morph target) that opens the jaw, as avatars
# with ARKit's shapes come: made twice as large, turned upright and centred, as programs do that put any head in one place.
# SEEN: BufferGeometry's scale, rotateX, center and applyMatrix4 move the positions and leave morphAttributes as they were, with
#       no warning. The head is twice as large and its jaw opens half as far; turned from Z up to Y up, the jaw goes forward
#       in the place of down. Targets that are positions (morphTargetsRelative false) stay where the head was before it
#       was centred: at weight 1 the whole head jumps back. gltf-transform's transformMesh moves both.
# A GOOD GUESS SAID: morph targets go with the geometry, as normals and tangents do.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
npm install --silent --no-audit --no-fund --no-save --prefix "$d" three@0.187.0 @gltf-transform/core@4.5.1 \
    @gltf-transform/functions@4.5.1
cd "$d"; cat > head.mjs <<'P'
import { Document } from '@gltf-transform/core';
import { transformMesh } from '@gltf-transform/functions';
import { BufferGeometry, Float32BufferAttribute } from 'three';

const points = [0, 0, 0, 1, 0, 0, 0, 0, 1]; // Z is up
const jaw = [0, 0, 0, 0, 0, 0, 0, 0, -1]; // down
const rounded = (array) => Array.from(array).map((value) => Math.round(value * 1000) / 1000 + 0);
function after(change, target = jaw, relative = true) {
  const head = new BufferGeometry().setAttribute('position', new Float32BufferAttribute(points, 3));
  head.morphAttributes.position = [new Float32BufferAttribute(target, 3)];
  head.morphTargetsRelative = relative;
  change(head);
  return [rounded(head.attributes.position.array).slice(6), rounded(head.morphAttributes.position[0].array).slice(6)];
}
const seen = {
  scale: after((head) => head.scale(2, 2, 2)),
  turned: after((head) => head.rotateX(-Math.PI / 2)),
  centred: after((head) => head.translate(0, 0, -5), [0, 0, 0, 1, 0, 0, 0, 0, 0], false),
};
const file = new Document();
const accessor = (values) => file.createAccessor().setType('VEC3').setArray(new Float32Array(values));
const shape = file.createPrimitiveTarget('jawOpen').setAttribute('POSITION', accessor(jaw));
const primitive = file.createPrimitive().setAttribute('POSITION', accessor(points)).addTarget(shape);
transformMesh(file.createMesh('head').addPrimitive(primitive), [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1]);
const gltf = [primitive, shape].map((one) => rounded(one.getAttribute('POSITION').getArray()).slice(6));
console.log('a point of the head and what its blend shape holds:', JSON.stringify(seen), 'gltf-transform, scale:', JSON.stringify(gltf));
const expected = { scale: [[0, 0, 2], [0, 0, -1]], turned: [[0, 1, 0], [0, 0, -1]], centred: [[0, 0, -4], [0, 0, 0]] };
process.exit(JSON.stringify([seen, gltf]) === JSON.stringify([expected, [[0, 0, 2], [0, 0, -2]]]) ? 0 : 1);
P
node head.mjs
