// Teaching the sample at hand, or those collected, and what that did.

import { api, key } from './api.js';
import { $, el, same, say, show } from './dom.js';
import { clear, current, taught } from './input.js';
import { predicted } from './predict.js';
import { hear, load, names, state } from './state.js';
import { thumb } from './thumb.js';
import { harm, plural, points, seconds, short } from './words.js';

let tray = [];
let onShow = []; // what the tray on the page holds
let wrong = false; // the next class chosen is a correction
let busy = false;

const trayMost = 64;

export function start() {
  $('right').addEventListener('click', () => lesson({ name: predicted().class, known: true }));
  $('wrong').addEventListener('click', () => {
    wrong = !wrong;
    arrange();
    if (wrong) $('choices').querySelector('button:not([disabled])')?.focus();
  });
  $('teach-new').addEventListener('input', arrange);
  $('teach-form').addEventListener('submit', (e) => {
    e.preventDefault();
    const name = $('teach-new').value.trim();
    if (name && samples().length && !busy) lesson({ name, known: names().includes(name), typed: true });
  });
  $('collect').addEventListener('click', () => {
    tray.push(current());
    clear();
    arrange();
    say(`${plural(tray.length, 'sample')} collected.`);
  });
  $('tray-clear').addEventListener('click', () => {
    tray = [];
    arrange();
    $('collect').focus();
  });
  hear('classes', arrange);
  arrange();
}

// samples are what the next lesson is about: those collected and what is on show.
function samples() {
  return current() ? [...tray, current()] : tray;
}

// arrange shows what can be done now.
export function arrange() {
  const n = samples().length, p = predicted();
  const one = n === 1 && tray.length === 0;
  if (!one || !p) wrong = false;
  $('right').disabled = busy || !one || !p;
  $('wrong').disabled = busy || !one || !p;
  $('wrong').setAttribute('aria-pressed', wrong);
  $('right-text').textContent = one && p ? `Right, ${short(p.class, 16)}` : 'Right';
  show($('judge'), tray.length === 0);
  $('teach-ask').textContent = wrong ? `It is no ${short(p.class, 16)}, it is` : n > 1 ? `Teach ${plural(n, 'sample')} as` : n === 1 ? 'Teach this as' : 'Teach what you show as';
  $('teach-ask').classList.toggle('strong', wrong);
  choices(n);
  const name = $('teach-new').value.trim();
  $('teach-new-button').disabled = busy || n === 0 || name === '';
  $('teach-new-button').textContent = wrong ? 'Correct' : 'Teach';
  $('collect').disabled = busy || !current() || tray.length >= trayMost;
  show($('tray-clear'), tray.length > 0);
  $('tray-text').textContent = tray.length === 0 ? 'Gather several, then teach them at once.' : `${plural(tray.length, 'sample')} collected`;
  show($('tray'), tray.length > 0);
  if (same(tray, onShow)) return;
  onShow = [...tray];
  $('tray').replaceChildren(...tray.map((sample, i) =>
    el('li', {}, el('button', { type: 'button', 'aria-label': `Sample ${i + 1}: take it out`, title: 'Take it out', on: { click: () => takeOut(i) } }, thumb(sample.url || sample.values, '')))));
}

function takeOut(i) {
  tray.splice(i, 1);
  arrange();
  ($('tray').children[Math.min(i, tray.length - 1)]?.firstChild || $('collect')).focus();
}

// choices keeps the buttons that are there: the focus is on one of them, perhaps.
function choices(n) {
  const all = names(), place = $('choices');
  if (!same(all, Array.from(place.children, (b) => b.dataset.class))) {
    place.replaceChildren(...all.map((name) =>
      el('button', { type: 'button', 'data-testid': 'teach-class', 'data-class': name, title: name, on: { click: () => lesson({ name, known: true }) } }, el('span', {}, name))));
  }
  const longest = Math.max(0, ...all.map((name) => Array.from(name).length));
  place.dataset.size = longest < 3 ? 's' : longest < 8 ? 'm' : 'l';
  for (const b of place.children) {
    const taken = wrong && String(predicted().class) === b.dataset.class;
    b.disabled = busy || n === 0 || taken;
  }
}

