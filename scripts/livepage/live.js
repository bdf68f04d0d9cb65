// Live page: what is heard or seen here goes to the server; its frames are shown by the clock of their sound.

const HEADER = 28;
const LEAD = 0.04; // s between the arrival of sound and its playing, at least: evens out the way
const FAR = 0.25; // s of lead beyond which some is left out
const FASTER = 1.03; // that sound is played while there is more lead than was needed in the last second
const AHEAD = 1; // s of a recording that are sent before they are played
const CAMERA_FPS = 25;
const find = (id) => document.getElementById(id);
const context2d = find("drawing").getContext("2d", { alpha: false });
const token = new URLSearchParams(location.search).get("token");

/** Pictures wait here for their time; sound is scheduled as it comes. */
class Player {
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

function percentile(list, share) {
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

let socket, player, doing = null, stopInput = () => {};
/** Times, ms, at which pieces of pushed sound began: [seconds pushed before, time]. */
let captures = [];

function captured(pushed) {
  if (pushed > sent) return null; // from before the last start
  while (captures.length > 1 && captures[1][0] <= pushed) captures.shift();
  return captures.length && captures[0][0] <= pushed + 1e-6 ? captures[0][1] + (pushed - captures[0][0]) * 1000 : null;
}

function tell(text) { find("message").textContent = text; }

function show(state, live) {
  find("state").textContent = state;
  document.body.classList.toggle("live", live);
  find("hush").disabled = !live;
  for (const [id, name] of [["speak", "voice"], ["mirror", "face"]])
    find(id).setAttribute("aria-pressed", String(doing === name));
}

function connect() {
  socket = new WebSocket(`${location.protocol.replace("http", "ws")}//${location.host}/live?token=${token}`);
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => {
    if (data instanceof ArrayBuffer) return player?.take(data, captured);
    const message = JSON.parse(data);
    if (doing && message.type === "error") stop(); // another moves the face: nobody hears this one
    tell(message.message ?? "");
    if (message.type === "error") return;
    player ??= new Player(message.rate, message.fps);
    player.base = null;
    player.gain.gain.value = find("aloud").checked ? 1 : 0;
    show("at rest", false);
  };
  socket.onclose = ({ reason }) => {
    stop();
    if (reason) tell(reason);
    show("away; trying again", false);
    setTimeout(connect, 1500);
  };
}

let sent = 0; // s of sound since the last start

function pushSound(buffer, rate) {
  if (socket.readyState !== WebSocket.OPEN) return;
  const seconds = buffer.byteLength / 2 / rate;
  captures.push([sent, performance.now() - seconds * 1000]);
  if (captures.length > 3000) captures.shift();
  sent += seconds;
  socket.send(buffer);
}

function start(mode, name, rate) {
  doing = name;
  [sent, captures, player.statistics.latencies] = [0, [], []];
  tell("");
  socket.send(JSON.stringify({ type: "start", mode, rate, realtime: name === "voice" }));
  show({ voice: "listening", face: "watching", recording: "speaking" }[name], true);
}

function stop() {
  stopInput();
  stopInput = () => {};
  if (doing && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: "idle" }));
  doing = null;
  show("at rest", false);
}

async function borrow(wanted) {
  if (!navigator.mediaDevices) throw new Error("browsers lend microphone and camera to https pages alone");
  const stream = await navigator.mediaDevices.getUserMedia(wanted);
  for (const track of stream.getTracks()) track.onended = () => { stop(); tell("The device was taken away."); };
  return stream;
}

async function lendVoice() {
  const stream = await borrow({ audio: { echoCancellation: true } });
  const audio = player.audio;
  await audio.audioWorklet.addModule("microphone.js");
  const from = audio.createMediaStreamSource(stream);
  const worklet = new AudioWorkletNode(audio, "microphone", { numberOfOutputs: 0 });
  worklet.port.onmessage = ({ data }) => pushSound(data, audio.sampleRate);
  start("speech", "voice", audio.sampleRate);
  from.connect(worklet);
  stopInput = () => {
    worklet.port.onmessage = null; // what is on its way came too late
    from.disconnect();
    stream.getTracks().forEach((track) => track.stop());
  };
}

