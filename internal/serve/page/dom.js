// Making elements. Text only ever becomes text: a class may be called anything.

export const $ = (id) => document.getElementById(id);

// el makes an element: 'on' holds listeners, other properties are attributes; null and
// false leave one out. Children are nodes or text.
export function el(tag, properties = {}, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'on') for (const [kind, does] of Object.entries(value)) e.addEventListener(kind, does);
    else e.setAttribute(name, value === true ? '' : value);
  }
  e.append(...children.filter((c) => c !== null && c !== undefined && c !== false));
  return e;
}

export function svg(tag, attributes = {}, ...children) {
  const e = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
  e.append(...children);
  return e;
}

export function show(e, visible) {
  e.hidden = !visible;
}

// same tells whether two lists hold the same.
export const same = (a, b) => a.length === b.length && a.every((v, i) => v === b[i]);

let hiding;

// say tells something in passing, aloud where a screen is read aloud.
export function say(text, bad = false) {
  const e = $('status');
  e.textContent = text;
  e.classList.toggle('bad', bad);
  e.classList.add('seen');
  clearTimeout(hiding);
  hiding = setTimeout(() => e.classList.remove('seen'), bad ? 9000 : 5000);
}

// trouble fills a panel with what went wrong and a way to try again.
export function trouble(problem, again) {
  return el('div', { class: 'empty', role: 'alert' },
    el('p', {}, 'This could not be loaded.'),
    el('p', { class: 'quiet' }, problem.message),
    el('button', { type: 'button', on: { click: again } }, 'Try again'));
}

// soon returns a function that does something once, a while after it was last called.
export function soon(does, wait) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(does, wait);
  };
}

// work does something for a button, which meanwhile can be pressed no more.
export async function work(button, does) {
  if (button.getAttribute('aria-disabled') === 'true') return;
  // Not 'disabled': that would take the keyboard's focus away.
  button.setAttribute('aria-disabled', 'true');
  try {
    await does();
  } catch (problem) {
    say(problem.message, true);
  } finally {
    button.removeAttribute('aria-disabled');
  }
}
