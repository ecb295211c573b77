import { setTimeout as sleep } from 'node:timers/promises';
import type { Place } from './ledger.ts';

/** How a client behaves. */
export interface Habit {
  /** What it asks for next. */
  readonly path: (place: Place) => string;
  /** It thinks this long at most before it asks again. */
  readonly thinkMs: number;
}

/** A whole number of milliseconds between the two. */
const between = (from: number, to: number): number =>
  Math.round(from + Math.random() * (to - from));

const quick = (): string => `/wait/${between(0, 40)}`;

export const busy: Habit = { path: quick, thinkMs: 20 };

/** One request, and then it only keeps its connection. */
export const idle: Habit = { path: quick, thinkMs: 3_600_000 };

/** Requests that take their time, every other one answered bit by bit. */
export const slow: Habit = {
  path: (place) => {
    if (place === 'staying') return quick();
    const how = Math.random() < 0.5 ? 'wait' : 'stream';
    return `/${how}/${between(600, 1_600)}`;
  },
  thinkMs: 20,
};

/** Thinks at random up to the habit's time, or until the signal aborts. */
export const think = async ({ thinkMs }: Habit, until: AbortSignal): Promise<void> => {
  const ms = thinkMs > 1_000 ? thinkMs : between(0, thinkMs);
  await sleep(ms, undefined, { signal: until }).catch(() => undefined);
};
