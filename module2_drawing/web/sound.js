// Sound as features: high-pass, running loudness, log-mel with its running normalisation.
// The constants and formulas are those of module1_audio2lmk/audio.

export const RATE = 16000, HOP = 256, FRAME_RATE = RATE / HOP;
const FFT = 1024, HALF = FFT / 2, BANDS = 80, BLOCK = 64;

export class Growing {
  // Numbers that are appended at the end and dropped at the beginning.
  constructor(numbers = new Float64Array(0)) {
    this.numbers = Float64Array.from(numbers);
  }
  get length() {
    return this.numbers.length;
  }
  push(more) {
    const all = new Float64Array(this.numbers.length + more.length);
    all.set(this.numbers);
    all.set(more, this.numbers.length);
    this.numbers = all;
  }
  drop(count) {
    this.numbers = this.numbers.slice(count);
  }
}

export class HighPass {
  constructor() {
    const warped = Math.tan((Math.PI * 30) / RATE);
    this.pairs = [0.5 / Math.cos(Math.PI / 5), 0.5 / Math.cos((2 * Math.PI) / 5)].map((quality) => {
      const scale = 1 / (1 + warped / quality + warped ** 2);
      return [scale, 2 * (warped ** 2 - 1) * scale, (1 - warped / quality + warped ** 2) * scale, 0, 0];
    });
    this.single = [1 / (1 + warped), (warped - 1) / (1 + warped), 0];
  }
  filter(samples) {
    return Float64Array.from(samples, (sample) => {
      for (const pair of this.pairs) {
        const [scale, first, second] = pair, out = scale * sample + pair[3];
        pair[3] = -2 * scale * sample - first * out + pair[4];
        pair[4] = scale * sample - second * out;
        sample = out;
      }
      const [scale, pole] = this.single, out = scale * sample + this.single[2];
      this.single[2] = -scale * sample - pole * out;
      return out;
    });
  }
}

const TARGET = -23, FLOOR = -72, RAISE = 10 ** ((-20 - TARGET) / 20);

export class Loudness {
  constructor() {
    this.highpass = new HighPass();
    this.waiting = new Growing();
    this.power = this.count = this.smooth = this.gain = 0;
    this.peak = FLOOR;
  }
  add(samples) {
    this.waiting.push(this.highpass.filter(samples));
    const ready = Math.floor(this.waiting.length / BLOCK) * BLOCK;
    const out = this.scaled(this.waiting.numbers.subarray(0, ready));
    this.waiting.drop(ready);
    return out;
  }
  finish() {
    const rest = this.waiting.length, padded = new Float64Array(rest ? BLOCK : 0);
    padded.set(this.waiting.numbers);
    this.waiting = new Growing();
    return this.scaled(padded).slice(0, rest);
  }
  scaled(samples) {
    const out = new Float64Array(samples.length);
    for (let start = 0; start < samples.length; start += BLOCK) {
      let power = 0;
      for (let i = 0; i < BLOCK; i++) power += samples[start + i] ** 2 / BLOCK;
      const before = this.gain;
      this.gain = this.gainOf(power);
      for (let i = 0; i < BLOCK; i++)
        out[start + i] = samples[start + i] * (before + ((this.gain - before) * (i + 1)) / BLOCK);
    }
    return out;
  }
  gainOf(power) {
    this.smooth += 0.2 * (power - this.smooth);
    const level = 10 * Math.log10(Math.max(this.smooth, 1e-12));
    if (level > this.peak + 15) this.count = 0;
    this.peak = Math.max(level, this.peak - (2 * BLOCK) / RATE, FLOOR);
    if (level > this.peak - 30) {
      this.count = Math.min(this.count + 1, (4 * RATE) / BLOCK);
      this.power += (power - this.power) / this.count;
    }
    return 10 ** (TARGET / 20) / Math.sqrt(Math.max(this.power, 10 ** (FLOOR / 10)));
  }
}

const WINDOW = Float64Array.from({ length: FFT }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / FFT));
const COS = Float64Array.from({ length: FFT / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / FFT));
const SIN = Float64Array.from({ length: FFT / 2 }, (_, i) => -Math.sin((2 * Math.PI * i) / FFT));

