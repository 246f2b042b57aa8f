// The classes: how well each is known, and what is remembered of it.

import { api } from './api.js';
import { close, confirm, menu } from './dialog.js';
import { $, el, say, trouble, work } from './dom.js';
import { hear, load, names, state } from './state.js';
import { thumb } from './thumb.js';
import { number, percent, plural, short } from './words.js';

const few = 12; // samples on a card
const many = 60; // in the dialog

// Of each class, the newest samples and what they were fetched for.
const fetched = new Map();
let epoch = 0;

// stale says that what is remembered may have changed without the counts telling.
export function stale() {
  epoch++;
}

const seen = new IntersectionObserver((entries) => {
  for (const e of entries) {
    e.target.dataset.inView = e.isIntersecting;
    if (e.isIntersecting) fill(e.target);
  }
}, { rootMargin: '200px' });

export function start() {
  hear('classes', arrange);
  hear('device', () => state.classes && arrange(state.classes));
}

function arrange(classes, problem) {
  const place = $('classes');
  place.removeAttribute('aria-busy');
  if (problem) {
    if (!classes) place.replaceChildren(trouble(problem, () => load('classes')));
    return;
  }
  $('known-sum').textContent = classes.length ? `${plural(classes.length, 'class', 'classes')} · ${number(classes.reduce((n, c) => n + c.kept, 0))} remembered` : '';
  if (classes.length === 0) {
    place.replaceChildren(el('div', { class: 'empty' }, el('p', {}, 'No classes yet.'), el('p', { class: 'quiet' }, 'Show something and give it a name: that makes the first.')));
    return;
  }
  const cards = new Map(Array.from(place.querySelectorAll('[data-class]'), (card) => [card.dataset.class, card]));
  for (const card of cards.values()) seen.unobserve(card);
  place.replaceChildren(...classes.map((c) => {
    const one = cards.get(c.class) || card(c.class);
    update(one, c);
    return one;
  }));
  for (const one of place.children) seen.observe(one);
  for (const name of fetched.keys()) if (!names().includes(name)) fetched.delete(name);
}

function card(name) {
  return el('article', { class: 'card', 'data-class': name, 'aria-label': `Class ${name}` },
    el('div', { class: 'card-head' }, el('h3', { title: name }, short(name, 40)),
      el('button', { type: 'button', class: 'plain small', 'data-testid': 'forget-class', 'aria-label': `Forget class ${name}`, on: { click: () => forgetClass(name) } }, 'Forget')),
    el('p', { class: 'counts' }),
    el('div', { class: 'recall' }),
    el('ul', { class: 'thumbs', 'aria-label': 'Remembered samples' }));
}

function update(one, c) {
  const [, counts, recall] = one.children;
  const rehearses = !state.device || state.device.rehearses;
  counts.textContent = rehearses ? `Taught ${number(c.taught)} · kept ${number(c.kept)}` : '';
  recall.replaceChildren(...(rehearses ? meter(c) : []));
  one.dataset.state = `${c.taught}/${c.kept}/${c.held_back}`;
  if (one.dataset.inView === 'true') fill(one);
}

function meter(c) {
  const word = c.enough ? 'Taught enough' : c.more > 0 ? `About ${number(c.more)} more` : 'Show more';
  if (c.recall === null || c.recall === undefined) {
    return [el('div', { class: 'track', 'aria-hidden': 'true' }), el('p', { class: 'recall-text' }, el('span', {}, 'Recall unknown'), el('span', { class: 'more' }, word))];
  }
  const fill = el('div', { class: 'fill' }), sure = el('div', { class: 'sure-mark', title: `At least ${percent(c.at_least)}, at 95 %` });
  fill.style.width = `${100 * c.recall}%`;
  sure.style.left = `${100 * c.at_least}%`;
  return [
    el('div', { class: c.enough ? 'track enough' : 'track', role: 'meter', 'aria-label': `Recall of ${c.class}`, 'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-valuenow': Math.round(100 * c.recall), 'aria-valuetext': `${percent(c.recall)}, ${c.right} of ${c.held_back} held back` }, fill, c.at_least > 0 ? sure : null),
    el('p', { class: 'recall-text' }, el('span', {}, `Recall ${percent(c.recall)}`), el('span', { class: c.enough ? 'more yes' : 'more' }, word)),
  ];
}

