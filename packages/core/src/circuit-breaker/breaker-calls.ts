import type { Call, Result, RunOptions, Wrap } from '../call.ts';
import { SingleCallContext } from '../context.ts';
import { faultOf, faultOfCall } from '../options/run-options.ts';
import { isThenable, unheard } from '../options/thenable.ts';
import { attemptOf } from '../pipeline/attempt.ts';
import { start, whenSettled } from '../pipeline/start.ts';
import { wrapFor } from '../wrap.ts';
import { Gate, type Answer } from './gate.ts';
import { settleError, settleValue } from './judgement.ts';
import { CallPermit, CircuitRefusal } from './permit.ts';
import { PlainCalls } from './plain-calls.ts';
import type { Settings } from './settings.ts';
import type { AcquireOptions, Permit, Refusal } from './types.ts';

/** The reactions of one generation: bound once, so that a call in CLOSED allocates none. */
interface Reactions {
  readonly generation: number;
  readonly onValue: <T>(value: T) => T;
  readonly onError: (error: unknown) => never;
}

/** How calls go through a breaker: past it in CLOSED where nobody looks, with a permit otherwise. */
export class BreakerCalls {
  protected readonly gate: Gate;
  protected readonly plain: PlainCalls;
  #reactions: Reactions | undefined = undefined;
  #wrap: Wrap | undefined = undefined;

  constructor(name: string, settings: Settings) {
    this.gate = new Gate(name, settings);
    this.plain = new PlainCalls(this.gate);
  }

  get name(): string {
    return this.gate.machine.name;
  }

  get wrap(): Wrap {
    this.#wrap ??= wrapFor(this);
    return this.#wrap;
  }

  execute<T>(call: Call<T>, options?: RunOptions): Promise<T> {
    return options === undefined && typeof call === 'function' && this.plain.open
      ? this.#runPlain(call)
      : this.#executeWithPermit(call, options);
  }

  attempt<T>(call: Call<T>, options?: RunOptions): Promise<Result<T>> {
    if (this.plain.open || faultOfCall(call) !== undefined || faultOf(options) !== undefined) {
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
    if (!this.plain.open) return this.#executeSyncWithPermit(call);
    const generation = this.plain.admit();
    let value: T;
    try {
      value = call();
    } catch (error) {
      this.plain.fail(generation, error);
      throw error;
    }
    if (isThenable(value)) throw this.#refuseThenable(this.plain.permit(generation), value);
    this.plain.succeed(generation, value);
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

  #runPlain<T>(call: Call<T>): Promise<T> {
    const { onValue, onError } = this.#reactionsOf(this.plain.admit());
    const context = new SingleCallContext(undefined, this.gate.machine.settings.clock);
    return whenSettled(start(call, context), onValue, onError);
  }

  #reactionsOf(generation: number): Reactions {
    if (this.#reactions?.generation === generation) return this.#reactions;
    this.#reactions = {
      generation,
      onValue: (value) => {
        this.plain.succeed(generation, value);
        return value;
      },
      onError: (error) => {
        this.plain.fail(generation, error);
        throw error;
      },
    };
    return this.#reactions;
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
    return whenSettled(start(call, context), onValue, onError);
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
    unheard(value);
    return new TypeError(
      `executeSync of circuit "${this.name}" was given a function that returns a promise; use execute`,
    );
  }
}
