// Player: frames as they come from the server, shown by the clock of their sound.

const HEADER = 28;
const LEAD = 0.04; // s between the arrival of sound and its playing, at least: evens out the way
const FAR = 0.25; // s of lead beyond which some is left out
const FASTER = 1.03; // that sound is played while there is more lead than was needed in the last second
const find = (id) => document.getElementById(id);
const context2d = find("drawing").getContext("2d", { alpha: false });

/** Pictures wait here for their time; sound is scheduled as it comes. */
export class Player {
  constructor(rate, fps) {
    this.audio = new AudioContext({ sampleRate: rate, latencyHint: "interactive" });
    this.gain = this.audio.createGain();
    this.gain.connect(this.audio.destination);
    this.audio.onstatechange = () => { this.base = null; };
    this.fps = fps;
    this.base = null; // context time of the server's time 0
    this.leads = []; // s, of the last second
    this.pictures = [];
    this.sounds = new Set();
    this.statistics = { shown: 0, missed: 0, latencies: [], drifts: [] };
    this.last = -1;
    this.draw();
  }

  /** s; the clock of the sound stands still until the visitor has clicked somewhere. */
  now() {
    return this.audio.state === "running" ? this.audio.currentTime : performance.now() / 1000;
  }

  async take(buffer, captured) {
    const view = new DataView(buffer);
    const number = view.getUint32(0, true), time = view.getFloat64(4, true), pushed = view.getFloat64(12, true);
    const soundBytes = view.getUint32(20, true), pictureBytes = view.getUint32(24, true);
    const samples = Float32Array.from(new Int16Array(buffer, HEADER, soundBytes / 2), (sample) => sample / 32768);
    const level = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    this.schedule(samples, level, time + 1 / this.fps - samples.length / this.audio.sampleRate);
    if (document.hidden) this.last = -1; // nobody sees it, and timers run once a second: they would pile up
    if (document.hidden || !pictureBytes) return;
    const entry = { number, time, at: Number.isNaN(pushed) ? null : captured(pushed), level };
    this.pictures.push(entry);
    entry.picture = await createImageBitmap(new Blob([new Uint8Array(buffer, HEADER + soundBytes)]));
  }

  schedule(samples, level, time) {
    const now = this.now();
    const lead = this.base === null ? -1 : this.base + time - now;
    this.leads = [...this.leads, lead].slice(-this.fps);
    if (lead < 0 || lead > FAR) [this.base, this.leads] = [now + LEAD - time, []];
    const start = this.base + time, faster = this.leads.length === this.fps && Math.min(...this.leads) > LEAD;
    if (faster) {
      const sooner = (1 - 1 / FASTER) / this.fps;
      this.base -= sooner;
      this.leads = this.leads.map((value) => value - sooner);
    }
    if (!level || this.audio.state !== "running") return;
    const sound = this.audio.createBuffer(1, samples.length, this.audio.sampleRate);
    sound.copyToChannel(samples, 0);
    const source = new AudioBufferSourceNode(this.audio, { buffer: sound, playbackRate: faster ? FASTER : 1 });
    source.connect(this.gain);
    source.onended = () => this.sounds.delete(source);
    this.sounds.add(source);
    source.start(start);
  }

  /** What waits to be heard is not heard. */
  silence() {
    for (const source of this.sounds) source.stop();
    this.sounds.clear();
  }

  /** The time of what is heard now, by the server's clock. */
  heard() {
    return this.now() - (this.audio.outputLatency || 0) - this.base;
  }

  /** Show what is due, by a timer: to ask for an animation frame repaints the page, also where nothing is due. */
  draw() {
    this.show();
    const wait = this.pictures.length ? (this.pictures[0].time - this.heard()) * 1000 : 500 / this.fps;
    setTimeout(() => this.draw(), Math.min(Math.max(wait, 1), 500 / this.fps));
  }

  show() {
    let due = null;
    const heard = this.heard();
    while (this.pictures.length && this.pictures[0].picture && this.pictures[0].time <= heard) {
      due?.picture.close();
      due = this.pictures.shift();
    }
    if (!due) return;
    const canvas = context2d.canvas;
    if (canvas.width !== due.picture.width) canvas.width = canvas.height = due.picture.width;
    context2d.drawImage(due.picture, 0, 0);
    due.picture.close();
    const kept = this.statistics;
    if (this.last >= 0) kept.missed += Math.max(0, due.number - this.last - 1);
    this.last = due.number;
    kept.shown += 1;
    // A picture is in step while its own sound is heard; how far it is from that, ms.
    keep(kept.drifts, Math.max(0, Math.abs(heard - due.time - 0.5 / this.fps) * 1000 - 500 / this.fps));
    if (due.at !== null) keep(kept.latencies, performance.now() - due.at);
    if (kept.shown % 2) wave(due.level); // a tenth of the page's work
  }
}

function keep(list, value) {
  list.push(value);
  if (list.length > 3000) list.shift();
}

export function percentile(list, share) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] : null;
}

function wave(level) {
  const high = 10 * Math.sqrt(level);
  const points = Array.from({ length: 41 }, (_, k) => {
    const swing = Math.sin(k * 0.9 + performance.now() / 90) * Math.sin((Math.PI * k) / 40);
    return `${k * 10} ${(12 + high * swing).toFixed(1)}`;
  });
  find("level").setAttribute("d", `M${points.join(" L")}`);
}
