// Networks: graphs without weights, and weights in .safetensors files, run by ONNX Runtime.
/* global ort */

function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The tensors of a .safetensors file, {name: Float32Array}; matrices of 8 bits are scaled. */
export function readWeights(buffer) {
  const size = Number(new DataView(buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, size)));
  const found = {};
  for (const [name, about] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const [start, end] = about.data_offsets, bytes = buffer.slice(8 + size + start, 8 + size + end);
    if (about.dtype === "F32") found[name] = new Float32Array(bytes);
    else if (about.dtype === "F16") found[name] = Float32Array.from(new Uint16Array(bytes), half);
    else if (about.dtype === "U8") found[name] = Float32Array.from(new Uint8Array(bytes));
    else if (about.dtype !== "I64") throw new Error(`${name} is of type ${about.dtype}`);
  }
  for (const name of Object.keys(found)) {
    const scale = found[`${name}.scale`], zero = found[`${name}.zero`];
    if (!scale || !zero) continue;
    const columns = found[name].length / scale.length;
    found[name] = found[name].map((value, i) => {
      const row = Math.floor(i / columns);
      return (value - zero[row]) * scale[row];
    });
  }
  return found;
}

/** A network: run(entry, arrays) → arrays; numbers; zeros(entry, argument). */
export class Network {
  static async load(about, folder) {
    const get = async (file) => {
      const answer = await fetch(folder + file);
      if (!answer.ok) throw new Error(`${file}: ${answer.status}`);
      return answer.arrayBuffer();
    };
    const network = new Network();
    network.numbers = about.numbers;
    network.entries = {};
    const weights = readWeights(await get(about.weights));
    for (const [entry, graph] of Object.entries(about.entries)) {
      const bytes = (name) => new Uint8Array(weights[name].buffer, weights[name].byteOffset, weights[name].byteLength);
      const externalData = Object.keys(graph.weights).map((path) => ({ path, data: bytes(path) }));
      const options = { executionProviders: ["wasm"], externalData };
      const session = await ort.InferenceSession.create(new Uint8Array(await get(graph.file)), options);
      network.entries[entry] = { session, shapes: graph.arguments };
    }
    return network;
  }

  zeros(entry, argument) {
    const shape = this.entries[entry].shapes[argument];
    return new ort.Tensor("float32", new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);
  }

  async run(entry, tensors) {
    const { session } = this.entries[entry];
    const given = Object.fromEntries(session.inputNames.map((name, i) => [name, tensors[i]]));
    const found = await session.run(given);
    return session.outputNames.map((name) => found[name]);
  }
}

export const floats = (numbers, shape) => new ort.Tensor("float32", numbers, shape);
export const whole = (number) => new ort.Tensor("int64", BigInt64Array.of(BigInt(number)), [1]);
