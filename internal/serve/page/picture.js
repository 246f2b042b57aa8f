// Pictures from files and cameras: dark writing on light paper becomes what the model
// has learned from, light strokes on black, of the usual size and in the middle.

import { balanced, canvasOf, width } from './draw.js';

const most = 320; // pixels of the longer side that are worked on: more tells no more

// open reads a picture and returns it in grey, {grey, w, h, light}; light says that its
// edge is, as paper's is.
export async function open(file) {
  // Not through a blob's address: a bitmap heeds how the camera was held.
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  const scale = Math.min(1, most / Math.max(bitmap.width, bitmap.height));
  const w = Math.max(1, Math.round(bitmap.width * scale)), h = Math.max(1, Math.round(bitmap.height * scale));
  const c = sheet(w, h);
  c.imageSmoothingQuality = 'high';
  c.fillStyle = '#fff'; // what is see-through lies on paper
  c.fillRect(0, 0, w, h);
  c.drawImage(bitmap, 0, 0, w, h);
  bitmap.close();
  const { data } = c.getImageData(0, 0, w, h);
  const grey = new Float32Array(w * h);
  for (let i = 0; i < w * h; i++) grey[i] = 0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2];
  return { grey, w, h, light: edge(grey, w, h) > 110 };
}

// fit returns a picture in the model's size as a canvas. With paper, it is taken for dark
// writing on light paper; with centred, what is written is cut out and centred.
export function fit(picture, w, h, paper, centred) {
  const p = paper ? inked(picture) : picture;
  if (paper && centred) {
    const box = written(p);
    if (box) {
      const bold = thickened(p, box);
      return centredIn(bold, written(bold), w, h);
    }
  }
  // The middle, as much of it as has the model's shape.
  const cut = Math.min(p.w / w, p.h / h);
  return scaled(p, { x: (p.w - cut * w) / 2, y: (p.h - cut * h) / 2, w: cut * w, h: cut * h }, w, h);
}

function sheet(w, h) {
  const canvas = document.createElement('canvas');
  canvas.width = w;
  canvas.height = h;
  return canvas.getContext('2d', { willReadFrequently: true });
}

// edge is the median of the brightness along the border.
function edge(grey, w, h) {
  const rim = [];
  for (let x = 0; x < w; x++) rim.push(grey[x], grey[(h - 1) * w + x]);
  for (let y = 0; y < h; y++) rim.push(grey[y * w], grey[y * w + w - 1]);
  return rim.sort((a, b) => a - b)[rim.length >> 1];
}

// inked inverts a picture of paper: each pixel by how much darker it is than the paper
// around it, so that a shadow across the page is not taken for ink, and stretched to the
// whole range.
function inked({ grey, w, h }) {
  const around = surroundings(grey, w, h, Math.max(w, h) >> 2);
  const ink = grey.map((v, i) => Math.max(0, around[i] - v));
  const sorted = Float32Array.from(ink).sort();
  const full = Math.max(sorted[Math.floor(0.985 * (sorted.length - 1))], 0.5 * sorted[sorted.length - 1], 1);
  // Below a quarter it is the paper's grain.
  return { grey: ink.map((v) => 255 * Math.min(1, Math.max(0, (v / full - 0.25) / 0.55))), w, h };
}

// surroundings returns the mean brightness of a square around each pixel, of those in it
// that are no darker than the mean: of the paper.
function surroundings(grey, w, h, radius) {
  const plain = boxMean(grey, null, w, h, radius);
  const paper = grey.map((v, i) => (v >= plain[i] - 6 ? 1 : 0));
  return boxMean(grey, paper, w, h, radius);
}

function boxMean(grey, weight, w, h, radius) {
  const sum = new Float64Array((w + 1) * (h + 1)), count = new Float64Array((w + 1) * (h + 1));
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const at = (y + 1) * (w + 1) + x + 1, one = weight ? weight[y * w + x] : 1;
      sum[at] = one * grey[y * w + x] + sum[at - 1] + sum[at - w - 1] - sum[at - w - 2];
      count[at] = one + count[at - 1] + count[at - w - 1] - count[at - w - 2];
    }
  }
  const out = new Float32Array(w * h);
  for (let y = 0; y < h; y++) {
    const top = Math.max(0, y - radius) * (w + 1), bottom = Math.min(h, y + radius + 1) * (w + 1);
    for (let x = 0; x < w; x++) {
      const left = Math.max(0, x - radius), right = Math.min(w, x + radius + 1);
      const of = (t) => t[bottom + right] - t[top + right] - t[bottom + left] + t[top + left];
      out[y * w + x] = of(count) > 0 ? of(sum) / of(count) : grey[y * w + x];
    }
  }
  return out;
}

