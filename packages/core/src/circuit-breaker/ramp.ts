import type { RampOptions } from './types.ts';

/** The second phase of HALF_OPEN: a share of calls that grows in a straight line to all of them. */
export class Ramp {
  readonly endsAt: number;
  readonly #options: RampOptions;
  readonly #startedAt: number;

  constructor(options: RampOptions, now: number) {
    this.#options = options;
    this.#startedAt = now;
    this.endsAt = now + options.overMs;
  }

  /** The share admitted at `now`, in (0, 1]. */
  share(now: number): number {
    const { from, overMs } = this.#options;
    return from + (1 - from) * Math.min(1, (now - this.#startedAt) / overMs);
  }
}
