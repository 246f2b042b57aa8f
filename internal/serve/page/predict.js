// What the model says of the sample at hand, as it comes into being.

import { api } from './api.js';
import { $, el, show, soon } from './dom.js';
import { current } from './input.js';
import { hear, names, state } from './state.js';
import { thumb } from './thumb.js';
import { percent } from './words.js';

let prediction = null; // {class, …} of the sample at hand, null before it has come
let running = null;
let told = () => {};

export const predicted = () => prediction;

// start sets the panel up; on is called with every prediction, or null.
export function start(on) {
  told = on;
  hear('classes', () => {
    bars();
    later();
  });
}

// later predicts a little after the last change. What is on show stays until then.
export const later = soon(predict, 150);

// shown is called with a new sample, or null.
export function shown(sample) {
  if (!sample) {
    running?.abort();
    settle(null);
  }
  later();
}

async function predict() {
  const sample = current();
  running?.abort();
  if (!sample) return;
  const mine = (running = new AbortController());
  try {
    const answer = await api.predict([sample], mine.signal);
    if (mine.signal.aborted) return;
    settle(answer.predictions[0], answer.method);
  } catch (problem) {
    if (problem.name === 'AbortError' || mine.signal.aborted) return;
    settle(null, null, problem);
  }
}

const methods = { goodness: 'by goodness', readout: 'by the read-out' };

function settle(p, method, problem) {
  prediction = p;
  show($('say'), p !== null);
  show($('say-empty'), p === null && !problem);
  show($('say-problem'), Boolean(problem));
  $('say-problem').textContent = problem ? `No prediction: ${problem.message}` : '';
  $('method').textContent = p ? methods[method] || method || '' : '';
  if (p) verdict(p);
  bars();
  told(p);
}

function verdict(p) {
  const name = String(p.class);
  const letters = Array.from(name).length;
  const text = `${name} `;
  const sure = `${percent(p.confidence)} sure`;
  const old = $('prediction');
  // Said aloud only when something is new.
  if (old.textContent !== text + sure) {
    old.replaceChildren(el('span', { class: 'name', 'data-size': letters < 3 ? 'l' : letters < 9 ? 'm' : 's' }, text), el('span', { class: 'sure' }, sure));
  }
  const x = p.explained || {};
  $('seen').replaceChildren(
    ...(x.input ? [figure(x.input, 'Shown', 'The sample as the model gets it')] : []),
    ...(x.reconstruction ? [figure(x.reconstruction, 'Seen', 'The sample as the model sees it')] : []));
  $('unusual').replaceChildren(...novelty(x));
}

function figure(data, caption, words) {
  return el('figure', {}, thumb(data, words), el('figcaption', {}, caption));
}

function novelty(x) {
  const parts = [];
  if (x.novelty === null || x.novelty === undefined) {
    parts.push(el('span', { class: 'tag' }, 'How unusual?'), ' Not enough seen yet to tell.');
  } else {
    const level = x.novelty >= 0.99 ? 'strange' : x.novelty >= 0.9 ? 'odd' : 'usual';
    const word = { strange: 'Very unusual', odd: 'Unusual', usual: 'Nothing unusual' }[level];
    parts.push(el('span', { class: 'tag', 'data-level': level }, word), ` More so than ${percent(x.novelty)} of what it knows.`);
  }
  const own = of(x.surprise, prediction.class);
  if (own !== undefined) parts.push(el('span', { class: 'numbers', title: 'Surprise: how badly it fits the class. Lead: how far the class is ahead of the others. Error: of what the model sees.' }, `Surprise ${own.toFixed(2)}${typeof x.lead === 'number' ? ` · lead ${x.lead.toFixed(2)}` : ''}${x.reconstruction && typeof x.error === 'number' ? ` · error ${x.error.toFixed(2)}` : ''}`));
  return parts;
}

// A class may be named like something that every object has.
const of = (map, name) => (map && Object.hasOwn(map, name) && typeof map[name] === 'number' ? map[name] : undefined);

// bars shows a row for each class, in their order, also before anything is predicted. The
// rows stay, so that their lengths move instead of jumping.
function bars() {
  const list = $('bars');
  const classes = state.classes ? names() : prediction ? Object.keys(prediction.probabilities || {}) : [];
  while (list.children.length > classes.length) list.lastChild.remove();
  while (list.children.length < classes.length) {
    list.append(el('li', { 'data-testid': 'bar' },
      el('span', { class: 'bar-name' }), el('span', { class: 'bar-track', 'aria-hidden': 'true' }, el('span', { class: 'bar-fill' })), el('span', { class: 'bar-value' })));
  }
  list.classList.toggle('idle', prediction === null);
  // Long lists scroll, for the keyboard too.
  if (classes.length > 12) list.tabIndex = 0;
  else list.removeAttribute('tabindex');
  classes.forEach((name, i) => {
    const row = list.children[i];
    const [label, track, value] = row.children;
    const p = prediction ? of(prediction.probabilities, name) : undefined;
    const surprise = prediction ? of(prediction.explained?.surprise, name) : undefined;
    row.dataset.class = name;
    row.classList.toggle('best', prediction !== null && String(prediction.class) === name);
    row.title = surprise === undefined ? name : `${name}: surprise ${surprise.toFixed(2)}`;
    label.textContent = name;
    track.firstChild.style.transform = `scaleX(${p || 0})`;
    value.textContent = p === undefined ? '' : percent(p);
  });
}
