// Audio worklet: the microphone in pieces of 1/16 s.
const SIZE = 1024;

class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.samples = [];
  }
  process([[channel]]) {
    if (channel) this.samples.push(...channel);
    if (this.samples.length >= SIZE) this.port.postMessage(Float32Array.from(this.samples.splice(0)));
    return true;
  }
}

registerProcessor("microphone", Microphone);
