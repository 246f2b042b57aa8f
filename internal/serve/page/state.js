// What the page knows of the device, and who wants to hear when that changes.

import { api } from './api.js';

export const state = { device: null, status: null, classes: null, history: null, snapshots: null };

const hearers = new Map();

// hear calls back with a value whenever it was loaded, or with the problem that it met.
export function hear(name, does) {
  if (!hearers.has(name)) hearers.set(name, []);
  hearers.get(name).push(does);
}

export function tell(name, problem) {
  for (const does of hearers.get(name) || []) does(state[name], problem);
}

const loaders = {
  device: api.device,
  status: api.status,
  classes: async () => (await api.classes()).classes || [],
  history: async () => (await api.history(50)).operations || [],
  snapshots: async () => (await api.snapshots()).snapshots || [],
};

const latest = new Map();

// load fetches values anew. An answer that a later one has overtaken is dropped.
export function load(...names) {
  return Promise.all(names.map(async (name) => {
    const turn = (latest.get(name) || 0) + 1;
    latest.set(name, turn);
    try {
      const value = await loaders[name]();
      if (latest.get(name) !== turn) return;
      state[name] = value;
      tell(name);
    } catch (problem) {
      if (latest.get(name) === turn) tell(name, problem);
    }
  }));
}

export const names = () => (state.classes || []).map((c) => c.class);
