// Sleep: going over what is remembered, begun by hand or by idleness.

import { api } from './api.js';
import { $, say, show, work } from './dom.js';
import { hear, state } from './state.js';
import { number, span } from './words.js';

const steps = 1500;

export function start() {
  $('sleep-now').addEventListener('click', () => work($('sleep-now'), async () => {
    progress(await api.sleep(steps));
    say('It sleeps.');
    $('wake').focus();
  }));
  $('wake').addEventListener('click', () => work($('wake'), async () => {
    progress(await api.wake());
    say('It is awake.');
    $('sleep-now').focus();
  }));
  hear('status', (status, problem) => !problem && progress(status.sleep));
  hear('device', () => progress(state.status?.sleep));
}

// progress shows how far a sleep is; none if there is none.
export function progress(sleep) {
  const asleep = Boolean(sleep) && !sleep.over;
  const rehearses = !state.device || state.device.rehearses;
  show($('sleep-now'), !asleep && rehearses);
  $('sleep-now').disabled = state.status?.memory?.samples === 0;
  show($('wake'), asleep);
  show($('sleep-progress'), asleep);
  $('sleep').classList.toggle('asleep', asleep);
  if (asleep) {
    $('sleep-progress').max = Math.max(sleep.of, 1);
    $('sleep-progress').value = Math.min(sleep.done, sleep.of);
    $('sleep-text').textContent = `${number(sleep.done)} of ${number(sleep.of)} steps, ${span(sleep.seconds)}${sleep.asked ? '' : '; it had nothing else to do'}`;
  } else {
    $('sleep-text').textContent = !rehearses ? 'This store remembers no samples to go over in sleep.'
      : sleep ? `Awake again after ${number(sleep.done)} steps, ${span(sleep.seconds)}.` : 'Asleep, it goes over what it remembers, and knows it better.';
  }
}
