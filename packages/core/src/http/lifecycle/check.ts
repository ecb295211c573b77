import { HoldfastError } from '../../errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import { timeout, type TimeoutOptions } from '../../timeout/timeout.ts';
import type { TimeLimitPolicy } from '../../timeout/types.ts';
import { CheckRun } from './check-run.ts';
import type { CheckReport, HealthKind } from './health-types.ts';

/** A check with its defaults. */
export interface CheckSettings {
  readonly name: string;
  readonly kind: HealthKind;
  readonly timeoutMs: number;
  readonly cacheMs: number;
  readonly clock: Clock;
  readonly run: (signal: AbortSignal) => unknown;
}

/** One check: never run twice at once, bounded in time, its result kept for a while. */
export class Check implements Disposable {
  readonly #settings: CheckSettings;
  readonly #limit: TimeLimitPolicy<TimeoutOptions>;
  #last: CheckRun | undefined = undefined;

  constructor(settings: CheckSettings) {
    const { name, timeoutMs, clock } = settings;
    this.#settings = settings;
    this.#limit = timeout({ name, timeoutMs, clock });
  }

  get kind(): HealthKind {
    return this.#settings.kind;
  }

  /** Never rejects. */
  async report(): Promise<CheckReport> {
    const { name, kind, clock } = this.#settings;
    const run = this.#run();
    const { startedAt, endedAt, ...how } = await run.found;
    return {
      name,
      kind,
      ...how,
      tookMs: endedAt - startedAt,
      ageMs: clock.now() - endedAt,
      hanging: run.hangs,
    };
  }

  [Symbol.dispose](): void {
    this.#last?.expire(new HoldfastError({ code: 'HF_DISPOSED', policy: this.#settings.name }));
    this.#limit[Symbol.dispose]();
  }

  /** The run whose finding is the answer. */
  #run(): CheckRun {
    const last = this.#last;
    if (last !== undefined && this.#stands(last)) return last;
    const { run, clock } = this.#settings;
    this.#last = new CheckRun({ run, limit: this.#limit, now: () => clock.now() });
    return this.#last;
  }

  /** A run under way is shared, one that hangs not begun again, and a result used while it is fresh. */
  #stands({ finding, hangs }: CheckRun): boolean {
    const { cacheMs, clock } = this.#settings;
    return finding === undefined || hangs || clock.now() - finding.endedAt < cacheMs;
  }
}
