import { setTimeout as sleep } from 'node:timers/promises';

/** Longest wait for something that comes at once unless it is broken. */
const PATIENCE_MS = 4_000;

/** Waits until `look` finds something, and returns that. Throws with `what` if it never does. */
export const until = async <T>(
  look: () => T | undefined | false,
  what: string,
  patienceMs = PATIENCE_MS,
): Promise<T> => {
  const end = performance.now() + patienceMs;
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`never came: ${what}`);
    await sleep(1);
  }
};

/** Everything that is already on its way through the event loop has arrived. */
export const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
};

/** Something that another part of a scenario brings about. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

export const gate = (): Gate => {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: () => resolve() };
};