/** Magnitudes (513) of a windowed frame of 1024 samples; radix 2, in place. */
function magnitudes(frame) {
  const re = new Float64Array(FFT), im = new Float64Array(FFT);
  for (let i = 0, j = 0; i < FFT; i++) {
    re[j] = frame[i] * WINDOW[i];
    let bit = FFT >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j |= bit;
  }
  for (let size = 2; size <= FFT; size *= 2) {
    const step = FFT / size;
    for (let start = 0; start < FFT; start += size) {
      for (let k = 0; k < size / 2; k++) {
        const a = start + k, b = a + size / 2, c = COS[k * step], s = SIN[k * step];
        const x = re[b] * c - im[b] * s, y = re[b] * s + im[b] * c;
        re[b] = re[a] - x;
        im[b] = im[a] - y;
        re[a] += x;
        im[a] += y;
      }
    }
  }
  return Float64Array.from({ length: HALF + 1 }, (_, i) => Math.hypot(re[i], im[i]));
}

class Normaliser {
  constructor(mean, deviation) {
    this.level = mean.reduce((a, b) => a + b) / BANDS;
    this.shape = mean.map((value) => value - this.level);
    this.variance = deviation.map((value) => value ** 2);
    this.peak = this.level + 0.12;
    this.levelCount = 0.25 * FRAME_RATE;
    this.shapeCount = 4 * FRAME_RATE;
  }
  next(frame) {
    const level = frame.reduce((a, b) => a + b) / BANDS;
    this.peak = Math.max(level, this.peak - 0.02 / FRAME_RATE, 0.3);
    if (level >= this.peak - 0.35) {
      this.levelCount = Math.min(this.levelCount + 1, 8 * FRAME_RATE);
      this.level += (level - this.level) / this.levelCount;
      this.shapeCount = Math.min(this.shapeCount + 1, 30 * FRAME_RATE);
      for (let i = 0; i < BANDS; i++) {
        this.shape[i] += (frame[i] - level - this.shape[i]) / this.shapeCount;
        const deviation = frame[i] - this.level - this.shape[i];
        this.variance[i] += (deviation ** 2 - this.variance[i]) / this.shapeCount;
      }
    }
    return frame.map((value, i) => (value - this.level - this.shape[i]) / Math.sqrt(this.variance[i]));
  }
}

/** The mel of a sound whose loudness is levelled first: add(samples), finish() → frames of 80 numbers. */
export class LevelMel {
  constructor({ mean, deviation, bands }) {
    this.bands = bands; // of each: first bin and weights
    this.loudness = new Loudness();
    this.highpass = new HighPass();
    this.normaliser = new Normaliser(mean, deviation);
    this.buffer = new Growing();
    this.started = false;
  }
  add(samples) {
    return this.frames(this.loudness.add(samples), false);
  }
  finish() {
    return this.frames(this.loudness.finish(), true);
  }
  frames(levelled, last) {
    const raised = this.highpass.filter(Float64Array.from(levelled, (x) => RAISE * x));
    this.buffer.push(raised.map((x) => 0.95 * x));
    if (!this.started) {
      if (this.buffer.length <= HALF) return [];
      const lead = this.buffer.numbers.slice(1, HALF + 1).reverse(), all = this.buffer.numbers;
      this.buffer = new Growing(lead);
      this.buffer.push(all);
      this.kept = 0; // samples before the next frame's first one
      this.started = true;
    }
    if (last) this.buffer.push(this.buffer.numbers.slice(-HALF - 1, -1).reverse());
    const found = [];
    while (this.buffer.length - this.kept >= FFT) {
      const spectrum = magnitudes(this.buffer.numbers.subarray(this.kept, this.kept + FFT));
      const frame = this.bands.map(([first, weights]) => {
        let sum = 0;
        for (let i = 0; i < weights.length; i++) sum += spectrum[first + i] * weights[i];
        return (20 * Math.log10(Math.max(1e-5, sum)) - 16 + 100) / 100;
      });
      found.push(this.normaliser.next(frame));
      this.kept += HOP;
    }
    const drop = Math.max(0, this.kept - HOP);
    this.buffer.drop(drop);
    this.kept -= drop;
    return found;
  }
}
