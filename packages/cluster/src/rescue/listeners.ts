/** Who takes connections of one server. Once empty it stays so: the primary has closed the server's socket. */
export type Listeners = ReadonlySet<object>;

const byKey = new Map<string, Set<object>>();

/** Adds a worker to the server's listeners; the first one begins a new server. */
export const addListener = (key: string, worker: object): Listeners => {
  const listeners = byKey.get(key) ?? new Set();
  byKey.set(key, listeners.add(worker));
  return listeners;
};

export const removeListener = (key: string, worker: object): void => {
  const listeners = byKey.get(key);
  if (listeners?.delete(worker) === true && listeners.size === 0) byKey.delete(key);
};

export const removeFromAll = (worker: object): void => {
  for (const key of byKey.keys()) removeListener(key, worker);
};
