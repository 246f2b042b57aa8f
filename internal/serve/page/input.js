// What is shown to the model: a drawing, a picture, or values that are typed in. A sample
// is {url} or {values}.

import { $, say, show, soon } from './dom.js';
import { Pad } from './draw.js';
import { fit, open } from './picture.js';
import { hear, state } from './state.js';

let pad;
let picture = null; // that was opened
let sample = null;
let changed = () => {};

export const current = () => sample;

// taught marks what is drawn as done with: the next stroke begins anew.
export function taught() {
  pad.fresh = true;
}

export function clear() {
  picture = null;
  $('values').value = '';
  pad.clear();
  readValues();
}

// start sets the inputs up; on is called with every new sample, or null.
export function start(on) {
  changed = on;
  // In the middle of a stroke the hand must not wait for what is made of it.
  const paused = soon(update, 100);
  pad = new Pad($('draw'), (drawing) => {
    if (!drawing) {
      update();
      return;
    }
    picture = null;
    tools();
    paused();
  });
  $('undo-stroke').addEventListener('click', () => pad.undo());
  $('clear').addEventListener('click', clear);
  for (const id of ['centre', 'paper']) $(id).addEventListener('change', update);
  for (const id of ['file', 'photo']) {
    $(id).addEventListener('change', () => {
      const [file] = $(id).files;
      $(id).value = ''; // so that the same file can be chosen again
      if (file) take(file);
    });
  }
  dropping($('pad'));
  document.addEventListener('paste', (e) => {
    const file = Array.from(e.clipboardData?.files || []).find((f) => f.type.startsWith('image/'));
    if (file && isImage()) take(file);
  });
  $('values').addEventListener('input', readValues);
  $('values-input').addEventListener('submit', (e) => e.preventDefault());
  hear('device', arrange);
}

const isImage = () => !state.device || state.device.model.image;

let shape = '';

function arrange(device) {
  if (!device) return;
  const m = device.model;
  show($('image-input'), m.image);
  show($('values-input'), !m.image);
  if (shape === `${m.image} ${m.width} ${m.height} ${m.inputs}`) return;
  shape = `${m.image} ${m.width} ${m.height} ${m.inputs}`;
  if (m.image) {
    // The pad has the model's shape, with its longer side of 560 pixels.
    const scale = 560 / Math.max(m.width, m.height);
    Object.assign($('draw'), { width: Math.round(m.width * scale), height: Math.round(m.height * scale) });
    $('pad').style.aspectRatio = `${m.width} / ${m.height}`;
    update();
  } else {
    readValues();
  }
}

function dropping(place) {
  const over = (on) => place.classList.toggle('over', on);
  for (const kind of ['dragenter', 'dragover']) {
    place.addEventListener(kind, (e) => {
      e.preventDefault();
      over(true);
    });
  }
  place.addEventListener('dragleave', () => over(false));
  place.addEventListener('drop', (e) => {
    e.preventDefault();
    over(false);
    const file = Array.from(e.dataTransfer.files).find((f) => f.type.startsWith('image/'));
    if (file) take(file);
    else say('That is no picture.', true);
  });
  // A picture dropped beside the pad would replace the page.
  for (const kind of ['dragover', 'drop']) window.addEventListener(kind, (e) => e.preventDefault());
}

async function take(file) {
  try {
    picture = await open(file);
  } catch {
    say('This picture cannot be read here. PNG and JPEG can.', true);
    return;
  }
  pad.strokes = [];
  $('paper').checked = picture.light;
  update();
}

function tools() {
  show($('paper-label'), picture !== null);
  $('undo-stroke').disabled = pad.empty;
  $('clear').disabled = pad.empty && !picture;
  show($('pad-hint'), pad.empty && !picture);
}

function update() {
  const m = state.device?.model || { width: 28, height: 28 };
  tools();
  if (picture) {
    const small = fit(picture, m.width, m.height, $('paper').checked, $('centre').checked);
    const canvas = $('draw');
    const c = canvas.getContext('2d');
    c.imageSmoothingEnabled = false;
    c.drawImage(small, 0, 0, canvas.width, canvas.height);
    sample = { url: small.toDataURL('image/png') };
  } else {
    pad.paint();
    sample = pad.empty ? null : { url: pad.picture(m.width, m.height, $('centre').checked).toDataURL('image/png') };
  }
  changed(sample);
}

function readValues() {
  if (isImage()) return;
  const want = state.device.model.inputs;
  const words = $('values').value.split(/[\s,;]+/).filter(Boolean);
  const values = words.map(Number);
  const wrong = words.find((_, i) => !Number.isFinite(values[i]));
  const good = wrong === undefined && values.length === want;
  $('values-hint').textContent = wrong !== undefined ? `“${wrong.slice(0, 20)}” is no number.` : `The model takes ${want} values; here are ${values.length}.`;
  $('values').toggleAttribute('aria-invalid', wrong !== undefined || values.length > want);
  sample = good ? { values } : null;
  changed(sample);
}
