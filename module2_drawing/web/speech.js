// Speech → landmarks of one face, as a stream: `SpeechToLandmarks` with own weights, in the browser.

import { floats, whole } from "./networks.js";
import { FRAME_RATE, Growing, HOP, Loudness, RATE } from "./sound.js";

const LEAD = 2, ENDLESS = 2 ** 50, EVERY = 5;
const PAIRS = [[61, 67], [62, 66], [63, 65]];
const UPPER_LIDS = [37, 38, 43, 44], LOWER_LIDS = [41, 40, 47, 46];

/** Features of the encoder every 16 ms, see audio/moonshine.py. */
class Moonshine {
  constructor(encoder) {
    Object.assign(this, { encoder, ...encoder.numbers });
    this.loudness = new Loudness();
    this.sound = new Growing(new Float64Array(LEAD * this.step));
    this.heard = []; // outputs of the first convolution for frames to come, and the deviation that norms each
    this.spread = [];
    this.memory = encoder.zeros("advance", "memory");
    this.known = this.samples = this.first = this.given = 0;
    this.variance = 0.05 ** 2;
    this.count = 60;
    this.features = [];
  }
  async add(samples) {
    this.samples += samples.length;
    for (let start = 0; start < samples.length; start += 4 * RATE)
      await this.hear(this.loudness.add(samples.slice(start, start + 4 * RATE)));
    return this.read(null);
  }
  async finish() {
    await this.hear(this.loudness.finish());
    await this.hear(new Float64Array(this.reach + this.step));
    for (let i = 0; i < this.look_ahead * this.frame_step; i++) {
      this.heard.push(new Float32Array(this.width));
      this.spread.push(1);
    }
    await this.encode(this.known);
    return this.read(Math.floor(this.samples / HOP) + 1);
  }
  async hear(samples) {
    this.sound.push(samples);
    const outputs = Math.floor((this.sound.length - this.first_reach) / this.first_step) + 1;
    if (outputs <= 0) return;
    const sound = floats(Float32Array.from(this.sound.numbers), [1, this.sound.length]);
    const [{ data }] = await this.encoder.run("hear", [sound]);
    this.sound.drop(outputs * this.first_step);
    for (let i = 0; i < outputs; i++) {
      const column = Float32Array.from({ length: this.width }, (_, channel) => data[channel * outputs + i]);
      const power = column.reduce((sum, value) => sum + value ** 2, 0) / this.width;
      if (power > 0.05 ** 2 * 1e-3) {
        this.count = Math.min(this.count + 1, 1000);
        this.variance += (power - this.variance) / this.count;
      }
      this.heard.push(column);
      this.spread.push(Math.sqrt(this.variance));
    }
    await this.encode(ENDLESS);
  }
  /** All frames that are heard, of a sound of `end` frames. */
  async encode(end) {
    const length = this.heard.length, count = Math.floor((length - this.frame_reach) / this.frame_step) + 1;
    if (count <= 0) return;
    const numbers = new Float32Array(this.width * length);
    this.heard.forEach((column, i) => column.forEach((value, channel) => (numbers[channel * length + i] = value)));
    const given = [floats(numbers, [1, this.width, length]), floats(Float32Array.from(this.spread), [1, length])];
    const place = [whole(this.known), whole(end)];
    const [features, memory] = await this.encoder.run("advance", [...given, ...place, this.memory]);
    this.memory = memory;
    for (let n = Math.max(0, this.look_ahead - this.known); n < count; n++) // those before: frames before the first
      this.features.push(features.data.slice(n * this.width, (n + 1) * this.width));
    this.known += count;
    this.heard.splice(0, count * this.frame_step);
    this.spread.splice(0, count * this.frame_step);
  }
  read(total) {
    const centre = this.reach / 2 - LEAD * this.step, last = this.first + this.features.length - 1;
    const ready = last >= 0 ? Math.floor((last * this.step + centre) / HOP) + 1 : 0;
    const out = [], stop = Math.max(total ?? ready, this.given);
    for (; this.given < stop; this.given++) {
      const position = (this.given * HOP - centre) / this.step - this.first, before = Math.floor(position);
      const share = position - before, next = this.features[before + 1];
      out.push(this.features[before].map((value, i) => value * (1 - share) + next[i] * share));
    }
    const drop = Math.max(0, Math.floor((stop * HOP - centre) / this.step) - this.first);
    this.features.splice(0, drop);
    this.first += drop;
    return out;
  }
}

