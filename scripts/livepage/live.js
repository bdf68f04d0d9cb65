// Live page: what is heard or seen here goes to the server; its frames are shown.

import { Player, percentile } from "./player.js";

const AHEAD = 1; // s of a recording that are sent before they are played
const CAMERA_FPS = 25;
const find = (id) => document.getElementById(id);
const token = new URLSearchParams(location.search).get("token");

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
