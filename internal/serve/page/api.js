// The way to the server: every request carries the token, every failure becomes a Problem.

const place = 'pffedge-token';

// Problem is what the server, or the way to it, answers instead of what was asked.
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || `The device answered ${status}.`);
    this.status = status;
    this.body = body;
    // The name is what the type ends in: a proxy may have put something before it.
    this.name = String(body.type || '').split('/').pop() || 'unknown';
    this.offline = status === 0;
  }
}

// Storage may be forbidden altogether; then the token lasts as long as the page.
let held = '';

export function token() {
  try {
    return sessionStorage.getItem(place) || localStorage.getItem(place) || held;
  } catch {
    return held;
  }
}

export function setToken(value, keep) {
  held = value;
  try {
    sessionStorage.setItem(place, value);
    if (keep) localStorage.setItem(place, value);
    else localStorage.removeItem(place);
  } catch {
    // The token is held all the same.
  }
}

export function headers(more = {}) {
  const t = token();
  return t ? { ...more, Authorization: `Bearer ${t}` } : more;
}

// key names a request, so that sending it twice does it once. crypto.randomUUID is only
// there in secure contexts, and a board in the house is reached without encryption.
export function key() {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const b = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(b, (x) => x.toString(16).padStart(2, '0')).join('');
}

const listeners = { unauthorized: () => {}, unreachable: () => {}, reached: () => {} };

// onTrouble says who is told that the token is missing, or that nobody answers.
export function onTrouble(on) {
  Object.assign(listeners, on);
}

const pause = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));

async function once(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (cause) {
    if (cause.name === 'AbortError') throw cause;
    throw new Problem(0, { type: '/problems/offline', detail: 'The device does not answer.' });
  }
  listeners.reached();
  const text = await answer.text().catch(() => '');
  let body = {};
  try {
    body = text ? JSON.parse(text) : {};
  } catch {
    // Not ours: a proxy's page, perhaps. The status says enough.
  }
  if (answer.ok) return body;
  const problem = new Problem(answer.status, body || {});
  problem.after = Number(answer.headers.get('Retry-After')) || 1;
  if (answer.status === 401) listeners.unauthorized(problem);
  throw problem;
}

// call asks the server for something. What has a key is sent again, once, when no answer
// came: the server then answers what it did the first time. A busy device is asked again.
async function call(method, path, { body, key, signal } = {}) {
  const options = { method, signal, cache: 'no-store', headers: headers({ Accept: 'application/json' }) };
  if (body !== undefined) {
    options.headers['Content-Type'] = 'application/json';
    options.body = JSON.stringify(body);
  }
  if (key) options.headers['Idempotency-Key'] = key;
  try {
    return await once(path, options);
  } catch (problem) {
    const again = problem.name === 'busy' || (problem.offline && key);
    if (!again) {
      if (problem.offline) listeners.unreachable();
      throw problem;
    }
    await pause(Math.min(problem.after || 1, 5));
  }
  try {
    return await once(path, options);
  } catch (problem) {
    if (problem.offline) listeners.unreachable();
    throw problem;
  }
}

const text = encodeURIComponent;

export const api = {
  device: () => call('GET', 'v1/device'),
  status: () => call('GET', 'v1/status'),
  classes: () => call('GET', 'v1/classes'),
  history: (n) => call('GET', `v1/history?n=${n}`),
  snapshots: () => call('GET', 'v1/snapshots'),
  samples: (name, n, skip = 0) => call('GET', `v1/samples?class=${text(name)}&skip=${skip}&n=${n}`),

  predict: (samples, signal) => call('POST', 'v1/predict?method=auto&explain=true', { body: payload(samples), signal }),
  generate: (name, count, seed) => call('POST', 'v1/generate', { body: { class: name, count, seed } }),

  teach: (name, samples, options, key) => call('POST', 'v1/teach', { body: { class: name, ...options, ...payload(samples) }, key }),
  correct: (name, was, samples, options, key) => call('POST', 'v1/correct', { body: { class: name, was, ...options, ...payload(samples) }, key }),
  relabel: (id, name, options) => call('POST', 'v1/correct', { body: { sample: id, class: name, ...options }, key: key() }),
  addClass: (name) => call('POST', 'v1/classes', { body: { class: name }, key: key() }),
  forgetClass: (name) => call('POST', 'v1/forget', { body: { class: name }, key: key() }),
  forgetSample: (id) => call('POST', 'v1/forget', { body: { samples: [id], sleep: 0 }, key: key() }),

  undo: (count, last) => call('POST', 'v1/undo', { body: { count, last } }),
  rollback: (to) => call('POST', 'v1/rollback', { body: { to } }),
  snapshot: () => call('POST', 'v1/snapshots'),
  sleep: (steps) => call('POST', 'v1/sleep', { body: { steps } }),
  wake: () => call('DELETE', 'v1/sleep'),
};

// payload puts samples into a body: pictures as base64, rows of values as they are.
function payload(samples) {
  return samples[0].values ? { inputs: samples.map((s) => s.values) } : { images: samples.map((s) => s.url.slice(s.url.indexOf(',') + 1)) };
}
