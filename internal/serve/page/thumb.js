// A sample to look at: a picture as pixels, a row of values as a line.

import { el, svg } from './dom.js';

export function thumb(data, words) {
  if (typeof data === 'string') return el('img', { src: data, alt: words, class: 'pixels', draggable: 'false' });
  if (!Array.isArray(data) || data.length === 0) return el('span', { class: 'pixels none' }, '–');
  const low = Math.min(...data), high = Math.max(...data), range = high - low || 1;
  const line = data.map((v, i) => `${((i + 0.5) / data.length) * 100},${94 - ((v - low) / range) * 88}`).join(' ');
  return svg('svg', { class: 'pixels', viewBox: '0 0 100 100', preserveAspectRatio: 'none', role: 'img', 'aria-label': words },
    svg('polyline', { points: line }));
}
