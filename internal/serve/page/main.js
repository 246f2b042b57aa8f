// The page: its parts are set up, and told what the device tells.

import { onTrouble, setToken, token } from './api.js';
import * as classes from './classes.js';
import * as curves from './curves.js';
import * as device from './device.js';
import * as dialog from './dialog.js';
import { $, el, show, soon } from './dom.js';
import { follow } from './events.js';
import * as history from './history.js';
import * as imagine from './imagine.js';
import * as input from './input.js';
import * as predict from './predict.js';
import * as sleep from './sleep.js';
import { hear, load, state } from './state.js';
import * as teach from './teach.js';
import { short } from './words.js';

dialog.start();
classes.start();
curves.start();
device.start();
history.start();
imagine.start();
sleep.start();
predict.start(teach.arrange);
teach.start();
input.start((sample) => {
  predict.shown(sample);
  teach.arrange();
});

const everything = () => load('device', 'status', 'classes', 'history', 'snapshots');

// The link to the device.

let line = null;
let asking = false; // for the token

function link(is) {
  if (asking) is = 'locked';
  $('link').dataset.state = is;
  const name = state.device?.name;
  $('link-text').textContent = { live: name ? `Live on ${short(name, 20)}` : 'Live', connecting: 'Connecting', offline: 'Offline', locked: 'Locked' }[is];
  show($('offline'), is === 'offline' && !asking);
  $('offline').textContent = is === 'offline' ? 'The device does not answer. What is shown is what it said last; the page tries again by itself.' : '';
}

onTrouble({
  unauthorized: askToken,
  unreachable: () => link('offline'),
  // An answer is a reason to believe that the events are to be had again, too.
  reached: () => $('link').dataset.state === 'offline' && line?.again(),
});

window.addEventListener('online', () => line?.again());

function listen() {
  line ||= follow({ link, hello, event, unauthorized: askToken });
}

function hello({ missed }) {
  const missing = ['device', 'status', 'classes', 'history', 'snapshots'].some((name) => state[name] === null);
  if (missed || missing) {
    classes.stale();
    everything();
  }
}

const learned = soon(() => load('classes', 'history', 'status'), 250);
const snapshots = soon(() => load('snapshots'), 250);
const status = soon(() => load('status'), 250);

function event(e, past) {
  if (e.kind === 'accuracy') curves.accuracy(e.data, e.time, past);
  if (past) return;
  switch (e.kind) {
    case 'operation':
      // A correction moves what is remembered without changing how much.
      if (['forget', 'relabel', 'correct'].includes(e.data?.kind)) classes.stale();
      learned();
      break;
    case 'history':
      classes.stale();
      learned();
      snapshots();
      break;
    case 'sleep':
      if (state.status) state.status.sleep = e.data.over ? undefined : e.data;
      sleep.progress(e.data);
      if (e.data.over) learned();
      break;
    case 'snapshot':
      snapshots();
      break;
    case 'drift':
      drift(e.data);
      break;
    case 'failed':
      status();
      break;
  }
}

function drift(d) {
  const alarm = d?.state === 'drift' || d?.state === 'warning';
  show($('drift'), alarm);
  if (alarm) {
    $('drift').replaceChildren('What is shown lately has become unlike what was shown before.',
      el('button', { type: 'button', class: 'plain small', on: { click: () => show($('drift'), false) } }, 'All right'));
  }
}

hear('status', (s) => {
  show($('broken'), Boolean(s?.broken));
  $('broken').textContent = s?.broken ? `Nothing more can be learned: ${s.broken}` : '';
});

hear('device', (d) => {
  link($('link').dataset.state);
  show($('api'), !d?.token); // a plain link carries no token
});

// The token.

function askToken() {
  const again = asking && token() !== '';
  asking = true;
  link('locked');
  show($('main'), false);
  show($('foot'), false);
  show($('sections'), false);
  show($('token'), true);
  show($('offline'), false);
  show($('token-problem'), again);
  $('token-problem').textContent = again ? 'That is not the token.' : '';
  $('token-input').focus();
}

$('token-form').addEventListener('submit', async (e) => {
  e.preventDefault();
  setToken($('token-input').value.trim(), $('token-keep').checked);
  await load('device');
  if (!state.device) return;
  asking = false;
  $('token-input').value = '';
  show($('token'), false);
  show($('main'), true);
  show($('foot'), true);
  link('connecting');
  show($('sections'), true);
  begin();
});

// begin shows all there is, once the device has let us in.
async function begin() {
  await load('status', 'classes', 'history', 'snapshots');
  listen();
  line.again();
  predict.later();
}

await load('device');
if (state.device) begin();
else if (!asking) {
  // Nobody there yet: the panels say so, and fill by themselves once somebody is.
  await load('status', 'classes', 'history', 'snapshots');
  listen();
}

// What no event tells: memory, temperature, how long it has run.
setInterval(() => {
  if (document.visibilityState !== 'visible' || asking) return;
  const is = $('link').dataset.state;
  if (is === 'live') load('device', 'status');
  else if (is === 'connecting') everything(); // it answers, but its events do not come through
}, 10000);
