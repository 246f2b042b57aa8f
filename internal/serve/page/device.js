// The device that all of it happens on.

import { $, el, trouble } from './dom.js';
import { hear, load, state } from './state.js';
import { bytes, number, plural, short, span } from './words.js';

export function start() {
  hear('device', arrange);
  hear('status', () => state.device && arrange(state.device));
}

function arrange(d, problem) {
  const place = $('device-body');
  if (problem) {
    if (!d) place.replaceChildren(trouble(problem, () => load('device', 'status')));
    return;
  }
  document.title = d.name ? `${short(d.name, 40)} – pffedge` : 'pffedge';
  const s = state.status, m = d.model;
  const heat = d.temperature === null || d.temperature === undefined ? null
    : el('span', {}, `${d.temperature.toFixed(0)} °C`, d.throttled ? el('span', { class: 'tag', 'data-level': 'strange' }, 'throttled') : null);
  place.replaceChildren(
    el('dl', { class: 'facts' },
      ...fact('Name', el('strong', {}, d.name || '–')),
      ...fact('Board', d.board),
      ...fact('Processor', d.cpu),
      ...fact('Kernels', [d.isa, d.arch].filter(Boolean).join(' · ')),
      ...fact('Cores', d.threads && d.threads !== d.cores ? `${d.cores}, ${plural(d.threads, 'thread')} used` : d.cores),
      ...fact('Temperature', heat || (d.throttled ? 'throttled' : null)),
      ...fact('Memory', d.memory?.total ? level(d.memory.total - d.memory.available, d.memory.total, `${bytes(d.memory.available)} free of ${bytes(d.memory.total)}; ${bytes(d.memory.resident)} of it this service`) : null),
      ...fact('Model', `${[m.image ? `${m.width} × ${m.height}` : m.inputs, ...(m.hidden || [])].join(' → ')}${m.int8 ? ', int8' : ''}`),
      ...fact('Parameters', m.parameters ? number(m.parameters) : null),
      ...fact('Remembered', s?.memory?.rehearses ? level(s.memory.bytes, s.memory.budget, `${plural(s.memory.samples, 'sample')}, ${bytes(s.memory.bytes)} of ${bytes(s.memory.budget)}`) : s ? 'nothing: it does not rehearse' : null),
      ...fact('Learned', s ? `${plural(s.samples, 'sample')} in this run` : null),
      ...fact('Predictions', s ? number(Object.values(s.predictions || {}).reduce((a, b) => a + b, 0)) : null),
      ...fact('Refused', s && s.refused ? plural(s.refused, 'lesson') : null),
      ...fact('Running for', span(d.uptime_seconds)),
      ...fact('Version', [d.version, d.go, d.os].filter(Boolean).join(' · '))));
}

function fact(name, value) {
  if (value === null || value === undefined || value === '') return [];
  return [el('dt', {}, name), el('dd', {}, value instanceof Node ? value : String(value))];
}

function level(part, whole, text) {
  const fill = el('span', { class: 'fill' });
  fill.style.width = `${Math.min(100, (100 * part) / Math.max(whole, 1))}%`;
  return el('span', { class: 'level' }, text, el('span', { class: 'track', 'aria-hidden': 'true' }, fill));
}
