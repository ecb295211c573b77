import type { Call, Result, RunOptions, Wrap } from '../call.ts';
import { SingleCallContext } from '../context.ts';
import { callChannel } from '../events/channels.ts';
import { faultOf, faultOfCall } from '../options/run-options.ts';
import { attemptOf } from '../pipeline/attempt.ts';
import { start } from '../pipeline/start.ts';
import { wrapFor } from '../wrap.ts';
import { Gate, type Answer } from './gate.ts';
import { settleError, settleValue } from './judgement.ts';
import { CallPermit, CircuitRefusal } from './permit.ts';
import type { Settings } from './settings.ts';
import type { AcquireOptions, Permit, Refusal } from './types.ts';
import { SUCCESS } from './window.ts';

/** The reactions of one generation: bound once, so that a call in CLOSED allocates none. */
interface Reactions {
  readonly generation: number;
  readonly onValue: <T>(value: T) => T;
  readonly onError: (error: unknown) => never;
}

// Taken once: a promise with a `then` of its own must not slip past the breaker.
// oxlint-disable-next-line typescript/unbound-method -- only ever called with a promise as `this`
const { then } = Promise.prototype;

/** What cannot be asked for its `then` cannot be waited for either: it is a value like any other. */
const isThenable = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return false;
  try {
    return 'then' in value && typeof value.then === 'function';
  } catch {
    return false;
  }
};

/** How calls go through a breaker: past it in CLOSED where nobody looks, with a permit otherwise. */
export class BreakerCalls {
  protected readonly gate: Gate;
  #reactions: Reactions | undefined = undefined;
  #wrap: Wrap | undefined = undefined;
  /** Whether a call in CLOSED needs neither permit nor clock at admission. */
  #plain = true;

  constructor(name: string, settings: Settings) {
    this.gate = new Gate(name, settings);
    this.findPlain();
  }

  get name(): string {
    return this.gate.machine.name;
  }

  get wrap(): Wrap {
    this.#wrap ??= wrapFor(this);
    return this.#wrap;
  }

  execute<T>(call: Call<T>, options?: RunOptions): Promise<T> {
    return options === undefined && typeof call === 'function' && this.#isPlain()
      ? this.#runPlain(call)
      : this.#executeWithPermit(call, options);
  }

  attempt<T>(call: Call<T>, options?: RunOptions): Promise<Result<T>> {
    if (this.#isPlain() || faultOfCall(call) !== undefined || faultOf(options) !== undefined) {
      return attemptOf(this.execute(call, options));
    }
    if (options?.signal?.aborted === true) return attemptOf(Promise.reject(options.signal.reason));
    const answer = this.#acquire(options);
    if (answer instanceof CircuitRefusal) return Promise.resolve(answer);
    return attemptOf(this.#runWhenAnswered(answer, call, options));
  }

  executeSync<T>(call: () => T): T {
    const fault = faultOfCall(call);
    if (fault !== undefined) throw fault;
    if (!this.#isPlain()) return this.#executeSyncWithPermit(call);
    const { machine } = this.gate;
    const { generation } = machine;
    machine.counters.admitted++;
    let value: T;
    try {
      value = call();
    } catch (error) {
      settleError(this.gate, this.#plainPermit(generation), error);
      throw error;
    }
    if (isThenable(value)) throw this.#refuseThenable(this.#plainPermit(generation), value);
    this.#plainSuccess(generation, value);
    return value;
  }

  tryAcquire(): Permit | Refusal {
    return this.gate.acquire(this.gate.machine.measures());
  }

  acquire(options: AcquireOptions = {}): Promise<Permit | Refusal> {
    const fault = faultOf(options);
    if (fault !== undefined) return Promise.reject(fault);
    const { signal } = options;
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    return Promise.resolve(this.gate.acquireOrWait(this.gate.machine.measures(), signal));
  }

  /** To be called whenever something changed that the plain path would miss. */
  protected findPlain(): void {
    const { machine } = this.gate;
    const { settings, meter, mode, isolations, disposed } = machine;
    const judged = settings.classify !== undefined || meter.slowMs !== Infinity;
    const refuses = mode !== 'automatic' || isolations.length > 0 || disposed;
    this.#plain = !judged && !refuses && !machine.hears('outcome');
  }

  #isPlain(): boolean {
    return this.#plain && this.gate.machine.state === 'CLOSED' && !callChannel.hasSubscribers;
  }

  #runPlain<T>(call: Call<T>): Promise<T> {
    const { machine } = this.gate;
    const { onValue, onError } = this.#reactionsOf(machine.generation);
    machine.counters.admitted++;
    const context = new SingleCallContext(undefined, machine.settings.clock);
    return then.call(start(call, context), onValue, onError) as Promise<T>;
  }

  #reactionsOf(generation: number): Reactions {
    if (this.#reactions?.generation === generation) return this.#reactions;
    this.#reactions = {
      generation,
      onValue: (value) => {
        this.#plainSuccess(generation, value);
        return value;
      },
      onError: (error) => {
        settleError(this.gate, this.#plainPermit(generation), error);
        throw error;
      },
    };
    return this.#reactions;
  }

  #plainSuccess(generation: number, value: unknown): void {
    const { machine } = this.gate;
    if (generation === machine.generation && this.#plain) {
      machine.counters.successes++;
      const { meter } = machine;
      meter.record(SUCCESS, meter.timed ? machine.settings.clock.now() : 0);
    } else settleValue(this.gate, this.#plainPermit(generation), value);
  }

  /** The permit a plain call did without, for an end that needs one. */
  #plainPermit(generation: number): CallPermit {
    return new CallPermit(this.gate, 'call', generation, Number.NaN);
  }

