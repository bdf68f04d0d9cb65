#!/usr/bin/env bash
# roughjs 4.6.6 (npm), which draws shapes as if by hand and takes a `seed` so that one drawing can be made again: a shape drawn for
# each frame of a film, in its seven fill styles.
# SEEN: with fillStyle "dots" the same seed gives another drawing each time, as dots are scattered by Math.random: a face
#       filled with dots swarms from frame to frame, while its outline stands still. The other six styles are the same each
#       time. Seed 0 is no seed: the first frame of a loop that counts its seeds from 0 differs in every run.
# A GOOD GUESS SAID: the same drawing from the same seed, in all styles.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
npm install --silent --no-audit --no-fund --no-save --prefix "$d" roughjs@4.6.6
cd "$d"; cat > draw.mjs <<'P'
import rough from 'roughjs';

const styles = ['hachure', 'solid', 'zigzag', 'cross-hatch', 'dots', 'dashed', 'zigzag-line'];
const face = (seed, fillStyle) => {
  const options = { seed, fill: 'red', fillStyle };
  return rough.generator().polygon([[0, 0], [60, 0], [60, 60], [0, 50]], options).sets;
};
const same = (seed, style) => new Set([1, 2, 3].map(() => JSON.stringify(face(seed, style)))).size === 1;
const moving = styles.filter((style) => !same(7, style));
const outline = new Set([1, 2, 3].map(() => JSON.stringify(face(7, 'dots').find((set) => set.type === 'path')))).size === 1;
const zero = same(0, 'hachure');
console.log('styles that change at seed 7:', moving, 'outline of dots the same:', outline, 'seed 0 the same:', zero);
process.exit(moving.join() === 'dots' && outline && !zero ? 0 : 1);
P
node draw.mjs
