// What the device tells by itself, read as a stream: an EventSource cannot carry the token.

import { headers } from './api.js';

const silence = 45000; // milliseconds without a word, a ping included, until the line counts as dead

// follow reads events for ever. on has link(state), hello({missed, past}), event(event,
// past) and unauthorized(); past says of an event that it was over before the page opened.
export function follow(on) {
  let last = 0, opened = false, before = 0, wait = 500, stopped = false, wake = () => {};

  async function read() {
    const stop = new AbortController();
    let timer = setTimeout(() => stop.abort(), silence);
    try {
      const answer = await fetch(`v1/events?after=${last}`, { headers: headers({ Accept: 'text/event-stream' }), cache: 'no-store', signal: stop.signal });
      if (answer.status === 401) {
        stopped = true;
        on.unauthorized();
        return;
      }
      if (!answer.ok || !answer.body) throw new Error(`events: ${answer.status}`);
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      const parse = lines(take);
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        clearTimeout(timer);
        timer = setTimeout(() => stop.abort(), silence);
        on.link('live'); // not before: what lies between may hold the stream back
        wait = 500;
        parse(value);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  function take(kind, text) {
    let data;
    try {
      data = JSON.parse(text);
    } catch {
      return;
    }
    if (kind === 'hello') {
      const hello = data.data || data;
      if (!opened) before = hello.last_event || 0;
      // A service that was started anew counts from the beginning.
      if ((hello.last_event || 0) < last) last = 0;
      on.hello({ missed: opened && Boolean(hello.missed) });
      opened = true;
      return;
    }
    const past = data.id <= before;
    last = Math.max(last, data.id || 0);
    if (!past) before = 0; // the numbers of a service started anew are not of the past
    on.event({ ...data, kind: data.kind || kind }, past);
  }

  (async () => {
    for (;;) {
      while (stopped) await new Promise((go) => (wake = go));
      let gone = false;
      try {
        await read();
      } catch (cause) {
        // A TypeError is how fetch says that nobody is there; a first one may be chance.
        gone = cause instanceof TypeError && wait > 500;
      }
      if (stopped) continue;
      on.link(gone ? 'offline' : 'connecting');
      await new Promise((go) => {
        wake = go;
        setTimeout(go, wait * (0.75 + Math.random() / 2));
      });
      wait = Math.min(2 * wait, 15000);
    }
  })();

  // again connects at once, with a new token or because there is reason to hope.
  return {
    again() {
      stopped = false;
      wake();
    },
  };
}

// lines cuts a stream of server-sent events into events.
function lines(take) {
  let rest = '', kind = '', data = [];
  return (text) => {
    const parts = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = parts.pop();
    for (const line of parts) {
      if (line === '') {
        if (data.length) take(kind || 'message', data.join('\n'));
        kind = '';
        data = [];
        continue;
      }
      const at = line.indexOf(':');
      const field = at < 0 ? line : line.slice(0, at);
      const value = at < 0 ? '' : line.slice(at + 1).replace(/^ /, '');
      if (field === 'event') kind = value;
      if (field === 'data') data.push(value);
    }
  };
}
