// The pad that is drawn on. Strokes are kept as points, so that one can be taken back and
// all can be drawn again at the model's size with lines of the usual width.

// A stroke is about 2.2 of 28 pixels wide where digits are written, however large they
// are written.
export const width = 2.2 / 28;
const shown = 1.25 * width; // on the pad, where most write smaller than it is
const finer = 8; // times the model's size, averaged down to it

export class Pad {
  constructor(canvas, changed) {
    this.canvas = canvas;
    this.changed = changed; // called with true while a stroke is under way
    this.strokes = [];
    this.stroke = null;
    this.fresh = false; // the next stroke begins a new drawing
    canvas.addEventListener('pointerdown', (e) => this.begin(e));
    canvas.addEventListener('pointermove', (e) => this.go(e));
    for (const end of ['pointerup', 'pointercancel', 'lostpointercapture']) canvas.addEventListener(end, (e) => this.end(e));
    this.paint();
  }

  get empty() {
    return this.strokes.length === 0;
  }

  at(e) {
    const box = this.canvas.getBoundingClientRect();
    return [(e.clientX - box.left) / box.width, (e.clientY - box.top) / box.height];
  }

  begin(e) {
    if (this.stroke || (e.pointerType === 'mouse' && e.button !== 0)) return;
    e.preventDefault();
    this.canvas.setPointerCapture(e.pointerId);
    if (this.fresh) this.strokes = [];
    this.fresh = false;
    this.pointer = e.pointerId;
    this.stroke = [this.at(e)];
    this.strokes.push(this.stroke);
    this.paint();
    this.changed(true);
  }

  go(e) {
    if (!this.stroke || e.pointerId !== this.pointer) return;
    // A fast hand is seen at more points than the page is told of one by one.
    const all = e.getCoalescedEvents ? e.getCoalescedEvents() : [];
    for (const one of all.length ? all : [e]) this.stroke.push(this.at(one));
    this.paint();
    this.changed(true);
  }

  end(e) {
    if (!this.stroke || e.pointerId !== this.pointer) return;
    this.stroke = null;
    this.changed(false);
  }

  undo() {
    this.strokes.pop();
    this.fresh = false;
    this.paint();
    this.changed(false);
  }

  clear() {
    this.strokes = [];
    this.stroke = null;
    this.fresh = false;
    this.paint();
    this.changed(false);
  }

  paint() {
    const { canvas } = this;
    const c = canvas.getContext('2d');
    c.fillStyle = '#000';
    c.fillRect(0, 0, canvas.width, canvas.height);
    trace(c, this.strokes, (p) => [p[0] * canvas.width, p[1] * canvas.height], shown * canvas.width);
  }

  // picture returns the drawing in the model's size as a canvas, white on black.
  picture(w, h, centred) {
    const large = document.createElement('canvas');
    large.width = finer * w;
    large.height = finer * h;
    const c = large.getContext('2d', { willReadFrequently: true });
    c.fillRect(0, 0, large.width, large.height);
    const side = finer * Math.min(w, h);
    if (centred) trace(c, this.strokes, fitted(this.strokes, large), width * side);
    else trace(c, this.strokes, (p) => [p[0] * large.width, p[1] * large.height], shown * side);
    const grey = averaged(c.getImageData(0, 0, large.width, large.height), w, h);
    return canvasOf(centred ? balanced(grey, w, h) : grey, w, h);
  }
}

function trace(c, strokes, place, thick) {
  c.strokeStyle = c.fillStyle = '#fff';
  c.lineWidth = thick;
  c.lineCap = c.lineJoin = 'round';
  for (const stroke of strokes) {
    const points = stroke.map(place);
    c.beginPath();
    if (points.length < 2) {
      c.arc(points[0][0], points[0][1], thick / 2, 0, 2 * Math.PI);
      c.fill();
      continue;
    }
    // Through the middles of the segments, which rounds the corners of a coarse hand.
    c.moveTo(...points[0]);
    for (let i = 1; i + 1 < points.length; i++) {
      c.quadraticCurveTo(...points[i], (points[i][0] + points[i + 1][0]) / 2, (points[i][1] + points[i + 1][1]) / 2);
    }
    c.lineTo(...points[points.length - 1]);
    c.stroke();
  }
}

// fitted returns how to place the strokes so that they, with their width, fill 20 of 28
// parts of the shorter side, in the middle.
function fitted(strokes, canvas) {
  const side = Math.min(canvas.width, canvas.height);
  const xs = strokes.flat().map((p) => p[0] * side);
  const ys = strokes.flat().map((p) => p[1] * side);
  const ends = [extreme(xs), extreme(ys)];
  const room = side * (20 / 28 - width);
  // A dot stays a dot.
  const scale = Math.min(room / Math.max(ends[0][1] - ends[0][0], ends[1][1] - ends[1][0], 1), 8);
  const middle = ends.map(([low, high]) => (low + high) / 2);
  return (p) => [canvas.width / 2 + scale * (p[0] * side - middle[0]), canvas.height / 2 + scale * (p[1] * side - middle[1])];
}

const extreme = (list) => list.reduce(([low, high], v) => [Math.min(low, v), Math.max(high, v)], [Infinity, -Infinity]);

// averaged scales a picture down by a whole number, the same in every browser.
function averaged(image, w, h) {
  const out = new Float32Array(w * h);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      let sum = 0;
      for (let j = 0; j < finer; j++) for (let i = 0; i < finer; i++) sum += image.data[4 * ((y * finer + j) * image.width + x * finer + i)];
      out[y * w + x] = sum / (finer * finer);
    }
  }
  return out;
}

// balanced moves the centre of mass into the middle, by whole pixels, as far as nothing
// falls off the edge.
export function balanced(grey, w, h) {
  let mass = 0, mx = 0, my = 0, left = w, right = -1, top = h, bottom = -1;
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const v = grey[y * w + x];
      mass += v;
      mx += v * x;
      my += v * y;
      if (v > 0) [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
    }
  }
  if (mass === 0) return grey;
  const clamp = (v, low, high) => Math.min(Math.max(v, low), high);
  const dx = clamp(Math.round((w - 1) / 2 - mx / mass), -left, w - 1 - right);
  const dy = clamp(Math.round((h - 1) / 2 - my / mass), -top, h - 1 - bottom);
  const out = new Float32Array(w * h);
  for (let y = top; y <= bottom; y++) for (let x = left; x <= right; x++) out[(y + dy) * w + x + dx] = grey[y * w + x];
  return out;
}

export function canvasOf(grey, w, h) {
  const canvas = document.createElement('canvas');
  canvas.width = w;
  canvas.height = h;
  const c = canvas.getContext('2d');
  const image = c.createImageData(w, h);
  for (let i = 0; i < w * h; i++) image.data.set([grey[i], grey[i], grey[i], 255], 4 * i);
  c.putImageData(image, 0, 0);
  return canvas;
}
