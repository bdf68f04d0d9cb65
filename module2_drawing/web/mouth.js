// Mouth: what no motion of a portrait shows; `rendering/mouth.py`, `bare_lips.py`, `open_lips.py`, `shut_lips.py` and `oral_cavity.py` in the browser.
import { clip, CornerFrame, interpolated, look, range, UNIT } from "./arrays.js";

const UPPER_EDGE = [60, 61, 62, 63, 64, 67, 66, 65], LOWER_EDGE = [60, 67, 66, 65, 64, 61, 62, 63];
const far = (points, a, b) => Math.hypot(points[a][0] - points[b][0], points[a][1] - points[b][1]);
const opening = (points) => far(points, 62, 66) / Math.max(far(points, 48, 54), 1e-9);

export class Mouth {
  /** portrait: landmarks, spline, mouth (numbers of `rendering`), drawing, lips and cavity (images). */
  constructor(portrait) {
    Object.assign(this, portrait.mouth); // inside, arc, line, meeting_edge, margin, ahead, taper, edge, kept, …
    this.spline = portrait.spline;
    this.cavity = portrait.cavity;
    this.openingAtRest = opening(portrait.landmarks);
    this.own = this.cavity && this.openingAtRest > this.shows_teeth; // the cavity begins with what the photo shows
    this.lips = new CornerFrame(portrait.landmarks[60], portrait.landmarks[64]);
    this.last = this.spline.length - 1;
    this.places = range(0, this.spline.length).map((i) => (2 * i) / this.last - 1);
    const [top, low] = this.heights(this.lips, portrait.landmarks);
    this.middle = top.map((value, i) => (value + low[i]) / 2);
    this.reach = top.map((value, i) => (low[i] - value) / 2 + this.around_line);
  }
  curve(points) {
    return this.spline.map((weights) => [0, 1].map((axis) => weights.reduce((sum, w, i) => sum + w * points[i][axis], 0)));
  }
  edges(target) {
    return [UPPER_EDGE, LOWER_EDGE].map((edge) => this.curve(edge.map((i) => target[i])));
  }
  heights(lips, target) {
    return this.edges(target).map((edge) => {
      const local = edge.map(([x, y]) => lips.local(x, y)), at = local.map((pair) => pair[0]), down = local.map((pair) => pair[1]);
      return this.places.map((place) => interpolated(place, at, down));
    });
  }
  /** Keep what is between open lips from being stretched by a flow (256, 256, 2); see `open_lips.OpenLips.moved`. */
  hold(target, flow) {
    this.opens = [];
    if (!this.kept) return;
    const { height, lower, dark, teeth, seam, within, least, depth, least_paper, edge_kept, most_squeezed } = this.kept, edges = this.edges(target), down = edges.flat().map((point) => point[1]);
    const left = Math.ceil(target[60][0]), right = Math.floor(target[64][0]), wide = target[64][0] - target[60][0];
    if (left < 0 || right >= UNIT || right - left < 2 || Math.min(...down) < 1 || Math.max(...down) > UNIT - 3) return;
    const before = { data: flow.slice(), width: UNIT, height: UNIT, channels: 2 }, places = height.map((_, i) => (2 * i) / (height.length - 1) - 1);
    const columns = range(left, right).map((x) => {
      const across = (2 * (x - target[60][0])) / wide - 1;
      const [top, under] = edges.map((edge) => interpolated(x, edge.map((point) => point[0]), edge.map((point) => point[1])));
      const [whole, below, stroke] = [height, lower, dark].map((values) => interpolated(across, places, values));
      const gap = Math.max(under - top, 0), held = Math.min(edge_kept, gap / 2, whole / 2);
      const squeezed = gap < whole ? clip((whole - 2 * held) / Math.max(gap - 2 * held, 1e-3), 1, most_squeezed) : 1;
      const reach = below > held ? held + (below - held) / squeezed : below;
      for (let y = Math.floor(top) + 1; y < under; y++) {
        const lower = under - y < reach, edge = lower ? under : top, away = Math.abs(edge - y), i = (y * UNIT + x) * 2;
        const more = Math.max(away - held, 0) * (squeezed - 1);
        flow[i] = look(before, x, edge, 0);
        flow[i + 1] = look(before, x, edge, 1) + (lower ? -more : more);
      }
      const more = Math.max(gap - whole, 0), over = Math.min(more, seam);
      return { x, more, begins: top + whole - stroke - over, opened: more + 2 * over };
    });
    if (Math.max(...columns.map(({ more }) => more)) < least) return;
    const most = Math.max(...columns.map(({ opened }) => opened)), room = (1 - depth[1]) * most - (depth[0] * columns.length) / 2;
    const paper = teeth ? clip(2 * (room - least_paper), 0, Math.max(room, 0)) / most : 0;
    const rim = (share) => columns.map(({ x, begins, opened }) => [x, begins + share * opened]);
    const above = columns.map(({ x, begins, opened }) => [x, begins + Math.max(opened - 2 * seam - within, 0)]);
    if (paper) this.opens.push([[...rim((1 - paper) / 2), ...above.reverse()], [255, 255, 255]]);
    this.opens.push([[...rim(0), ...rim(1 - paper).reverse()], this.seam]);
  }
  /** Share of the lips that have met. */
  met(target) {
    if (this.kept) return opening(target) < this.one_line ? 1 : 0;
    return this.openingAtRest > this.shows_teeth ? clip((0.05 - opening(target)) / 0.03, 0, 1) : 0;
  }
  /** Share by which painted lips have given way to bare ones as they shut over teeth. */
  bareStrength(target) {
    return clip((Math.min(this.bare_from[0], this.bare_from[1] * this.openingAtRest) - opening(target)) / this.bare_within, 0, 1);
  }
  /** Whether a place of the portrait at rest is of lips that have met, 0 … 1. */
  meeting(x, y, met) {
    const away = Math.abs(this.lips.local(x, y)[0]) * this.lips.half;
    return clip((away - (1 - met) * (this.lips.half + this.around)) / this.meeting_edge + met, 0, 1);
  }
  /** What says where the portrait at rest gives way to its bare lips, or null; see `bare_lips.bare_share`. */
  bare(target) {
    const met = this.met(target), parted = this.openingAtRest > this.shows_teeth ? 0 : this.share(target);
    if (this.own) {
      const strength = this.bareStrength(target);
      return strength > 0 ? () => strength : null;
    }
    if (met > 0) return (x, y) => this.meeting(x, y, met);
    if (parted <= 0) return null;
    return (x, y) => {
      const [across, down] = this.lips.local(x, y);
      if (Math.abs(across) > 1 || Math.abs(down) > this.lips.half) return 0;
      const [middle, reach] = [this.middle, this.reach].map((edge) => interpolated(across, this.places, edge));
      return clip(Math.abs(down - middle) - (1 - parted) * reach + parted, 0, 1);
    };
  }
  share(target) {
    return clip((opening(target) - Math.max(this.openingAtRest, 0.02) - 0.02) / 0.04, 0, 1);
  }
  /** The inside of a mouth in colour, into RGBA (256, 256). */
  colour(target, out) {
    const { own } = this, moved = Math.min(Math.abs(opening(target) - this.openingAtRest) / this.own_within, 1);
    const share = own ? moved : this.share(target), kept = own ? (1 - this.bareStrength(target)) * this.own_edge : 0;
    if (!this.cavity || share <= 0) return;
    const { inside, cavity, places } = this, lips = new CornerFrame(target[60], target[64]);
    const [top, low] = this.heights(lips, target), least = Math.min(...top);
    const gap = Math.max(...low.map((value, i) => value - top[i]));
    const blunt = places.map((t) => Math.sqrt(Math.max(0, 1 - Math.abs(t / inside.width) ** inside.bluntness)));
    const begins = top.map((value) => value + (own ? 0 : inside.flatness * (least - value)));
    const depth = share * ((inside.depth + inside.deeper * opening(target)) * gap + inside.line);
    const ends = own ? low : begins.map((value, i) => value + depth * blunt[i]);
    const uncovered = own ? this.teeth_height : Math.min((this.shown_teeth[0] * gap) / lips.half, this.shown_teeth[1]);
    const arc = this.arc.map((weights) => weights.reduce((sum, w, i) => sum + w * begins[i], 0));
    const all = [...this.edges(target)].flat(), room = 2;
    const [from, to] = [Math.min, Math.max].map((limit, k) =>
      [0, 1].map((axis) => clip(Math.floor(limit(...all.map((point) => point[axis]))) + (k ? room : -room), 0, UNIT - 1)));
    for (let y = from[1]; y <= to[1]; y++) {
      for (let x = from[0]; x <= to[0]; x++) {
        const [across, down] = lips.local(x, y), upper = interpolated(across, places, begins), lower = interpolated(across, places, ends);
        const begun = down - upper + 0.5 - Math.min(kept, (lower - upper) / 4);
        const opacity = (own ? moved : 1) * clip(Math.min(begun, lower + kept - down + 0.5, lower - upper), 0, 1);
        if (opacity <= 0 || (own && Math.abs(across) >= 1)) continue;
        const stands = (arc[0] * across + arc[1]) * across + arc[2];
        const u = (across - this.cavity_left) * this.cavity_half - 0.5;
        const v = (this.teeth_height - uncovered + (down - stands) / lips.half - this.cavity_top) * this.cavity_half - 0.5;
        const shade = own ? 1 : 1 - this.shade[0] * clip(1 - (down - upper) / (this.shade[1] * lips.half), 0, 1);
        const dark = own ? this.narrow[0] * clip(1 - (lower - upper) / this.narrow[1], 0, 1) : 0;
        for (const channel of [0, 1, 2]) {
          const i = (y * UNIT + x) * 4 + channel;
          const seen = look(cavity, u, v, channel) * shade;
          out[i] = out[i] + opacity * (seen + dark * (this.seam[channel] - seen) - out[i]);
        }
      }
    }
  }
  /** What is drawn over a frame: ink and paper of an opening mouth, or the line of one that shuts over teeth. */
  draw(target, context) {
    const fill = (points, [r, g, b], alpha = 1) => {
      context.beginPath();
      for (const [x, y] of points) context.lineTo(x + 0.5, y + 0.5);
      context.closePath();
      context.fillStyle = `rgba(${r},${g},${b},${alpha})`;
      context.fill();
    };
    for (const [outline, tone] of this.opens) fill(outline, tone);
    const [upper, lower] = this.edges(target), share = this.share(target), met = this.met(target);
    if (this.own) {
      const strength = this.bareStrength(target); // the line between lips begins as an edge of the upper one
      if (strength > 0) for (const side of [1, -1]) fill(this.line(upper, upper, target[side > 0 ? 48 : 54], side, 1), this.seam, strength);
      return;
    }
    if (met > 0) for (const side of [1, -1]) fill(this.line(upper, lower, target[side > 0 ? 48 : 54], side, met), this.seam);
    if (share <= 0 || this.kept) return;
    if (this.cavity) return fill(this.upperLine(target, share), this.seam);
    const { paper, dark } = this.opened(target, share);
    for (const outline of paper) fill(outline, [255, 255, 255]);
    for (const outline of dark) fill(outline, this.seam);
  }
  /** Half of the line between shut lips, from a corner on. */
  line(upper, lower, corner, side, met) {
    const middle = upper.map((point, i) => point.map((value, axis) => (value + lower[i][axis]) / 2));
    const gaps = upper.map(([x, y], i) => (this.kept ? this.gap * Math.hypot(lower[i][0] - x, lower[i][1] - y) : 0));
    const taper = this.kept ? this.teeth_taper : this.taper;
    const reach = Math.min(this.ahead * met, this.overlap), half = this.places.map((_, i) => -1 + (reach * i) / this.last);
    const points = half.map((t) => [0, 1].map((axis) => interpolated(side * t, this.places, middle.map((point) => point[axis]))));
    const out = corner.map((value, axis) => value - points[0][axis]), long = Math.max(Math.hypot(...out), 1e-6);
    const along = [points[0].map((value, axis) => value + out[axis] * (this.kept ? 1 : Math.min(1, this.margin / long))), ...points];
    const aside = along.map((_, i) => {
      const before = along[Math.max(i - 1, 0)], after = along[Math.min(i + 1, along.length - 1)];
      const way = [0, 1].map((axis) => after[axis] - before[axis]), norm = Math.max(Math.hypot(...way), 1e-6);
      const place = half[Math.max(i - 1, 0)], gap = i ? interpolated(side * place, this.places, gaps) : 0;
      const width = (this.kept ? this.teeth_edge : this.edge) * (1 - taper * place ** 2) + gap;
      return [(-way[1] / norm) * width / 2, (way[0] / norm) * width / 2];
    });
    const moved = (sign) => along.map((point, i) => point.map((value, axis) => value + sign * aside[i][axis]));
    return [...moved(1), ...moved(-1).reverse()];
  }
  /** The line above an inside in colour, see `mouth.coloured_inside`. */
  upperLine(target, share) {
    const { places } = this, lips = new CornerFrame(target[60], target[64]), [top] = this.heights(lips, target), least = Math.min(...top);
    const edge = (width) => places.map((t, i) => {
      const begins = top[i] + this.inside.flatness * (least - top[i]);
      return lips.point(t, begins + share * width * Math.sqrt(1 - Math.abs(t) ** this.lower[1]));
    });
    return [...edge(-this.upper_line[0]), ...edge(this.upper_line[1]).reverse()];
  }
  /** The outlines of paper and ink between open lips, see `mouth.inner_mouth`. */
  opened(target, share) {
    const { places } = this, lips = new CornerFrame(target[60], target[64]), [top, low] = this.heights(lips, target);
    const band = (from, to) => [...places.map((t, i) => lips.point(t, from[i])), ...places.map((t, i) => lips.point(t, to[i])).reverse()];
    const mixed = (from, to, part) => from.map((value, i) => value + part * (to[i] - value));
    const step = (2 * lips.half) / this.last, [width, taper, least] = this.lower, [stroke, deeper, below] = this.ink;
    const steep = low.map((_, i) => {
      const before = Math.max(i - 1, 0), after = Math.min(i + 1, this.last);
      return Math.hypot(1, (low[after] - low[before]) / (step * (after - before)));
    });
    const edge = low.map((value, i) => value - width * steep[i] * (1 - Math.abs(places[i]) ** taper));
    const line = band(mixed(low, edge, share), low);
    if (this.openingAtRest > this.shows_teeth) return { paper: [], dark: [line] };
    const depth = stroke * lips.half + deeper * Math.max(...low.map((value, i) => value - top[i]));
    const blunt = places.map((t) => Math.sqrt(Math.max(0, 1 - Math.abs(t) ** this.blunt)));
    const ends = top.map((value, i) => {
      const end = value + depth * blunt[i], between = edge[i] - end;
      return Math.max(end, edge[i] - Math.max(0, Math.min(between, 2 * between - 2 * least)));
    });
    const begins = edge.map((value, i) => (ends[i] < value ? ends[i] - 0.5 : value));
    const first = edge.map((value, i) => (value + low[i]) / 2 + this.corner[0] * lips.half * Math.max(0, Math.abs(places[i]) - this.corner[1]));
    const last = low.map((value, i) => Math.max(value + below * lips.half * steep[i] * blunt[i], first[i]));
    const paper = [band(mixed(last, first, share), last), band(mixed(edge, begins, share), edge)];
    const above = top.map((value, i) => value - this.above_lip * share * blunt[i]);
    return { paper, dark: [line, band(above, mixed(top, ends, share))] };
  }
}
