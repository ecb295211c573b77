import { report } from '../../events/emitter.ts';
import { unheard } from '../../options/thenable.ts';
import { isStoreError } from '../store-error.ts';
import type { Ending } from './ending.ts';
import type { Pauses, PauseTerms } from './pauses.ts';

const PAUSE: PauseTerms = { longestMs: 1_000, keepsAlive: false };
const LONGEST_MS = 600_000;
const MOST = 1_000;

/**
 * Log-outs that failed as the store was lost, run again in the background until it is back: for up to ten minutes, and
 * at most 1,000 of them. The rest is left to `guarded`, which removes the id that is known.
 */
export class LateEndings {
  readonly #pauses: Pauses;
  #count = 0;

  constructor(pauses: Pauses) {
    this.#pauses = pauses;
  }

  add(ending: Ending): void {
    if (this.#count >= MOST) void unheard(ending.remove());
    else void this.#run(ending);
  }

  async #run(ending: Ending): Promise<void> {
    this.#count++;
    const until = this.#pauses.now + LONGEST_MS;
    let attempt = 1;
    do await this.#pauses.after(attempt++, PAUSE);
    while ((await this.#fails(ending)) && this.#pauses.now < until);
    this.#count--;
  }

  async #fails(ending: Ending): Promise<boolean> {
    try {
      await ending.run();
      return false;
    } catch (error) {
      if (isStoreError(error)) return true;
      report(error, 'store');
      return false;
    }
  }
}
