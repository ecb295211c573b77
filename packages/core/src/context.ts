import type { CallContext, RunOptions } from './call.ts';
import type { Clock } from './runtime/clock.ts';
import { remainingMs } from './runtime/remaining.ts';

/** The context of a call under one policy that neither repeats nor aborts it. */
export class SingleCallContext implements CallContext {
  readonly options: RunOptions | undefined;
  readonly #clock: Clock;
  #controller: AbortController | undefined = undefined;

  constructor(options: RunOptions | undefined, clock: Clock) {
    this.options = options;
    this.#clock = clock;
  }

  get signal(): AbortSignal {
    // One of its own per call: listeners left on a shared signal would make every call slower.
    return this.options?.signal ?? (this.#controller ??= new AbortController()).signal;
  }

  get attempt(): number {
    return 1;
  }

  get deadline(): number | undefined {
    return this.options?.deadline;
  }

  get key(): string | undefined {
    return this.options?.key;
  }

  get priority(): number {
    return this.options?.priority ?? 0;
  }

  remainingMs(): number {
    return remainingMs(this.deadline, this.#clock);
  }
}
