import type { CallContext } from '../call.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import type { Step } from './script.ts';

/** One call of a scripted dependency. */
export interface ScriptedCall {
  /** 1 for the first. */
  readonly number: number;
  /** The attempt and the key in its context; 1 and undefined for a call without a context. */
  readonly attempt: number;
  readonly key: string | undefined;
  /** Milliseconds of the clock. */
  readonly startMs: number;
  /** Undefined while it is pending. */
  readonly endMs: number | undefined;
  readonly outcome: 'pending' | 'succeeded' | 'failed';
  /** Whether its signal had aborted by the end, or has by now. */
  readonly aborted: boolean;
}

/** A call as it goes on. */
export class RecordedCall {
  readonly #start: Pick<ScriptedCall, 'number' | 'attempt' | 'key' | 'startMs'>;
  /** Read late and without a listener: a hang must leave nothing on its caller's signal. */
  #signalOf: (() => AbortSignal) | undefined;
  #end: Pick<ScriptedCall, 'endMs' | 'outcome' | 'aborted'> | undefined = undefined;

  constructor(number: number, startMs: number, context: CallContext | undefined) {
    const { attempt, key } = context ?? { attempt: 1, key: undefined };
    this.#start = { number, attempt, key, startMs };
    this.#signalOf = context === undefined ? undefined : () => context.signal;
  }

  get number(): number {
    return this.#start.number;
  }

  get signal(): AbortSignal | undefined {
    return this.#signalOf?.();
  }

  end(outcome: 'succeeded' | 'failed', endMs: number): void {
    this.#end = { endMs, outcome, aborted: this.#aborted };
    this.#signalOf = undefined;
  }

  view(): ScriptedCall {
    const pending = { endMs: undefined, outcome: 'pending', aborted: this.#aborted } as const;
    return { ...this.#start, ...(this.#end ?? pending) };
  }

  get #aborted(): boolean {
    return this.signal?.aborted === true;
  }
}

/** Calls back when the signal aborts, at once where it has; disposing it leaves no listener. */
const onAbort = (signal: AbortSignal, callback: () => void): Disposable => {
  if (signal.aborted) callback();
  else signal.addEventListener('abort', callback, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', callback) };
};

/** What a step rejects with; null is an error like any other. */
const errorOf = (error: unknown, { number }: RecordedCall): unknown =>
  error === undefined ? new Error(`call ${number} failed, as scripted`) : error;

/** Plays one step; its promise settles as the step says, `ended` is told first. */
export const play = <T>(
  { ending, afterMs, abortable }: Step<T>,
  record: RecordedCall,
  clock: Clock,
  ended: () => void,
): Promise<T> =>
  new Promise((resolve, reject) => {
    let timer: Timer | undefined;
    let abort: Disposable | undefined;
    let over = false;
    const end = (outcome: 'succeeded' | 'failed'): void => {
      over = true;
      timer?.[Symbol.dispose]();
      abort?.[Symbol.dispose]();
      record.end(outcome, clock.now());
      ended();
    };
    const settle = (): void => {
      if (ending.kind === 'succeeds') {
        end('succeeded');
        resolve(ending.value);
      } else if (ending.kind === 'fails') {
        end('failed');
        reject(errorOf(ending.error, record));
      }
    };
    const signal = abortable ? record.signal : undefined;
    if (signal !== undefined) {
      abort = onAbort(signal, () => {
        end('failed');
        reject(signal.reason);
      });
    }
    if (over) return;
    if (afterMs > 0 && ending.kind !== 'hangs') timer = clock.setTimer(settle, afterMs);
    else settle();
  });
