import type { Dropped } from './dropped.ts';

const MOST_WARNINGS = 20;

/** Warns of metrics that are left out: once for each name, whichever worker has it, and 20 times at the most. */
export class DroppedWarnings {
  readonly #names: Set<string> = new Set();

  warn(who: string, { reasons }: Dropped): void {
    for (const [name, reason] of reasons) {
      if (this.#names.size >= MOST_WARNINGS || this.#names.has(name)) continue;
      this.#names.add(name);
      const what = name === '' ? 'a metric without a name' : `the metric ${JSON.stringify(name)}`;
      const message = `${what} of ${who} is left out, in whole or in part: ${reason}`;
      process.emitWarning(message, { code: 'HF_METRIC_DROPPED', type: 'HoldfastWarning' });
    }
  }
}
