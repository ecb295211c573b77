import type { Clock } from '../runtime/clock.ts';
import { remainingMs } from '../runtime/remaining.ts';
import { LinkedSignal } from './linked-signal.ts';
import type { CallRecord, Ending, Repetition } from './stage.ts';

/** A pass that repeats a part of another one. */
interface Repeated {
  readonly result: Promise<unknown>;
  interrupt(stage: number, error: unknown): void;
}

/** What a repetition is of. */
export interface RepetitionSource {
  readonly clock: Clock;
  /** What its signal follows. */
  signal(): AbortSignal | undefined;
  /** Index of the first stage of the part. */
  readonly from: number;
  /** Runs the part once more. */
  begin(): Repeated;
}

/** What a stage does once more, under a signal and a deadline that are those of its outside. */
export class PassRepetition implements Repetition {
  readonly attempt: number;
  readonly deadline: number | undefined;
  readonly key: string | undefined;
  readonly priority: number;
  readonly #before: Ending;
  readonly #source: RepetitionSource;
  readonly #linked: LinkedSignal;
  #last: Repeated | undefined = undefined;
  #abandoned = false;

  constructor(record: CallRecord, before: Ending, source: RepetitionSource) {
    this.attempt = record.attempt;
    this.deadline = record.deadline;
    this.key = record.key;
    this.priority = record.priority;
    this.#before = before;
    this.#source = source;
    this.#linked = new LinkedSignal(() => source.signal());
  }

  get signal(): AbortSignal {
    return this.#linked.signal;
  }

  remainingMs(): number {
    return remainingMs(this.deadline, this.#source.clock);
  }

  rerun(): Promise<unknown> {
    if (this.#abandoned) return Promise.reject(this.signal.reason);
    this.#last = this.#source.begin();
    return this.#last.result;
  }

  /** A stage outside was interrupted. */
  abandon(error: unknown): void {
    this.#abandoned = true;
    this.#linked.abort(error);
    this.#last?.interrupt(this.#source.from - 1, error);
  }

  /** Whether an error is of the stage's own making, as a fallback's may be, and of no call inside. */
  hasOwn(error: unknown): boolean {
    const passedOn = !this.#before.ok && error === this.#before.error;
    return this.#last === undefined && !passedOn;
  }

  /** It is over. */
  end(): void {
    this.#linked.unlink();
  }
}
