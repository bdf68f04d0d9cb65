// Arrays: ranges, cubic curves, and images that are looked at between their pixels.

export const UNIT = 256;
export const range = (first, stop) => Array.from({ length: stop - first }, (_, i) => first + i);
export const clip = (value, low, high) => Math.min(high, Math.max(low, value));
export const smooth = (ramp) => ((x) => x * x * (3 - 2 * x))(clip(ramp, 0, 1));

/** Bilinear look-up with the border repeated; image: { data, width, height, channels, left, top }. */
export function look(image, x, y, channel) {
  const { data, width, height, channels } = image;
  const cx = clip(x - (image.left ?? 0), 0, width - 1), cy = clip(y - (image.top ?? 0), 0, height - 1);
  const column = Math.min(Math.floor(cx), Math.max(width - 2, 0)), row = Math.min(Math.floor(cy), Math.max(height - 2, 0));
  const u = cx - column, v = cy - row, i = (row * width + column) * channels + channel;
  const right = width > 1 ? channels : 0, below = i + (height > 1 ? width * channels : 0);
  return (data[i] * (1 - u) + data[i + right] * u) * (1 - v) + (data[below] * (1 - u) + data[below + right] * u) * v;
}

/** `np.interp` with places in ascending order. */
export function interpolated(x, places, values) {
  const found = places.findIndex((place) => place > x), k = clip(found < 0 ? places.length : found, 1, places.length - 1);
  const share = clip((x - places[k - 1]) / (places[k] - places[k - 1]), 0, 1);
  return values[k - 1] + share * (values[k] - values[k - 1]);
}

/** Axes of eye or mouth, see `geometry/eyelids.CornerFrame`. */
export class CornerFrame {
  constructor(left, right) {
    const across = [0, 1].map((axis) => (right[axis] - left[axis]) / 2);
    this.half = Math.max(Math.hypot(...across), 1e-3);
    this.across = across.map((value) => value / this.half);
    this.down = [-this.across[1], this.across[0]];
    this.middle = [0, 1].map((axis) => (left[axis] + right[axis]) / 2);
  }
  /** Along in half-widths from the middle, down in px. */
  local(x, y) {
    const u = x - this.middle[0], v = y - this.middle[1];
    return [(u * this.across[0] + v * this.across[1]) / this.half, u * this.down[0] + v * this.down[1]];
  }
  point(along, down) {
    return [0, 1].map((axis) => this.middle[axis] + this.half * along * this.across[axis] + down * this.down[axis]);
  }
}
