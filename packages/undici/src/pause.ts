import type { Deadline } from '@holdfast/core/adapter';
import type { Controller } from './controls.ts';

/** What of a response that is not passed on is read, so that its connection can be used again. */
export const MOST_DRAINED_BYTES = 65_536;
export const LONGEST_DRAIN_MS = 1_000;

/** Who is to hear that a pause is over. */
interface Sleeper {
  wake(): void;
}

/** A sleep before an attempt, or the patience with the rest of a response that nobody is to see. */
export class Pause implements Deadline {
  readonly due: number;
  position = -1;
  readonly keepsAlive: boolean;
  drainedBytes = 0;
  /** Whose response is drained; undefined for a sleep. */
  readonly drained: Controller | undefined;
  readonly #sleeper: Sleeper;

  constructor(sleeper: Sleeper, due: number, drained?: Controller) {
    this.#sleeper = sleeper;
    this.due = due;
    this.drained = drained;
    this.keepsAlive = drained === undefined;
  }

  fire(): void {
    this.#sleeper.wake();
  }
}
