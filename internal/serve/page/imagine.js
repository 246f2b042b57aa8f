// New samples that the model makes up.

import { api } from './api.js';
import { $, el, same, show, work } from './dom.js';
import { hear, names } from './state.js';
import { thumb } from './thumb.js';
import { short } from './words.js';

const count = 16;

export function start() {
  $('imagine-again').addEventListener('click', again);
  $('imagine-class').addEventListener('change', again);
  hear('classes', (classes, problem) => !problem && choices());
  hear('device', (device) => {
    if (!device) return;
    const able = device.model.reconstructs;
    show($('imagine-controls'), able);
    show($('imagine-grid'), able);
    if (!able) $('imagine-text').textContent = 'This model was trained to tell classes apart, not to make up samples: it has no generator.';
  });
  $('imagine-grid').append(...blanks());
  choices();
}

const blanks = () => Array.from({ length: count }, () => el('div', { class: 'blank', 'aria-hidden': 'true' }));

function choices() {
  const select = $('imagine-class'), chosen = select.value;
  const all = ['', ...names()];
  if (same(all, Array.from(select.options, (o) => o.value))) return;
  select.replaceChildren(...all.map((name) => el('option', { value: name }, name === '' ? 'Any class' : short(name, 40))));
  // The first class shows more than a mixture of all.
  select.value = all.includes(chosen) && chosen !== '' ? chosen : all[1] || '';
}

function again() {
  const place = $('imagine-grid'), name = $('imagine-class').value;
  return work($('imagine-again'), async () => {
    place.classList.add('waiting');

    try {
      const made = await api.generate(name, count, 1 + Math.floor(Math.random() * 1e9));
      const list = made.images || made.values || [];
      place.replaceChildren(...list.map((data, i) => thumb(data, `${name === '' ? 'Any class' : name}, imagined, ${i + 1} of ${list.length}`)));
      $('imagine-again').textContent = 'Again';
      $('imagine-text').textContent = name === '' ? 'Made up, of any class.' : `Made up: ${short(name, 40)} as the model imagines it.`;
    } finally {
      place.classList.remove('waiting');
    }
  });
}
