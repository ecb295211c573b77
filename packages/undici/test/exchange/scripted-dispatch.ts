import { errors, type Dispatcher } from 'undici';
import type { VirtualClock } from '@holdfast/core/testing';
import fc from 'fast-check';

type Handler = Dispatcher.DispatchHandler;
type Controller = Dispatcher.DispatchController;

/** What the server's side does with one attempt. */
export interface Script {
  /** How long until the request begins; undefined: it waits in the pool for ever. */
  readonly startMs: number | undefined;
  /** Undici starts a request anew that it re-queues. */
  readonly startsTwice: boolean;
  readonly informs: boolean;
  readonly answerMs: number;
  readonly status: number;
  readonly chunks: number;
  readonly ending: 'end' | 'reset' | 'hang' | 'upgrade' | 'throw' | 'error-at-once';
  /** At which event `reset` and `hang` come: before the headers, or after so many chunks. */
  readonly at: 'headers' | 'body';
  /** How long an abort takes to be answered. */
  readonly abortMs: number;
}

const time = fc.constantFrom(0, 1, 5, 40, 200);

export const script: fc.Arbitrary<Script> = fc.record({
  startMs: fc.option(time, { nil: undefined, freq: 8 }),
  startsTwice: fc.boolean(),
  informs: fc.boolean(),
  answerMs: time,
  status: fc.constantFrom(200, 200, 204, 404, 429, 500, 503),
  chunks: fc.nat(3),
  ending: fc.constantFrom(
    'end',
    'end',
    'end',
    'reset',
    'hang',
    'upgrade',
    'throw',
    'error-at-once',
  ),
  at: fc.constantFrom('headers', 'body'),
  abortMs: fc.constantFrom(0, 0, 1),
});

const reset = (): Error => Object.assign(new Error('reset'), { code: 'ECONNRESET' });

/** One request as undici's client would treat it: an abort always brings an error, once. */
class ScriptedExchange {
  readonly #clock: VirtualClock;
  readonly #handler: Handler;
  readonly #script: Script;
  #over = false;
  #aborted = false;
  #reason: Error | null = null;

  constructor(clock: VirtualClock, handler: Handler, given: Script) {
    this.#clock = clock;
    this.#handler = handler;
    this.#script = given;
  }

  /** Begun, and neither ended nor given up: work that nobody waits for. */
  get isForgotten(): boolean {
    return this.#made !== undefined && !this.#over && !this.#aborted;
  }

  run(): void {
    const { startMs, startsTwice, answerMs } = this.#script;
    if (startMs === undefined) return;
    this.#after(startMs, () => {
      this.#handler.onRequestStart?.(this.#controller, null);
      if (startsTwice && !this.#aborted) this.#handler.onRequestStart?.(this.#controller, null);
      this.#after(answerMs, () => this.#answer());
    });
  }

  #answer(): void {
    const { ending, at, informs, status, chunks } = this.#script;
    if (informs) this.#handler.onResponseStart?.(this.#controller, 103, {}, 'Early Hints');
    if (at === 'headers' && (ending === 'reset' || ending === 'hang')) return this.#breakOff();
    if (ending === 'upgrade') {
      this.#over = true;
      const socket = { destroy: () => undefined } as never;
      this.#handler.onRequestUpgrade?.(this.#controller, 101, {}, socket);
      return;
    }
    this.#handler.onResponseStart?.(this.#controller, status, { 'retry-after': '0' }, '');
    for (let chunk = 0; chunk < chunks; chunk++) {
      this.#after(chunk + 1, () =>
        this.#handler.onResponseData?.(this.#controller, Buffer.from('x')),
      );
    }
    this.#after(chunks + 1, () => {
      if (ending !== 'end') return this.#breakOff();
      this.#over = true;
      this.#handler.onResponseEnd?.(this.#controller, {});
    });
  }

  #breakOff(): void {
    if (this.#script.ending !== 'hang') this.#fail(reset());
  }

  #fail(error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#handler.onResponseError?.(this.#controller, error);
  }

  #after(ms: number, work: () => void): void {
    const run = (): void => {
      if (this.#over || this.#aborted) return;
      try {
        work();
      } catch (error) {
        this.#fail(error as Error);
      }
    };
    if (ms === 0) run();
    else this.#clock.setTimer(run, ms);
  }

  get #controller(): Controller {
    // One for all events, as undici's own.
    return (this.#made ??= this.#makeController());
  }

  #made: Controller | undefined;

  #makeController(): Controller {
    const abort = (reason?: Error): void => {
      if (this.#aborted || this.#over) return;
      this.#aborted = true;
      this.#reason = reason ?? null;
      const error = reason ?? new errors.RequestAbortedError();
      if (this.#script.abortMs === 0) this.#fail(error);
      else this.#clock.setTimer(() => this.#fail(error), this.#script.abortMs);
    };
    const aborted = (): boolean => this.#aborted;
    const reason = (): Error | null => this.#reason;
    return {
      get aborted() {
        return aborted();
      },
      get reason() {
        return reason();
      },
      paused: false,
      rawHeaders: null,
      rawTrailers: null,
      abort,
      pause: () => undefined,
      resume: () => undefined,
    };
  }
}

export interface ScriptedServer {
  readonly dispatch: Dispatcher['dispatch'];
  /** How many requests came. */
  readonly sent: () => number;
  /** How many of them go on although nobody waits for them. */
  readonly forgotten: () => number;
}

/** A `dispatch` that goes through the scripts, one for each request, the last for all others. */
export const scriptedDispatch = (
  clock: VirtualClock,
  scripts: readonly Script[],
): ScriptedServer => {
  let sent = 0;
  const exchanges: ScriptedExchange[] = [];
  const dispatch = (_: Dispatcher.DispatchOptions, handler: Handler): boolean => {
    const given = scripts[Math.min(sent++, scripts.length - 1)];
    if (given === undefined) throw new Error('no script');
    if (given.ending === 'throw') throw new Error('dispatch threw');
    // As undici says of a request that it cannot make: without a controller.
    if (given.ending === 'error-at-once')
      Reflect.apply(handler.onResponseError ?? (() => undefined), handler, [null, reset()]);
    else {
      const exchange = new ScriptedExchange(clock, handler, given);
      exchanges.push(exchange);
      exchange.run();
    }
    return true;
  };
  const forgotten = (): number => exchanges.filter(({ isForgotten }) => isForgotten).length;
  return { dispatch, sent: () => sent, forgotten };
};
