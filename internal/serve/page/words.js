// Numbers, sizes and times in words.

export const plural = (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`;

export const number = (n) => Number(n).toLocaleString('en');

// percent never says 0 or 100 of what is not exactly that.
export function percent(share) {
  const p = 100 * share;
  if (p > 0 && p < 1) return '< 1 %';
  if (p > 99 && p < 100) return '> 99 %';
  return `${Math.round(p)} %`;
}

export function bytes(n) {
  if (n < 1024) return `${n} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let at = -1;
  do {
    n /= 1024;
    at++;
  } while (n >= 1024 && at < units.length - 1);
  return `${n < 10 ? n.toFixed(1) : Math.round(n)} ${units[at]}`;
}

export function seconds(s) {
  if (s < 0.0995) return `${Math.max(1, Math.round(1000 * s))} ms`;
  if (s < 10) return `${s.toFixed(1)} s`;
  return span(s);
}

export function span(s) {
  s = Math.round(s);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

export function ago(time) {
  const s = (Date.now() - new Date(time)) / 1000;
  if (Number.isNaN(s)) return '';
  if (s < 45) return 'just now';
  if (s < 86400) return `${s < 90 ? '1 min' : span(s)} ago`;
  return new Date(time).toLocaleDateString('en', { day: 'numeric', month: 'short' });
}

export const clock = (time) => new Date(time).toLocaleTimeString('en', { hour: '2-digit', minute: '2-digit', hour12: false });

export const points = (p) => `${Math.abs(p).toFixed(1)} ${Math.abs(p).toFixed(1) === '1.0' ? 'point' : 'points'}`;

// short cuts a name that is too long for a sentence.
export function short(name, most = 24) {
  const letters = Array.from(String(name));
  return letters.length > most ? `${letters.slice(0, most - 1).join('')}…` : String(name);
}

// harm says what a lesson takes from the classes known before, in points of recall.
export function harm(h) {
  if (!h || (Math.abs(h.mean) < 0.05 && h.worst < 0.05)) return 'Nothing was lost elsewhere.';
  const mean = h.mean >= 0.05 ? `Others lost ${points(h.mean)} of recall on average` : h.mean <= -0.05 ? `Others gained ${points(h.mean)} of recall on average` : 'Others stayed as they were on average';
  return h.class !== '' && h.class !== undefined && h.worst >= 0.05 ? `${mean}; ${short(h.class)} lost most, ${points(h.worst)}.` : `${mean}.`;
}
