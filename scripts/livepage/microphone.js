// Microphone: pieces of 20 ms of 16-bit samples, with the time at which each began, by the context's clock.
class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.piece = new Int16Array(Math.round(sampleRate / 50));
    this.filled = 0;
  }

  process([[channel]]) {
    if (!channel) return true;
    for (const sample of channel) {
      this.piece[this.filled++] = Math.max(-1, Math.min(1, sample)) * 32767;
      if (this.filled < this.piece.length) continue;
      this.port.postMessage(this.piece.buffer, [this.piece.buffer]);
      this.piece = new Int16Array(Math.round(sampleRate / 50));
      this.filled = 0;
    }
    return true;
  }
}
registerProcessor("microphone", Microphone);
