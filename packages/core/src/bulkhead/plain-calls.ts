import type { Call, RunOptions } from '../call.ts';
import { SingleCallContext } from '../context.ts';
import type { Refused } from '../pipeline/stage.ts';
import { start, whenSettled } from '../pipeline/start.ts';
import type { Slots } from './slots.ts';
import { Waiter, type Settle, type Wait } from './waiter.ts';

const soon = Promise.resolve();

/** What is called, and how. */
interface Planned {
  readonly calls: PlainCalls;
  readonly call: Call<unknown>;
  readonly options: RunOptions | undefined;
}

/** A call that waits, and runs when it has a slot. */
class CallWaiter extends Waiter implements Planned {
  readonly calls: PlainCalls;
  readonly call: Call<unknown>;
  readonly options: RunOptions | undefined;
  readonly #resolve: Settle<unknown>['resolve'];
  readonly #reject: Settle<unknown>['reject'];

  constructor(wait: Wait, { calls, call, options }: Planned, { resolve, reject }: Settle<unknown>) {
    super(wait);
    this.calls = calls;
    this.call = call;
    this.options = options;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** The call runs in a turn of its own, not in the one of whoever gave the slot back. */
  override admit(): void {
    this.#resolve(soon.then(() => this.calls.runAfterWait(this)));
  }

  override refuse({ rejection }: Refused): void {
    this.#reject(rejection);
  }

  override reject(reason: unknown): void {
    this.#reject(reason);
  }
}

/** Calls for which a bulkhead stands alone: no record, and two reactions that serve them all. */
export class PlainCalls {
  readonly #slots: Slots;

  constructor(slots: Slots) {
    this.#slots = slots;
  }

  readonly execute = (call: Call<unknown>, options: RunOptions | undefined): Promise<unknown> => {
    const admission = this.#slots.admit(options?.priority ?? 0, options?.deadline);
    if (admission === true) return this.#run(call, options);
    return admission === false ? this.#wait(call, options) : Promise.reject(admission.rejection);
  };

  #run(call: Call<unknown>, options: RunOptions | undefined): Promise<unknown> {
    const context = new SingleCallContext(options, this.#slots.settings.clock);
    return whenSettled(start(call, context), this.#onValue, this.#onError);
  }

  /** Runs a call whose slot is there; one that was given up in the same moment gives it back. */
  runAfterWait({ call, options }: Planned): Promise<unknown> {
    const signal = options?.signal;
    if (signal?.aborted !== true) return this.#run(call, options);
    this.#slots.free();
    return Promise.reject(signal.reason);
  }

  #wait(call: Call<unknown>, options: RunOptions | undefined): Promise<unknown> {
    const { signal, deadline, priority = 0 } = options ?? {};
    return new Promise((resolve, reject) => {
      const wait = this.#slots.waitOf({ signal, deadline, priority });
      this.#slots.join(new CallWaiter(wait, { calls: this, call, options }, { resolve, reject }));
    });
  }

  readonly #onValue = (value: unknown): unknown => {
    this.#slots.free();
    return value;
  };

  readonly #onError = (error: unknown): never => {
    this.#slots.free();
    throw error;
  };
}
