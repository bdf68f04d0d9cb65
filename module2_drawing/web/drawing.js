// Drawing: landmarks → frames of 256², the portrait's drawing moved; `LayeredRenderer` in the browser.

import { clip, look, range, UNIT } from "./arrays.js";
import { Eyelids, opened } from "./eyelids.js";
import { Mouth } from "./mouth.js";

const COARSE = 8, FINE = 2, ROOM = 7, PER_EDGE = 3, MERGE = 0.25;
const WINDOWS = [range(36, 42), range(42, 48), range(48, 68)];

/** A PNG as numbers, one or three a pixel. */
export async function pixels(bytes, channels) {
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }), { colorSpaceConversion: "none" });
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height), context = canvas.getContext("2d");
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
  const out = new Float32Array(bitmap.width * bitmap.height * channels);
  for (let i = 0; i < out.length; i++) out[i] = data[Math.floor(i / channels) * 4 + (i % channels)];
  return { width: bitmap.width, height: bitmap.height, channels, data: out };
}

/** A portrait file: "TPD1", the length of its header, the header in JSON, PNG images. */
export async function readPortrait(buffer) {
  const view = new DataView(buffer), name = new TextDecoder().decode(new Uint8Array(buffer, 0, 4));
  if (name !== "TPD1") throw new Error("this is no portrait file");
  const size = view.getUint32(4, true), start = 8 + size;
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, size)));
  for (const [key, [first, end, channels]] of Object.entries(header.images))
    header[key] = await pixels(new Uint8Array(buffer, start + first, end - first), channels);
  return header;
}

function solved(matrix, values) {
  const n = matrix.length;
  for (let k = 0; k < n; k++) {
    let best = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(matrix[i][k]) > Math.abs(matrix[best][k])) best = i;
    [matrix[k], matrix[best]] = [matrix[best], matrix[k]];
    [values[k], values[best]] = [values[best], values[k]];
    const pivot = matrix[k];
    for (let i = k + 1; i < n; i++) {
      const factor = matrix[i][k] / pivot[k], row = matrix[i];
      if (factor === 0) continue;
      for (let j = k; j < n; j++) row[j] -= factor * pivot[j];
      values[i][0] -= factor * values[k][0];
      values[i][1] -= factor * values[k][1];
    }
  }
  for (let k = n - 1; k >= 0; k--) {
    for (const axis of [0, 1]) {
      let sum = values[k][axis];
      for (let j = k + 1; j < n; j++) sum -= matrix[k][j] * values[j][axis];
      values[k][axis] = sum / matrix[k][k];
    }
  }
  return values;
}

const plate = (squared) => 0.5 * Math.max(squared, 1e-15) * Math.log(Math.max(squared, 1e-15));

class Spline {
  constructor(source, target) {
    const near = (a, b) => (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 < MERGE ** 2;
    const keep = target.map((point, i) => !target.slice(0, i).some((other) => near(point, other)));
    this.points = target.filter((_, i) => keep[i]).map((point) => point.map((value) => value / (UNIT - 1) - 0.5));
    const values = source.map((point, i) => point.map((value, axis) => value - target[i][axis])).filter((_, i) => keep[i]);
    const matrix = this.points.map(([x, y]) =>
      Float64Array.from([...this.points.map(([u, v]) => plate((x - u) ** 2 + (y - v) ** 2)), x, y, 1]));
    for (let k = 0; k < 3; k++)
      matrix.push(Float64Array.from([...this.points.map((point) => (k < 2 ? point[k] : 1)), 0, 0, 0]));
    const solution = solved(matrix, [...values, [0, 0], [0, 0], [0, 0]]);
    this.affine = Float64Array.from(solution.slice(-3).flat());
    this.numbers = Float64Array.from(this.points.flatMap((point, i) => [...point, ...solution[i]]));
  }
  /** The flow at (px, py), into out[at] and out[at + 1]. */
  flow(px, py, out, at) {
    const x = px / (UNIT - 1) - 0.5, y = py / (UNIT - 1) - 0.5, { numbers, affine } = this;
    let a = x * affine[0] + y * affine[2] + affine[4], b = x * affine[1] + y * affine[3] + affine[5];
    for (let i = 0; i < numbers.length; i += 4) {
      const u = x - numbers[i], v = y - numbers[i + 1], squared = Math.max(u * u + v * v, 1e-15);
      const value = 0.5 * squared * Math.log(squared);
      a += value * numbers[i + 2];
      b += value * numbers[i + 3];
    }
    out[at] = a;
    out[at + 1] = b;
  }
}

/** Four weights a pixel, in one array for each step. */
const TAPS = Object.fromEntries([COARSE, FINE].map((step) => [step, Float64Array.from(range(0, step).flatMap((pixel) => {
  const t = pixel / step;
  return [-t + 2 * t ** 2 - t ** 3, 2 - 5 * t ** 2 + 3 * t ** 3, t + 4 * t ** 2 - 3 * t ** 3, t ** 3 - t ** 2].map((x) => x / 2);
}))]));

/** The spline's flow in a window, from nodes `step` px apart, Catmull–Rom between; into flow (256, 256, 2). */
function sample(spline, [left, top, right, bottom], step, flow) {
  const columns = (right - left) / step + 3, rows = (bottom - top) / step + 3, width = 2 * (right - left);
  const nodes = new Float64Array(columns * 2), wide = new Float64Array(rows * width), taps = TAPS[step];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      spline.flow(left + (column - 1) * step, top + (row - 1) * step, nodes, 2 * column);
    for (let x = 0, to = row * width; x < right - left; x++, to += 2) {
      const k = 4 * (x % step), i = 2 * Math.floor(x / step);
      const a = taps[k], b = taps[k + 1], c = taps[k + 2], d = taps[k + 3];
      wide[to] = a * nodes[i] + b * nodes[i + 2] + c * nodes[i + 4] + d * nodes[i + 6];
      wide[to + 1] = a * nodes[i + 1] + b * nodes[i + 3] + c * nodes[i + 5] + d * nodes[i + 7];
    }
  }
  for (let y = 0; y < bottom - top; y++) {
    const k = 4 * (y % step), a = taps[k], b = taps[k + 1], c = taps[k + 2], d = taps[k + 3];
    for (let i = Math.floor(y / step) * width, end = i + width, to = ((top + y) * UNIT + left) * 2; i < end; i++, to++)
      flow[to] = a * wide[i] + b * wide[i + width] + c * wide[i + 2 * width] + d * wide[i + 3 * width];
  }
}

