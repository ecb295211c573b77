import type { Call, Policy, Result, RunOptions, Wrap } from '../call.ts';
import type { Emitter } from '../events/emitter.ts';
import { wrongType } from '../options/validate.ts';
import { wrapFor } from '../wrap.ts';
import { attemptOf } from './attempt.ts';
import { runStack } from './run-stack.ts';
import type { Stack } from './stack.ts';
import { STAGES, type Stage } from './stage.ts';

/** What a policy made of stages has besides running calls. */
export interface PolicyParts<Options extends object, Events extends object> {
  readonly name: string;
  readonly stack: Stack;
  readonly events: Emitter<Events>;
  update(options: Partial<Options>): void;
  snapshot(): object;
  dispose(): void;
}

const assertUpdate = (change: unknown): void => {
  if (typeof change !== 'object' || change === null || Array.isArray(change))
    throw wrongType('update', change, 'an object');
  for (const fixed of ['name', 'clock']) {
    const value: unknown = Reflect.get(change, fixed);
    if (value !== undefined) {
      throw wrongType(fixed, value, 'nothing in update: it is fixed at construction');
    }
  }
};

class StackPolicy<Options extends object, Events extends object, Alt = never> implements Policy<
  Options,
  Events,
  Alt
> {
  declare readonly alternative?: Alt;
  readonly #parts: PolicyParts<Options, Events>;
  #wrap: Wrap<Alt> | undefined = undefined;

  constructor(parts: PolicyParts<Options, Events>) {
    this.#parts = parts;
  }

  get name(): string {
    return this.#parts.name;
  }

  get wrap(): Wrap<Alt> {
    this.#wrap ??= wrapFor(this);
    return this.#wrap;
  }

  get [STAGES](): readonly Stage[] | undefined {
    const { stages, nested } = this.#parts.stack;
    return nested === undefined ? stages : undefined;
  }

  execute<T>(call: Call<T>, options?: RunOptions): Promise<T | Alt> {
    // The stack hands on what the call or a stage of `Alt` gave; it makes no values of its own.
    return runStack(this.#parts.stack, call, options) as Promise<T | Alt>;
  }

  attempt<T>(call: Call<T>, options?: RunOptions): Promise<Result<T | Alt>> {
    return attemptOf(this.execute(call, options));
  }

  update(options: Partial<Options>): void {
    assertUpdate(options);
    this.#parts.update(options);
  }

  snapshot(): object {
    return this.#parts.snapshot();
  }

  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): Disposable {
    return this.#parts.events.on(name, listener);
  }

  [Symbol.dispose](): void {
    this.#parts.events.close();
    this.#parts.dispose();
  }
}

/** The face of every policy that is a stack of stages, one or many. */
export const stackPolicy = <Options extends object, Events extends object, Alt = never>(
  parts: PolicyParts<Options, Events>,
): Policy<Options, Events, Alt> => new StackPolicy<Options, Events, Alt>(parts);
