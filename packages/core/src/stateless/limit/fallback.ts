import type { Key } from '../key.ts';
import { NOTHING, type Answers, type Left } from './answers.ts';
import type { SharedTaken } from './types.ts';

/** What is wanted, and whose it is. */
export interface Wish {
  readonly key: Key;
  readonly units: number;
}

/** What decides while the store is lost. */
export interface Fallback extends Disposable {
  readonly keys: number;
  readonly instances: number;
  /** Told of each call, whether or not the store is lost. */
  use(): void;
  /** `retryAfterMs` is when the store may be there again, where that is known. */
  take(wish: Wish, retryAfterMs: number | undefined): SharedTaken;
  /** All units of a key are there again. */
  reset(key: Key): void;
}

/** Where nobody knows better, a lost store is asked again after this. */
const ASK_AGAIN_MS = 1_000;

const alone = {
  keys: 0,
  instances: 1,
  use: () => undefined,
  reset: () => undefined,
  [Symbol.dispose]: () => undefined,
};

/** Everybody is admitted. */
export const allowAll = (answers: Answers, most: number): Fallback => {
  const left: Left = { remaining: most, moreMs: 0, resetMs: 0 };
  return { ...alone, take: () => answers.admit('policy', left, NOTHING) };
};

/** Nobody is admitted, except for nothing. */
export const denyAll = (answers: Answers): Fallback => ({
  ...alone,
  take: ({ units }, retryAfterMs = ASK_AGAIN_MS) => {
    const left: Left = { remaining: 0, moreMs: retryAfterMs, resetMs: retryAfterMs };
    return units === 0
      ? answers.admit('policy', left, NOTHING)
      : answers.refuse('policy', left, retryAfterMs);
  },
});