  #executeWithPermit<T>(call: Call<T>, options: RunOptions | undefined): Promise<T> {
    const fault = faultOfCall(call) ?? faultOf(options);
    if (fault !== undefined) return Promise.reject(fault);
    const signal = options?.signal;
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    return this.#runWhenAnswered(this.#acquire(options), call, options);
  }

  #acquire(options: RunOptions | undefined): Answer | Promise<Answer> {
    const { machine } = this.gate;
    const measured = options?.deadline !== undefined || machine.measures();
    return this.gate.acquireOrWait(measured, options?.signal);
  }

  #runWhenAnswered<T>(
    answer: Answer | Promise<Answer>,
    call: Call<T>,
    options: RunOptions | undefined,
  ): Promise<T> {
    if (answer instanceof CallPermit) return this.#run(answer, call, options);
    if (answer instanceof CircuitRefusal) return Promise.reject(answer.rejection);
    return answer.then((settled) => {
      const signal = options?.signal;
      if (settled instanceof CallPermit && signal?.aborted === true) {
        settled.ignore();
        throw signal.reason;
      }
      return this.#runWhenAnswered(settled, call, options);
    });
  }

  #run<T>(permit: CallPermit, call: Call<T>, options: RunOptions | undefined): Promise<T> {
    const { gate } = this;
    const context = new SingleCallContext(options, gate.machine.settings.clock);
    const { classify } = gate.machine.settings;
    // Held on to only where a verdict asks for it: most calls then need no context on the heap.
    const judged = options === undefined && classify === undefined ? undefined : context;
    const onValue = (value: T): T => {
      settleValue(gate, permit, value, judged);
      return value;
    };
    const onError = (error: unknown): never => {
      settleError(gate, permit, error, judged);
      throw error;
    };
    return then.call(start(call, context), onValue, onError) as Promise<T>;
  }

  #executeSyncWithPermit<T>(call: () => T): T {
    const { gate } = this;
    const { settings } = gate.machine;
    const permit = gate.acquire(gate.machine.measures());
    if (permit instanceof CircuitRefusal) throw permit.rejection;
    const context = new SingleCallContext(undefined, settings.clock);
    let value: T;
    try {
      value = call();
    } catch (error) {
      settleError(gate, permit, error, context);
      throw error;
    }
    if (isThenable(value)) throw this.#refuseThenable(permit, value);
    settleValue(gate, permit, value, context);
    return value;
  }

  #refuseThenable(permit: CallPermit, value: unknown): TypeError {
    permit.ignore();
    // Nobody will ever hear how it ended; it must not end the process.
    Promise.resolve(value).catch(() => undefined);
    return new TypeError(
      `executeSync of circuit "${this.name}" was given a function that returns a promise; use execute`,
    );
  }
}