// fill fetches the samples of a card that is in view. One card after the other: the board
// has more to do than show what it remembers.
let chain = Promise.resolve();

function fill(one) {
  const name = one.dataset.class, want = `${one.dataset.state}/${epoch}`;
  const known = fetched.get(name);
  if (known && known.for === want) return;
  fetched.set(name, { for: want });
  chain = chain.then(async () => {
    if (!one.isConnected) return;
    try {
      thumbs(one, await api.samples(name, few));
    } catch {
      fetched.delete(name); // tried again when it comes into view
    }
  });
}

function thumbs(one, { total, samples }) {
  const list = one.querySelector('.thumbs'), name = one.dataset.class;
  const cut = total > few ? samples.slice(0, few - 1) : samples;
  list.replaceChildren(...cut.map((s) => item(s, () => choose(s))));
  if (total > few) {
    list.append(el('li', {}, el('button', { type: 'button', class: 'rest', 'aria-label': `All ${total} samples of ${name}`, on: { click: () => all(name) } }, `+${number(total - cut.length)}`)));
  }
  if (total === 0) list.append(el('li', { class: 'quiet none' }, 'Nothing remembered.'));
}

const item = (s, does) => el('li', {}, el('button', { type: 'button', 'data-testid': 'sample', 'data-id': s.id, 'aria-label': `Sample ${s.id} of ${s.class}`, on: { click: does } }, thumb(s.data, '')));

async function all(name) {
  try {
    const { total, samples } = await api.samples(name, many);
    menu(`${short(name, 40)}: ${total > many ? `the newest ${many} of ${number(total)}` : plural(total, 'sample')}`, [el('ul', { class: 'thumbs large' }, ...samples.map((s) => item(s, () => choose(s))))]);
  } catch (problem) {
    say(problem.message, true);
  }
}

// choose lets one remembered sample be removed, or be given another class.
function choose(s) {
  const other = names().filter((name) => name !== s.class);
  const select = el('select', { id: 'relabel-class' }, ...other.map((name) => el('option', { value: name }, short(name, 40))));
  const give = el('button', { type: 'button', disabled: other.length === 0, 'data-testid': 'relabel' }, 'Relabel');
  const text = el('p', { class: 'problem', role: 'alert', hidden: true });
  const relabel = (force) => work(give, async () => {
    try {
      await api.relabel(s.id, select.value, force ? { force } : {});
    } catch (problem) {
      if (problem.name !== 'refused') throw problem;
      text.hidden = false;
      text.textContent = problem.message;
      give.textContent = 'Relabel all the same';
      give.onclick = () => relabel(true);
      return;
    }
    close();
    say(`The sample is ${short(select.value)} now.`);
    changed();
  });
  give.onclick = () => relabel(false);
  select.addEventListener('change', () => {
    text.hidden = true;
    give.textContent = 'Relabel';
    give.onclick = () => relabel(false);
  });
  const remove = el('button', { type: 'button', class: 'bad', 'data-testid': 'remove-sample' }, 'Remove it');
  remove.addEventListener('click', () => work(remove, async () => {
    await api.forgetSample(s.id);
    close();
    say(`A sample of ${short(s.class)} is forgotten.`);
    changed();
  }));
  menu(`A sample of ${short(s.class)}`, [
    el('div', { class: 'portrait' }, thumb(s.data, `Sample ${s.id} of ${s.class}`)),
    el('label', { for: 'relabel-class' }, 'It is rather'),
    el('div', { class: 'line' }, select, give),
    text,
  ], [remove]);
}

function forgetClass(name) {
  confirm(`Forget ${short(name, 40)}?`, 'The class and all that is remembered of it go. The history can bring it back.', 'Forget', async () => {
    await api.forgetClass(name);
    say(`${short(name)} is forgotten.`);
    changed();
  }, 'bad');
}

function changed() {
  stale();
  load('classes', 'history', 'status');
}
