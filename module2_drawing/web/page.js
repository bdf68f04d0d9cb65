// Page: sound from a file or the microphone, frames as they are due.
import { Drawing, readPortrait } from "./drawing.js";
import { RATE } from "./sound.js";

const $ = (name) => document.getElementById(name);
const context = $("picture").getContext("2d"), worker = new Worker("worker.js", { type: "module" });
const FPS = 25, LATENCY = 0.4;
let drawing, rig, playing, last = [], job = 0;

/** What tests and the curious read: frames drawn, seconds that drawing and hearing took. */
export const figures = { drawn: 0, drawSeconds: 0, frames: 0, heardSeconds: 0, error: null };
window.figures = figures;

const say = (text) => ($("state").textContent = text);

function draw(frame) {
  const start = performance.now();
  drawing.draw(frame, context);
  figures.drawSeconds += (performance.now() - start) / 1000;
  figures.drawn++;
}

function ask(task, more = {}) {
  worker.postMessage({ job, task, ...more });
}

async function take(file) {
  const portrait = await readPortrait(await file.arrayBuffer());
  drawing = new Drawing(portrait);
  rig = portrait.rig;
  draw(Float64Array.from(portrait.rest.flat()));
  say("A voice makes it speak.");
}

worker.onmessage = ({ data }) => {
  if (data.job !== job) return;
  if (data.error) {
    figures.error = data.error;
    return say(data.error);
  }
  if (data.ready) playing?.ready();
  for (const frame of data.frames ?? []) playing?.frames.push(frame);
  figures.frames = playing?.frames.length ?? 0;
  if (data.frames && playing) playing.heard();
  if (data.ended && playing) playing.ended = true;
};

function begin(options) {
  stop();
  job++;
  const started = new Promise((ready) => (playing = { frames: [], shown: -1, ready, heard() {}, start: null }));
  ask("begin", { portrait: rig, options });
  say("The networks are being loaded …");
  return started;
}

function stop() {
  last = playing?.frames ?? last;
  playing?.close?.();
  playing = null;
}

function show() {
  if (playing?.start != null) {
    const index = Math.floor((playing.audio.currentTime - playing.start) * FPS);
    const due = Math.min(index, playing.frames.length - 1);
    if (due > playing.shown) draw(playing.frames[(playing.shown = due)]);
    if (playing.ended && index >= playing.frames.length) {
      stop();
      say("Done.");
    }
  }
  requestAnimationFrame(show);
}

/** Samples at 16 kHz of an encoded sound. */
async function decoded(bytes) {
  const whole = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(bytes).catch(() => {
    throw new Error("This browser cannot read the sound; choose another file.");
  });
  const mono = new OfflineAudioContext(1, Math.ceil(whole.duration * RATE), RATE), source = mono.createBufferSource();
  source.buffer = whole;
  source.connect(mono.destination);
  source.start();
  return (await mono.startRendering()).getChannelData(0);
}

export async function speak(bytes, options = {}) {
  const samples = await decoded(bytes);
  await begin(options);
  say("Listening …");
  const mine = playing, start = performance.now(), audio = new AudioContext();
  mine.audio = audio;
  mine.close = () => audio.close();
  const lead = Math.min(samples.length / RATE, 2); // of a slow machine's, so that frames are in time
  mine.heard = () => {
    figures.heardSeconds = (performance.now() - start) / 1000;
    if (mine.start != null || mine.frames.length < Math.floor((lead - LATENCY) * FPS)) return;
    const sound = audio.createBuffer(1, samples.length, RATE), source = audio.createBufferSource();
    sound.copyToChannel(samples, 0);
    source.buffer = sound;
    source.connect(audio.destination);
    mine.start = audio.currentTime + 0.05;
    source.start(mine.start);
    say("Speaking.");
  };
  for (let at = 0; at < samples.length; at += RATE / 2) ask("push", { samples: samples.slice(at, at + RATE / 2) });
  ask("finish");
}

export async function listen() {
  const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
  await begin({});
  const mine = playing, audio = new AudioContext({ sampleRate: RATE });
  await audio.audioWorklet.addModule("microphone.js");
  const source = audio.createMediaStreamSource(microphone), node = new AudioWorkletNode(audio, "microphone");
  node.port.onmessage = ({ data }) => playing === mine && ask("push", { samples: data });
  source.connect(node);
  mine.audio = audio;
  mine.close = () => {
    microphone.getTracks().forEach((track) => track.stop());
    audio.close();
  };
  // The last frame that is ready is shown: it lags the voice by what the networks look ahead.
  mine.start = audio.currentTime;
  say("Speak: the drawing follows. Press again to stop.");
}

const told = (work) => async (...given) => {
  try {
    await work(...given);
  } catch (error) {
    figures.error = String(error?.message ?? error);
    say(figures.error);
  }
};
/** The file that was chosen; without it in the input the same one can be chosen again. */
const chosen = ({ target }) => {
  const [file] = target.files;
  target.value = "";
  return file;
};
$("portrait").onchange = told((event) => take(chosen(event)));
$("sound").onchange = told(async (event) => speak(await chosen(event).arrayBuffer()));
$("microphone").onclick = told(async () => (playing?.close && playing.start != null ? stop() : listen()));
Object.assign(window, { speak: told(speak), draw, take: told(take), portrait: () => drawing, spoken: () => playing?.frames ?? last });
fetch("portrait.bin").then(async (answer) => (answer.ok ? told(take)(await answer.blob()) : say("Choose a portrait.")));
requestAnimationFrame(show);
