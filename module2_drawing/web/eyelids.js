// Eyelids: lids that come down over moved eyes; `rendering/eyelids.py` and `geometry/eyelids.py` in the browser.
import { clip, CornerFrame, look, smooth, UNIT } from "./arrays.js";

const RIGHT_CORNER = 36, LEFT_CORNER = 45;
const covered = (distance) => clip(distance + 0.5, 0, 1);

/** The target with eyes at least as open as in the source; lids: pairs of landmarks, upper and lower. */
export function opened(source, target, lids, upperShare) {
  const [before, after] = [source, target].map((points) => {
    const x = points[LEFT_CORNER][0] - points[RIGHT_CORNER][0], y = points[LEFT_CORNER][1] - points[RIGHT_CORNER][1];
    const norm = Math.max(Math.hypot(x, y), 1e-6);
    return [x / norm, y / norm];
  });
  const turn = [before[0] * after[0] + before[1] * after[1], before[0] * after[1] - before[1] * after[0]];
  const moved = target.map((point) => [...point]);
  for (const [up, low] of lids) {
    const x = source[low][0] - source[up][0], y = source[low][1] - source[up][1], width = Math.max(Math.hypot(x, y), 1e-6);
    const apart = [(x * turn[0] - y * turn[1]) / width, (x * turn[1] + y * turn[0]) / width];
    const open = (target[low][0] - target[up][0]) * apart[0] + (target[low][1] - target[up][1]) * apart[1];
    const missing = Math.max(width - open, 0);
    for (const axis of [0, 1]) {
      moved[up][axis] -= upperShare * missing * apart[axis];
      moved[low][axis] += (1 - upperShare) * missing * apart[axis];
    }
  }
  return moved;
}

/** px that a lid of an eye, six points, lies below the line of the corners: a function of the place along. */
function edge(frame, eye, upper) {
  const [first, second] = (upper ? [1, 2] : [5, 4]).map((i) => frame.local(...eye[i]));
  let inner = [clip(first[0], -0.9, 0.9), clip(second[0], -0.9, 0.9)];
  if (inner[1] - inner[0] < 0.05) inner = [-1 / 3, 1 / 3]; // lids seen from the side
  const bump = [first[1] / (1 - inner[0] ** 2), second[1] / (1 - inner[1] ** 2)];
  const slope = (bump[1] - bump[0]) / (inner[1] - inner[0]);
  return (along) => {
    const t = clip(along, -1, 1);
    return (1 - t * t) * (bump[0] + slope * (t - inner[0]));
  };
}

export class Eyelids {
  /** portrait.eyes: lids (points, lashes), numbers of `rendering/eyelids.py`; without any, eyes are covered. */
  constructor(portrait) {
    Object.assign(this, portrait.eyes);
    this.drawing = portrait.drawing;
    if (this.lids.length) for (const image of [portrait.bare, portrait.clear]) Object.assign(image, { left: this.left, top: this.top });
    this.bare = portrait.bare;
    this.clear = portrait.clear;
  }
  /** Into RGBA (256, 256), which was moved by flow (256, 256, 2) to `awake`; target: landmarks asked for. */
  shut(out, flow, awake, target) {
    for (const lid of this.lids) {
      const moves = Math.max(...lid.points.flatMap((i) => [0, 1].map((axis) => Math.abs(target[i][axis] - awake[i][axis]))));
      if (moves > this.least) this.shutOne(lid, out, flow, lid.points.map((i) => awake[i]), lid.points.map((i) => target[i]));
    }
  }
  shutOne(lid, out, flow, eye, shut) {
    const all = [...eye, ...shut], frame = new CornerFrame(eye[0], eye[3]), { half } = frame, { drawing, bare, clear } = this;
    const scale = drawing.width / UNIT, lens = { data: flow, width: UNIT, height: UNIT, channels: 2 };
    const edges = { top: edge(frame, eye, true), low: edge(frame, eye, false), upper: edge(frame, shut, true), lower: edge(frame, shut, false) };
    const [from, to] = [Math.min, Math.max].map((limit, k) =>
      [0, 1].map((axis) => clip(Math.floor(limit(...all.map((point) => point[axis]))) + (k ? this.room : -this.room), 0, UNIT - 1)));
    const visit = (act) => {
      for (let y = from[1]; y <= to[1]; y++)
        for (let x = from[0]; x <= to[0]; x++) {
          const [along, down] = frame.local(x, y);
          const inside = clip((this.reach - Math.abs(along)) * half, 0, 1);
          if (inside > 0) act(x, y, along, down, inside);
        }
    };
    let fallen = -Infinity, opening = 1e-3;
    visit((x, y, along) => {
      fallen = Math.max(fallen, edges.upper(along) - edges.top(along));
      opening = Math.max(opening, edges.low(along) - edges.top(along));
    });
    const gone = clip(fallen / opening / this.soon, 0, 1);
    visit((x, y, along, down, inside) => {
      const top = edges.top(along), low = edges.low(along), upper = edges.upper(along), lower = edges.lower(along);
      const place = ((along + this.reach) / (2 * this.reach)) * (lid.lashes.length - 1), k = clip(Math.floor(place), 0, lid.lashes.length - 2);
      const lashes = half * (lid.lashes[k] + clip(place - k, 0, 1) * (lid.lashes[k + 1] - lid.lashes[k]));
      const rim = this.edge * half * Math.sqrt(Math.max(0, 1 - (along / this.reach) ** 2));
      const lay = (image, shift, opacity) => {
        const share = opacity * inside;
        if (share <= 0) return;
        const sx = x - shift * frame.down[0], sy = y - shift * frame.down[1];
        const px = (clip(sx, 0, UNIT - 1) + look(lens, sx, sy, 0) + 0.5) * scale - 0.5;
        const py = (clip(sy, 0, UNIT - 1) + look(lens, sx, sy, 1) + 0.5) * scale - 0.5;
        for (let channel = 0; channel < image.channels; channel++) {
          const i = (y * UNIT + x) * 4 + channel;
          out[i] = out[i] + share * (look(image, px, py, channel) - out[i]);
        }
      };
      const gives_way = smooth(1 - (down - lower - this.lower_lashes * half) / (this.bag * half));
      lay(drawing, (lower - low) * gives_way, covered(down - lower + rim));
      const above = covered(upper + rim - down);
      const blends = drawing.channels === 3 ? gone * smooth((down - top + lashes) / (this.blends * half) + 1) : 0;
      lay(bare, 0, above * Math.max(blends, covered(down - top + lashes)));
      lay(drawing, upper - top, above * clip((down - upper + lashes) / (this.feather * half) + 1, 0, 1));
      lay(clear, upper - top, gone * above * covered(down - upper + this.least_lashes * half));
    });
    if (drawing.channels === 1)
      visit((x, y) => {
        const i = (y * UNIT + x) * 4;
        out[i + 1] = out[i + 2] = out[i];
      });
  }
}