/** One entry of the content branch on frames that come in pieces. */
class Sequence {
  constructor(network, entry, lookAhead) {
    Object.assign(this, { network, entry, lookAhead, fed: 0 });
    this.memory = network.zeros(entry, "memory");
  }
  async feed(frames, last) {
    const end = last ? this.fed + frames.length : ENDLESS, size = this.size ?? frames[0]?.length;
    this.size = size;
    const count = frames.length + (last ? this.lookAhead : 0);
    if (!count || !size) return [];
    const numbers = new Float32Array(count * size);
    frames.forEach((frame, i) => numbers.set(frame, i * size));
    const given = [floats(numbers, [1, count, size]), whole(this.fed), whole(end), this.memory];
    const [found, memory] = await this.network.run(this.entry, given);
    this.memory = memory;
    const before = Math.max(0, this.lookAhead - this.fed), width = found.data.length / count;
    this.fed += frames.length;
    return Array.from({ length: Math.max(0, count - before) }, (_, i) =>
      found.data.slice((before + i) * width, (before + i + 1) * width));
  }
}

function randomNumbers(seed) {
  const uniform = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}

const LIMITS = [9, 9, 5.5, 0.2, 0.15, 0.1];

/** Head poses and brows, drawn by the pose generator every 80 ms and joined by a spline. */
class Head {
  constructor(network, random) {
    Object.assign(this, { network, random, waiting: [] });
    this.control = Array.from({ length: 4 }, () => new Float64Array(7));
    this.state = ["pose", "change", "memory"].map((name) => network.zeros("sample", name));
  }
  async pose(gap, jaw) {
    this.waiting.push([gap, jaw]);
    const u = this.waiting.length / EVERY;
    const weights = [(1 - u) ** 3, 3 * u ** 3 - 6 * u ** 2 + 4, -3 * u ** 3 + 3 * u ** 2 + 3 * u + 1, u ** 3];
    const pose = Array.from({ length: 7 }, (_, i) =>
      weights.reduce((sum, weight, k) => sum + (weight * this.control[k][i]) / 6, 0));
    if (this.waiting.length === EVERY) await this.advance();
    return pose;
  }
  async advance() {
    const mean = [0, 1].map((i) => this.waiting.reduce((sum, heard) => sum + heard[i], 0) / EVERY);
    const noise = Float32Array.from({ length: 7 }, () => this.random.normal());
    this.state = await this.network.run("sample", [floats(Float32Array.from(mean), [2]), floats(noise, [7]), ...this.state]);
    const pose = Float64Array.from(this.state[0].data), before = this.control[3];
    for (let i = 3; i < 6; i++) pose[i] *= 0.6;
    pose[6] *= 1.3;
    for (let i = 0; i < 6; i++) pose[i] /= (1 + (pose[i] / LIMITS[i]) ** 4) ** 0.25;
    const step = [0, 1, 2].map((i) => pose[i] - before[i]), size = Math.hypot(...step);
    const most = 1.5 * 2 * 0.9;
    if (size > most) step.forEach((part, i) => (pose[i] = before[i] + (part * most) / size));
    this.control = [...this.control.slice(1), pose];
    this.waiting = [];
  }
}

/** Closure of the eyes, frame by frame, with natural irregular intervals. */
class Blinks {
  constructor(random) {
    this.random = random;
    this.frame = 0;
    this.onset = this.interval() * (0.3 + 0.7 * random.uniform());
    this.ends = [0, 0, 0, 0];
  }
  interval() {
    return Math.max(0.5, Math.exp(Math.log(60 / 17) - 0.125 + 0.5 * this.random.normal()));
  }
  next() {
    const time = this.frame++ / FRAME_RATE;
    if (this.onset <= time) {
      const lengths = [[0.08, 0.12], [0.02, 0.06], [0.16, 0.26]].map(([a, b]) => a + (b - a) * this.random.uniform());
      this.ends = lengths.reduce((ends, length) => [...ends, ends.at(-1) + length], [this.onset]);
      this.onset += this.interval();
    }
    const [a, b, c, d] = this.ends;
    const shut = time <= a || time >= d ? 0 : time < b ? (time - a) / (b - a) : time <= c ? 1 : (d - time) / (d - c);
    return 0.5 - 0.5 * Math.cos(Math.PI * shut);
  }
}

function rotationOf(yaw, pitch, roll) {
  const [cy, cp, cr] = [yaw, pitch, roll].map((angle) => Math.cos((angle * Math.PI) / 180));
  const [sy, sp, sr] = [yaw, pitch, roll].map((angle) => Math.sin((angle * Math.PI) / 180));
  return [
    [cy * cr + sy * sp * sr, -cy * sr + sy * sp * cr, sy * cp],
    [cp * sr, cp * cr, -sp],
    [-sy * cr + cy * sp * sr, sy * sr + cy * sp * cr, cy * cp],
  ];
}

const turned = (matrix, point) => matrix.map((row) => row[0] * point[0] + row[1] * point[1] + row[2] * point[2]);

