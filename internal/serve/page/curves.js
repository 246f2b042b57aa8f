// Two curves: how many samples were recognised before they were learned, and how many of
// those held back are recognised.

import { $, el, soon, svg } from './dom.js';
import { hear, state } from './state.js';
import { clock, percent } from './words.js';

const most = 400; // points that are kept

const points = []; // {time, accuracy, samples, recall}, each null where it is not known
let recall = null;

export function start() {
  hear('classes', (classes, problem) => {
    if (problem) return;
    const known = classes.filter((c) => c.recall !== null && c.recall !== undefined);
    const mean = known.length ? known.reduce((sum, c) => sum + c.recall, 0) / known.length : null;
    if (mean === null || (mean === recall && points.length)) return;
    recall = mean;
    const last = points[points.length - 1];
    // What a lesson did belongs to it; what came of sleep is a point of its own.
    if (last && last.recall === null) last.recall = mean;
    else add({ time: Date.now(), accuracy: last ? last.accuracy : null, samples: last ? last.samples : 0, recall: mean });
    draw();
  });
  hear('status', (status) => {
    if (status?.accuracy?.window > 0 && points.every((p) => p.accuracy === null)) accuracy(status.accuracy, Date.now());
    draw();
  });
  window.addEventListener('resize', draw);
  draw();
}

function add(point) {
  points.push(point);
  if (points.length > most) points.shift();
}

// accuracy takes in what is known of the accuracy after a lesson. For one that is long
// past, the recall that it left is not known.
export function accuracy(a, time, past = false) {
  const last = points[points.length - 1];
  if (last && last.samples === a.samples && last.accuracy !== null) return;
  const point = { time: new Date(time).getTime(), accuracy: a.window > 0 ? a.lately : null, samples: a.samples, window: a.window, recall: null };
  if (past) {
    // Before what was learned on opening the page.
    const at = points.findIndex((p) => p.time > point.time);
    if (at < 0) add(point);
    else points.splice(at, 0, point);
  } else {
    add(point);
  }
  draw();
}

const series = [
  { of: 'accuracy', name: 'Recognised before it was learned', short: 'Before learning' },
  { of: 'recall', name: 'Recall of what was held back', short: 'Recall' },
];

export const draw = soon(paint, 60);

function paint() {
  const place = $('curve');
  const known = points.filter((p) => p.accuracy !== null || p.recall !== null);
  if (known.length === 0) {
    if (!state.status) return; // not known yet: what stands there says so
    place.replaceChildren(el('div', { class: 'empty' }, el('p', {}, 'No lessons yet.'), el('p', { class: 'quiet' }, 'Teach something, and how well it learns appears here.')));
    return;
  }
  const w = Math.max(280, place.clientWidth), h = w > 500 ? 320 : 210, left = 44, right = 14, top = 12, bottom = 26;
  const x = (i) => (known.length < 2 ? w - right : left + (i * (w - left - right)) / (known.length - 1));
  const y = (v) => top + (1 - v) * (h - top - bottom);
  const picture = svg('svg', { viewBox: `0 0 ${w} ${h}`, width: w, height: h, role: 'img', 'aria-label': inWords(known) });
  for (const v of [0, 0.25, 0.5, 0.75, 1]) {
    picture.append(svg('line', { class: 'rule', x1: left, x2: w - right, y1: y(v), y2: y(v) }),
      svg('text', { class: 'tick', x: left - 8, y: y(v) + 4, 'text-anchor': 'end' }, `${100 * v} %`));
  }
  picture.append(svg('text', { class: 'tick', x: left, y: h - 6 }, clock(known[0].time)));
  if (known.length > 1) picture.append(svg('text', { class: 'tick', x: w - right, y: h - 6, 'text-anchor': 'end' }, clock(known[known.length - 1].time)));
  for (const s of series) {
    const line = known.map((p, i) => [i, p[s.of]]).filter(([, v]) => v !== null).map(([i, v]) => [x(i), y(v)]);
    if (line.length === 0) continue;
    if (line.length > 1) picture.append(svg('polyline', { class: `curve-line ${s.of}`, points: line.map((p) => p.map((v) => v.toFixed(1)).join(',')).join(' ') }));
    const [ex, ey] = line[line.length - 1];
    picture.append(svg('circle', { class: `curve-end ${s.of}`, cx: ex, cy: ey, r: 4 }));
  }
  place.replaceChildren(legend(known), picture);
}

const newest = (known, what) => known.reduce((found, p) => (p[what] === null ? found : p[what]), null);

function legend(known) {
  return el('ul', { class: 'legend' }, ...series.map((s) => {
    const v = newest(known, s.of);
    return el('li', { class: s.of }, el('span', { class: 'key', 'aria-hidden': 'true' }), el('span', {}, s.name), el('strong', {}, v === null ? '–' : percent(v)));
  }));
}

function inWords(known) {
  return series.map((s) => {
    const values = known.map((p) => p[s.of]).filter((v) => v !== null);
    if (values.length === 0) return `${s.name}: not known yet.`;
    return `${s.name}: ${percent(values[values.length - 1])} now${values.length > 1 ? `, from ${percent(values[0])}, at least ${percent(Math.min(...values))}, at most ${percent(Math.max(...values))} over ${values.length} points` : ''}.`;
  }).join(' ');
}