export class Drawing {
  constructor(portrait) {
    Object.assign(this, portrait); // landmarks, facing, curves, outer, triangles, brows; the images
    this.mouth = new Mouth(portrait);
    this.eyelids = new Eyelids(portrait);
    this.curved = this.withCurves(this.landmarks);
    this.bottom = Math.max(this.landmarks[8][1] + 0.15 * UNIT, UNIT - 1);
    this.from = this.withBorder(this.withBrows(this.curved));
    this.gaps = this.facing.map(([up, low]) => this.curved[low][1] - this.curved[up][1]);
    this.image = new ImageData(UNIT, UNIT);
    this.flow = new Float32Array(UNIT * UNIT * 2);
  }
  withCurves(points) {
    const mixed = ([a, b, c]) => [0, 1].map((k) => 0.375 * points[a][k] + 0.75 * points[b][k] - 0.125 * points[c][k]);
    return [...points.map((point) => [...point]), ...this.curves.map(mixed)];
  }
  /** Brows and rims of glasses as the head takes them; none without glasses. */
  rims(points) {
    const held = this.brows.held.map((i) => points[i]);
    return this.brows.rims.map((weights) => [0, 1].map((axis) => weights.reduce((sum, w, i) => sum + w * held[i][axis], 0)));
  }
  /** And the lower edges of the brows and what is just above the lids, which keep their heights. */
  withBrows(points) {
    const [x, y] = [0, 1].map((axis) => points[45][axis] - points[36][axis]), { beside, heights } = this.brows;
    return [...points, ...this.rims(points).slice(this.brows.points.length), ...beside.map((i, k) => [points[i][0] - heights[k] * y, points[i][1] + heights[k] * x])];
  }
  withBorder(points) {
    const end = UNIT - 1, along = range(0, PER_EDGE + 2).map((i) => (end * i) / (PER_EDGE + 1)), inner = along.slice(1, -1);
    return [...points, ...inner.map((x) => [x, this.bottom]), ...along.map((x) => [x, 0]), [0, end], [end, end],
      ...inner.map((y) => [0, y]), ...inner.map((y) => [end, y])];
  }
  apart(points, least, pairs) {
    const moved = points.map((point) => [...point]);
    pairs.forEach(([up, low], i) => {
      const missing = Math.max(0, least[i] - (points[low][1] - points[up][1])) / 2;
      moved[up][1] -= missing;
      moved[low][1] += missing;
    });
    return moved;
  }
  motion(awake) {
    const seen = awake.map((point) => [...point]);
    if (this.brows.rims.length) this.rims(awake).slice(0, this.brows.points.length).forEach((at, k) => (seen[this.brows.points[k]] = at));
    const target = this.parted(seen), shut = this.withCurves(target), eased = this.apart(shut, this.gaps.map((gap) => 0.6 * gap), this.facing);
    const shift = eased.map((point, i) => point.map((value, axis) => value - shut[i][axis]));
    for (const [outer, inner] of Object.entries(this.outer))
      for (const axis of [0, 1]) eased[outer][axis] += inner.reduce((sum, i) => sum + shift[i][axis], 0) / inner.length;
    const spline = new Spline(this.from, this.withBorder(this.withBrows(eased))), flow = this.flow;
    sample(spline, [0, 0, UNIT, UNIT], COARSE, flow);
    for (const points of WINDOWS) {
      const edge = (axis, limit, room) => limit(...points.map((i) => awake[i][axis])) + room;
      const low = [0, 1].map((axis) => clip(Math.floor(edge(axis, Math.min, -ROOM) / COARSE) * COARSE, 0, UNIT));
      const high = [0, 1].map((axis) => clip(Math.ceil(edge(axis, Math.max, ROOM) / COARSE) * COARSE, 0, UNIT));
      if (low[0] < high[0] && low[1] < high[1]) sample(spline, [...low, ...high], FINE, flow);
    }
    this.close(shut, eased);
  }
  /** Lids and lips that shut: piecewise linear over the triangles of the landmarks. */
  close(shut, eased) {
    const end = UNIT - 1, points = [...shut, [0, 0], [end, 0], [0, end], [end, end]];
    const value = points.map((point, i) => (i < shut.length ? eased[i].map((x, axis) => x - shut[i][axis]) : [0, 0]));
    const moves = this.triangles.filter((corners) => corners.some((i) => value[i][0] || value[i][1]));
    if (!moves.length) return;
    const before = { data: this.flow.slice(), width: UNIT, height: UNIT, channels: 2 }, done = moves.map(([a, b, c]) => {
      const [p, q, r] = [points[a], points[b], points[c]];
      return { area: (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]), corners: [a, b, c], p, q, r };
    }).filter(({ area }) => Math.abs(area) > 1e-9).sort((a, b) => Math.abs(a.area) - Math.abs(b.area));
    for (const { area, corners: [a, b, c], p, q, r } of done) {
      const [low, high] = [Math.min, Math.max].map((limit) => [0, 1].map((axis) => limit(p[axis], q[axis], r[axis])));
      for (let y = Math.max(0, Math.ceil(low[1])); y <= Math.min(end, high[1]); y++) {
        for (let x = Math.max(0, Math.ceil(low[0])); x <= Math.min(end, high[0]); x++) {
          const v = ((x - p[0]) * (r[1] - p[1]) - (y - p[1]) * (r[0] - p[0])) / area;
          const w = ((q[0] - p[0]) * (y - p[1]) - (q[1] - p[1]) * (x - p[0])) / area;
          if (v < 0 || w < 0 || v + w > 1) continue;
          const right = value[a][0] * (1 - v - w) + value[b][0] * v + value[c][0] * w;
          const down = value[a][1] * (1 - v - w) + value[b][1] * v + value[c][1] * w;
          this.flow[(y * UNIT + x) * 2] = right + look(before, x + right, y + down, 0);
          this.flow[(y * UNIT + x) * 2 + 1] = down + look(before, x + right, y + down, 1);
        }
      }
    }
  }
  /** Facing points at least a little apart, or as at rest. */
  parted(target) {
    const facing = this.facing.slice(0, this.facing.length - 2);
    return this.apart(target, facing.map((_, i) => Math.min(this.gaps[i], 0.4)), facing);
  }
  /** Landmarks, Float64Array(136) px of 256, drawn into a context of 256². */
  draw(numbers, context) {
    const given = range(0, 68).map((i) => [numbers[2 * i], numbers[2 * i + 1]]), target = this.parted(given);
    const awake = opened(this.landmarks, given, this.facing.slice(0, 4), this.eyelids.upper_share);
    this.motion(awake);
    this.mouth.hold(target, this.flow);
    const { flow, drawing, background, mask, lips } = this, { channels } = drawing, scale = drawing.width / UNIT;
    const bare = this.mouth.bare(target), out = this.image.data;
    for (let i = 0, pixel = 0; i < UNIT * UNIT; i++, pixel += 4) {
      const x = (i % UNIT) + flow[2 * i], y = Math.floor(i / UNIT) + flow[2 * i + 1], opacity = look(mask, x, y, 0) / 255;
      const share = bare && opacity > 0 ? bare(x, y) : 0;
      const px = (x + 0.5) * scale - 0.5, py = (y + 0.5) * scale - 0.5;
      for (let channel = 0; channel < channels; channel++) {
        let moved = opacity > 0 ? look(drawing, px, py, channel) : 0;
        if (share > 0) moved += share * (look(lips, px, py, channel) - moved);
        out[pixel + channel] = moved * opacity + background.data[i * channels + channel] * (1 - opacity);
      }
      if (channels === 1) out[pixel + 1] = out[pixel + 2] = out[pixel];
      out[pixel + 3] = 255;
    }
    this.eyelids.shut(out, flow, awake, target);
    this.mouth.colour(target, out);
    context.putImageData(this.image, 0, 0);
    this.mouth.draw(target, context);
  }
}