/** Pushes samples at 16 kHz, gives frames: Float64Array(136) px of 256, 25 a second. */
export class Speech {
  constructor(constants, networks, rig, { seed = 0, head = true, blinks = true } = {}) {
    const random = randomNumbers(seed), numbers = networks.content.numbers;
    Object.assign(this, { constants, rig, frame: 0, next: 0, samples: 0, kept: null });
    this.moonshine = new Moonshine(networks.encoder);
    this.shapes = new Sequence(networks.content, "advance_shapes", numbers.look_ahead);
    this.closures = new Sequence(networks.content, "advance_closures", numbers.look_ahead);
    this.head = head ? new Head(networks.pose, random) : null;
    this.blinks = blinks ? new Blinks(random) : null;
  }
  async push(samples) {
    this.samples += samples.length;
    return this.answer(await this.moonshine.add(samples), false);
  }
  async finish() {
    const given = this.next, total = Math.round((this.samples / RATE) * 25);
    const frames = await this.answer(await this.moonshine.finish(), true);
    for (; this.next < total; this.next++) frames.push(this.kept);
    return frames.slice(0, total - given);
  }
  async answer(features, last) {
    if (!features.length && !last) return [];
    const shapes = await this.shapes.feed(features, last), closures = await this.closures.feed(features, last);
    const frames = [];
    for (const [i, shape] of shapes.entries()) {
      const face = await this.face(shape, closures[i][0]);
      // At 62.5 Hz; frame j is read at j / 25 seconds.
      for (let at = this.next * 2.5; at <= this.frame; at = ++this.next * 2.5) {
        const share = this.kept ? 1 - (this.frame - at) : 1;
        frames.push(face.map((value, i) => (this.kept ? this.kept[i] * (1 - share) + value * share : value)));
      }
      this.kept = face;
      this.frame++;
    }
    return frames;
  }
  displacement(shape, closure) {
    const { basis, opening, closing, touch } = this.constants;
    const moved = new Float64Array(204);
    shape.forEach((value, k) => basis[k].forEach((number, i) => (moved[i] += value * number)));
    const gap = PAIRS.reduce((sum, [up, low]) => sum + (moved[low * 3 + 1] - moved[up * 3 + 1]) / 3, 0);
    const near = Math.min(1, Math.max(0, (closure - touch[0]) / (touch[1] - touch[0])));
    const left = gap * (1 - near * near * (3 - 2 * near));
    let closed = left;
    if (closing > 0) {
      const soft = Math.min(Math.max(left, 0), 2 * closing);
      closed = left > 2 * closing ? left - closing : left > 0 ? soft ** 2 / (4 * closing) : left;
    }
    return moved.map((value, i) => value + (closed - gap) * opening[i]);
  }
  async face(shape, closure) {
    const { rest, rotation, scale, mobility, pivot } = this.rig, moved = this.displacement(shape, closure);
    const gap = PAIRS.reduce((sum, [up, low]) => sum + (moved[low * 3 + 1] - moved[up * 3 + 1]) / 3, 0);
    const down = rotation.map((row) => row[1]);
    const points = rest.map((point, i) => {
      const own = (value, axis) => value * (i > 47 || (i < 17 && axis) ? mobility : 1);
      const shift = turned(rotation, moved.subarray(i * 3, i * 3 + 3).map(own));
      return point.map((value, axis) => value + scale * shift[axis]);
    });
    for (const [up, low] of PAIRS) {
      const across = points[low].reduce((sum, value, axis) => sum + (value - points[up][axis]) * down[axis], 0);
      if (across < 0) points[up] = points[low] = points[low].map((value, axis) => (value + points[up][axis]) / 2);
    }
    const pose = this.head ? await this.head.pose(gap, moved[8 * 3 + 1]) : new Float64Array(7);
    const shut = this.blinks ? this.blinks.next() : 0;
    for (let i = 17; i < 27; i++) points[i] = points[i].map((value, axis) => value - pose[6] * scale * down[axis]);
    UPPER_LIDS.forEach((upper, i) => {
      const lower = LOWER_LIDS[i], meeting = points[upper].map((v, axis) => 0.25 * v + 0.75 * points[lower][axis]);
      for (const lid of [upper, lower])
        points[lid] = points[lid].map((value, axis) => value + shut * (meeting[axis] - value));
    });
    const turn = rotationOf(...pose), out = new Float64Array(136);
    points.forEach((point, i) => {
      const place = turned(turn, point.map((value, axis) => value - pivot[axis]));
      for (const axis of [0, 1])
        out[2 * i + axis] = (place[axis] * (1 + pose[5]) + pivot[axis] + scale * pose[3 + axis]) / 2;
    });
    return out;
  }
}