// lesson teaches, or corrects if what it was taken for is said to be wrong.
async function lesson({ name, known, typed, list = samples(), force = false, was = null, id = key() }) {
  if (busy || list.length === 0) return;
  if (wrong && String(predicted()?.class) !== name) was = predicted().class;
  busy = true;
  wrong = false;
  arrange();
  $('effect').replaceChildren(el('div', { class: 'result' }, el('p', { class: 'learning-now' }, `Learning ${plural(list.length, 'sample')} of ${short(name)} …`)));
  const options = { ...(known ? {} : { new: true }), ...(force ? { force } : {}) };
  try {
    if (!known && state.device && !state.device.rehearses) {
      await api.addClass(name); // a store without a memory takes a class by itself only
      delete options.new;
    }
    const done = was === null ? await api.teach(name, list, options, id) : await api.correct(name, was, list, options, id);
    learned(done, name, list.length);
    tray = tray.filter((sample) => !list.includes(sample));
    if (typed) $('teach-new').value = '';
    taught();
    // While the line is live, an event tells of it.
    if ($('link').dataset.state !== 'live') load('classes', 'history', 'status');
  } catch (problem) {
    if (problem.name === 'refused') refused(problem, { name, known, typed, list, was });
    else failed(problem, { name, known, typed, list, force, was, id }); // the same request: it may have been done
  } finally {
    busy = false;
    arrange();
  }
}

function learned(done, name, n) {
  const r = done.recall;
  const known = r && r.held > 0
    ? el('p', {}, `${short(name)}: ${r.right} of ${r.held} held back recognised. `, r.enough ? el('strong', {}, 'Taught enough.') : 'Show more to be sure.')
    : el('p', {}, r ? `${short(name)}: none held back so far that could tell. Show more.` : `${short(name)} was learned.`);
  const title = done.confirms ? `Confirmed ${short(name)}` : done.was ? `Corrected: ${short(name)}, not ${short(done.was)}` : `Learned ${plural(done.samples ?? n, 'sample')} of ${short(name)}`;
  result('good', title, typeof done.seconds === 'number' ? `in ${seconds(done.seconds)}` : '', known, done.harm ? el('p', { class: 'quiet' }, harm(done.harm)) : null);
  say(`${title}.`);
}

function refused(problem, again) {
  const h = problem.body.harm;
  result('warn', 'Not learned', '',
    el('p', {}, sentence(problem.message)),
    h ? el('dl', { class: 'costs' },
      el('div', {}, el('dt', {}, 'Lost on average'), el('dd', {}, points(h.mean))),
      el('div', {}, el('dt', {}, `Most: ${short(h.class, 16)}`), el('dd', {}, points(h.worst)))) : null,
    el('div', { class: 'line' },
      el('button', { type: 'button', class: 'warn', 'data-testid': 'teach-force', on: { click: () => lesson({ ...again, force: true }) } }, 'Teach all the same'),
      el('button', { type: 'button', class: 'plain', on: { click: () => $('effect').replaceChildren() } }, 'Leave it')));
  say('Not learned: it would take too much from the classes known.', true);
}

function failed(problem, again) {
  result('bad', 'Not learned', '', el('p', {}, sentence(problem.message)),
    el('div', { class: 'line' }, el('button', { type: 'button', on: { click: () => lesson(again) } }, 'Try again')));
  say(`Not learned: ${problem.message}`, true);
}

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.');

function result(kind, title, aside, ...parts) {
  $('effect').replaceChildren(el('div', { class: 'result', 'data-kind': kind },
    el('h3', {}, title, aside ? el('span', { class: 'quiet' }, ` ${aside}`) : null), ...parts.filter(Boolean)));
  $('effect').firstChild.scrollIntoView({ block: 'nearest' });
}
