// The page's one dialog.

import { $, el, work } from './dom.js';

function open(title, content, buttons) {
  const d = $('dialog');
  d.replaceChildren(el('h2', { id: 'dialog-title' }, title), ...content, el('div', { class: 'buttons' }, ...buttons));
  if (!d.open) d.showModal();
  return d;
}

export const close = () => $('dialog').close();

// confirm asks before something that is not easily taken back, and does it.
export function confirm(title, text, doing, does, kind = 'primary') {
  const yes = el('button', { type: 'button', class: kind, 'data-testid': 'dialog-yes' }, doing);
  yes.addEventListener('click', () => work(yes, async () => {
    await does();
    close();
  }));
  const no = el('button', { type: 'button', autofocus: true, on: { click: close } }, 'Cancel');
  open(title, [el('p', {}, text)], [no, yes]);
}

// menu shows something with what can be done to it: content, and buttons.
export function menu(title, content, buttons = []) {
  return open(title, content, [...buttons, el('button', { type: 'button', on: { click: close } }, 'Close')]);
}

export function start() {
  // A click beside the dialog closes it.
  $('dialog').addEventListener('click', (e) => {
    if (e.target === $('dialog')) close();
  });
}
