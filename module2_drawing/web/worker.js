// Worker: networks and speech away from the page, which draws.
import * as runtime from "./ort.wasm.min.mjs";
import { Network } from "./networks.js";
import { Speech } from "./speech.js";

self.ort = runtime;
runtime.env.wasm.wasmPaths = new URL("./", import.meta.url).href;
runtime.env.wasm.numThreads = 1; // more need a server that isolates the page

let constants, networks, rig, speech, busy = Promise.resolve();

async function load() {
  constants = await (await fetch("speech.json")).json();
  const names = Object.keys(constants.networks);
  const loaded = await Promise.all(names.map((name) => Network.load(constants.networks[name], "")));
  networks = Object.fromEntries(names.map((name, i) => [name, loaded[i]]));
}

const tasks = {
  async begin({ portrait, options }) {
    if (!networks) await load();
    rig = portrait ?? rig;
    speech = new Speech(constants, networks, rig, options);
    return { ready: true };
  },
  async push({ samples }) {
    return { frames: await speech.push(samples) };
  },
  async finish() {
    return { frames: await speech.finish(), ended: true };
  },
};

self.onmessage = ({ data }) => {
  busy = busy.then(async () => {
    try {
      self.postMessage({ job: data.job, ...(await tasks[data.task](data)) });
    } catch (error) {
      self.postMessage({ job: data.job, error: String(error?.message ?? error) });
    }
  });
};
