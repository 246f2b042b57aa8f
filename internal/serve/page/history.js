// What was done, and how to take it back.

import { api } from './api.js';
import { stale } from './classes.js';
import { confirm } from './dialog.js';
import { $, el, say, show, trouble, work } from './dom.js';
import { hear, load, state } from './state.js';
import { ago, bytes, number, plural } from './words.js';

export function start() {
  hear('history', arrange);
  hear('snapshots', snapshots);
  $('undo-last').addEventListener('click', () => work($('undo-last'), () => undo(1)));
  $('take-snapshot').addEventListener('click', () => work($('take-snapshot'), async () => {
    const { sequence } = await api.snapshot();
    say(`A snapshot of ${number(sequence)} was taken.`);
    await load('snapshots');
  }));
  // What is said of how long ago it was grows old.
  setInterval(() => {
    for (const t of document.querySelectorAll('#past time')) t.textContent = ago(t.dateTime);
  }, 30000);
}

function arrange(list, problem) {
  const place = $('history');
  if (problem) {
    if (!list) $('history-state').replaceChildren(trouble(problem, () => load('history')));
    return;
  }
  show($('history-state'), list.length === 0);
  show(place, list.length > 0);
  $('undo-last').disabled = list.length === 0;
  if (list.length === 0) {
    $('history-state').replaceChildren(el('div', { class: 'empty' }, el('p', {}, 'Nothing was done yet.'), el('p', { class: 'quiet' }, 'Whatever it learns is listed here, and can be taken back exactly.')));
  }
  place.replaceChildren(...list.map(entry));
}

function entry(h, i) {
  const back = el('button', { type: 'button', class: 'plain small', 'aria-label': i === 0 ? 'Undo this' : `Undo this and ${i === 1 ? 'the one' : `the ${i}`} after it` }, i === 0 ? 'Undo' : 'Undo to here');
  back.addEventListener('click', () => (i === 0 ? work(back, () => undo(1)) : confirm(`Undo ${i + 1} operations?`, `All from “${h.text}” on is taken back, exactly.`, 'Undo them', () => undo(i + 1))));
  return el('li', { 'data-kind': h.kind, 'data-last': h.last },
    el('span', { class: 'what' }, el('span', { class: 'text' }, h.text), el('span', { class: 'quiet' }, `${h.first === h.last ? h.last : `${h.first}–${h.last}`} · `, time(h.time))),
    back);
}

const time = (t) => el('time', { datetime: t, title: new Date(t).toLocaleString('en') }, ago(t));

// undo takes the newest back; if others have come that are not on show, nothing is done.
async function undo(count) {
  const [newest] = state.history;
  const text = newest.text;
  try {
    await api.undo(count, newest.last);
  } catch (problem) {
    if (problem.name !== 'changed') throw problem;
    await load('history');
    say('Something was learned meanwhile: look at the list again.', true);
    return;
  }
  say(count === 1 ? `Undone: ${text}.` : `${plural(count, 'operation')} undone.`);
  stale();
  await load('history', 'classes', 'status', 'snapshots');
}

function snapshots(list, problem) {
  const place = $('snapshots');
  if (problem) {
    if (!list) $('snapshots-state').replaceChildren(trouble(problem, () => load('snapshots')));
    return;
  }
  show($('snapshots-state'), list.length === 0);
  show(place, list.length > 0);
  if (list.length === 0) $('snapshots-state').replaceChildren(el('p', { class: 'quiet' }, 'None yet. One is taken now and then by itself.'));
  place.replaceChildren(...list.map((s) => {
    const back = el('button', { type: 'button', class: 'plain small', 'aria-label': `Go back to ${s.sequence}` }, 'Go back');
    back.addEventListener('click', () => confirm(`Go back to ${number(s.sequence)}?`, `The model becomes what it was after operation ${number(s.sequence)}. What came later is undone.`, 'Go back', async () => {
      await api.rollback(s.sequence);
      say(`Back at ${number(s.sequence)}.`);
      stale();
      await load('history', 'classes', 'status', 'snapshots');
    }));
    return el('li', {}, el('span', { class: 'what' }, el('span', { class: 'text' }, `After operation ${number(s.sequence)}`), el('span', { class: 'quiet', title: s.file }, `${bytes(s.bytes)}${s.undone ? ' · of what was undone' : ''}`)), back);
  }));
}