// written is the box around what is written: of rows and columns with more than a speck.
function written({ grey, w, h }) {
  const rows = new Float32Array(h), columns = new Float32Array(w);
  for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) if (grey[y * w + x] > 100) [rows[y], columns[x]] = [rows[y] + 1, columns[x] + 1];
  const ends = (list, speck) => [list.findIndex((n) => n > speck), list.findLastIndex((n) => n > speck)];
  const speck = Math.max(w, h) / 160;
  const [top, bottom] = ends(rows, speck), [left, right] = ends(columns, speck);
  return top < 0 || left < 0 ? null : { x: left, y: top, w: right - left + 1, h: bottom - top + 1 };
}

// thickened makes the lines of a fine pen as wide as those that are drawn here.
function thickened(p, box) {
  let area = 0, rim = 0;
  const ink = (x, y) => x >= 0 && x < p.w && y >= 0 && y < p.h && p.grey[y * p.w + x] > 100;
  for (let y = box.y; y < box.y + box.h; y++) {
    for (let x = box.x; x < box.x + box.w; x++) {
      if (!ink(x, y)) continue;
      area++;
      if (!ink(x - 1, y) || !ink(x + 1, y) || !ink(x, y - 1) || !ink(x, y + 1)) rim++;
    }
  }
  const is = (2 * area) / Math.max(rim, 1), should = width * 1.4 * Math.max(box.w, box.h);
  const radius = Math.round((should - is) / 2);
  return radius < 1 ? p : { ...p, grey: widened(p, radius) };
}

// widened gives each pixel the brightest within a circle.
function widened({ grey, w, h }, radius) {
  const out = Float32Array.from(grey);
  for (let dy = -radius; dy <= radius; dy++) {
    const reach = Math.floor(Math.sqrt(radius * radius - dy * dy));
    for (let dx = -reach; dx <= reach; dx++) {
      for (let y = Math.max(0, -dy); y < Math.min(h, h - dy); y++) {
        for (let x = Math.max(0, -dx); x < Math.min(w, w - dx); x++) {
          const v = grey[(y + dy) * w + x + dx];
          if (v > out[y * w + x]) out[y * w + x] = v;
        }
      }
    }
  }
  return out;
}

function centredIn(p, box, w, h) {
  const scale = (20 / 28) * Math.min(w / box.w, h / box.h, Math.min(w, h) / Math.max(box.w, box.h));
  const whole = { w: w / scale, h: h / scale };
  const small = scaled(p, { x: box.x + box.w / 2 - whole.w / 2, y: box.y + box.h / 2 - whole.h / 2, ...whole }, w, h);
  const { data } = small.getContext('2d').getImageData(0, 0, w, h);
  return canvasOf(balanced(Float32Array.from({ length: w * h }, (_, i) => data[4 * i]), w, h), w, h);
}

// scaled returns a part of a picture in another size: each pixel is the mean of what it
// covers, and black beyond the edge.
function scaled(p, part, w, h) {
  const out = new Float32Array(w * h);
  const n = Math.min(16, Math.max(2, Math.ceil((2 * part.w) / w))); // looks a pixel, each way
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      let sum = 0;
      for (let j = 0; j < n; j++) {
        for (let i = 0; i < n; i++) {
          const sx = Math.floor(part.x + ((x + (i + 0.5) / n) * part.w) / w), sy = Math.floor(part.y + ((y + (j + 0.5) / n) * part.h) / h);
          if (sx >= 0 && sx < p.w && sy >= 0 && sy < p.h) sum += p.grey[sy * p.w + sx];
        }
      }
      out[y * w + x] = sum / (n * n);
    }
  }
  return canvasOf(out, w, h);
}
