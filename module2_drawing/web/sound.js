// Sound at the usual level: high-pass and running loudness.
// The constants and formulas are those of module1_audio2lmk/audio.

export const RATE = 16000, HOP = 256, FRAME_RATE = RATE / HOP;
const BLOCK = 64;

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

const TARGET = -23, FLOOR = -72;

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