async function lendFace() {
  const wanted = { video: { width: 480, height: 360, frameRate: CAMERA_FPS, facingMode: "user" } };
  const stream = await borrow(wanted);
  const video = find("camera");
  video.srcObject = stream;
  await video.play();
  const scale = Math.min(1, 640 / Math.max(video.videoWidth, video.videoHeight)); // some give more than is wanted
  const canvas = new OffscreenCanvas(scale * video.videoWidth, scale * video.videoHeight);
  const painter = canvas.getContext("2d");
  painter.setTransform(-scale, 0, 0, scale, canvas.width, 0); // as in a looking glass
  start("camera", "face");
  const timer = setInterval(async () => {
    if (socket.bufferedAmount > 100000) return; // the newest picture counts; none waits
    painter.drawImage(video, 0, 0);
    const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.8 });
    if (doing === "face" && socket.readyState === WebSocket.OPEN) socket.send(blob);
  }, 1000 / CAMERA_FPS);
  stopInput = () => { clearInterval(timer); stream.getTracks().forEach((track) => track.stop()); };
}

async function playRecording(file) {
  const sound = await player.audio.decodeAudioData(await file.arrayBuffer());
  const rate = sound.sampleRate, whole = sound.getChannelData(0), began = performance.now();
  find("aloud").checked = true;
  player.gain.gain.value = 1;
  start("speech", "recording", rate);
  let place = 0;
  const timer = setInterval(() => {
    while (place < whole.length && place / rate < (performance.now() - began) / 1000 + AHEAD) {
      const piece = whole.subarray(place, place + rate / 10);
      pushSound(Int16Array.from(piece, (sample) => Math.max(-1, Math.min(1, sample)) * 32767).buffer, rate);
      place += piece.length;
    }
    if ((performance.now() - began) / 1000 > whole.length / rate + 1.5) stop();
  }, 50);
  stopInput = () => clearInterval(timer);
}

function hush() {
  const was = doing;
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: "interrupt" }));
  player.silence();
  if (was) stop();
}

let starting = false; // a second click, while a device is asked for, would borrow it twice
async function run(action) {
  if (!player || starting) return;
  starting = true;
  if (doing) stop();
  try {
    await player.audio.resume();
    await action();
  } catch (error) {
    stop();
    tell(`This cannot be used: ${error.message}`);
  }
  starting = false;
}

find("speak").onclick = () => (doing === "voice" ? stop() : run(lendVoice));
find("mirror").onclick = () => (doing === "face" ? stop() : run(lendFace));
find("recording").onchange = ({ target }) => {
  const file = target.files[0];
  target.value = ""; // or the same one could not be chosen again
  if (file) run(() => playRecording(file));
};
find("hush").onclick = hush;
find("aloud").onchange = ({ target }) => { player.audio.resume(); player.gain.gain.value = target.checked ? 1 : 0; };
setInterval(() => {
  if (!player) return;
  // A recording is sent ahead: how long ago says nothing there.
  const delay = doing === "voice" ? percentile(player.statistics.latencies, 0.95) : null;
  const latency = delay === null ? "" : ` · ${Math.round(delay)} ms behind you`;
  find("figures").textContent = `${rate()} frames/s${latency}`;
}, 1000);
let before = [0, performance.now()];
function rate() {
  const now = [player.statistics.shown, performance.now()];
  const frames = ((now[0] - before[0]) * 1000) / (now[1] - before[1]);
  before = now;
  return Math.round(frames);
}
window.live = { get player() { return player; }, get doing() { return doing; }, percentile, hush };
show("connecting", false);
connect();
