import type { HoldfastError } from './errors.ts';

/**
 * What one execution knows about itself. Made once per `execute` and handed to every policy and to
 * the call.
 */
export interface CallContext {
  /**
   * Aborts when the caller gives up or a policy does. Lazy: no `AbortController` exists until
   * somebody reads it or a policy has to abort.
   */
  readonly signal: AbortSignal;
  /** 1 for the first try. */
  readonly attempt: number;
  /** When the whole operation must be over, in monotonic milliseconds of the policy's clock. */
  readonly deadline: number | undefined;
  /** Tenant, user, shard … for keyed policies. */
  readonly key: string | undefined;
  /** 0 is shed first. Default 0. */
  readonly priority: number;
  /** Milliseconds left until the deadline, never below 0; `Infinity` without a deadline. */
  remainingMs(): number;
}

/** The work that a policy protects: any function that returns a value or a promise. */
export type Call<T> = (context: CallContext) => T | PromiseLike<T>;

/** What a caller may say about one execution. */
export interface RunOptions {
  /** Reaches the call, every queue wait and every back-off sleep. */
  readonly signal?: AbortSignal | undefined;
  /** When the whole operation must be over, in monotonic milliseconds (`performance.now()`). */
  readonly deadline?: number | undefined;
  readonly key?: string | undefined;
  readonly priority?: number | undefined;
}

/** A call that gave a value. */
export interface Success<T> {
  readonly ok: true;
  readonly value: T;
}

/** A call that failed, or that a policy turned away (`rejection` is then the same error, typed). */
export interface Failure {
  readonly ok: false;
  readonly error: unknown;
  readonly rejection?: HoldfastError | undefined;
}

/** How a call ended, without a throw. */
export type Result<T> = Success<T> | Failure;

/** Turns a function into one with the same arguments that runs under the policy. */
export interface Wrap<Alt = never> {
  <This, Args extends unknown[], T>(
    fn: (this: This, ...args: Args) => T | PromiseLike<T>,
    options?: (...args: Args) => RunOptions,
  ): (this: This, ...args: Args) => Promise<T | Alt>;
  /** For functions that take the call's context (its signal, mostly) before their own arguments. */
  withContext<This, Args extends unknown[], T>(
    fn: (this: This, context: CallContext, ...args: Args) => T | PromiseLike<T>,
    options?: (...args: Args) => RunOptions,
  ): (this: This, ...args: Args) => Promise<T | Alt>;
}

/** The least that `pipeline` asks of a policy: a user's own policy needs no more. */
export interface Executable<Alt = never> {
  readonly name: string;
  /** Carries the type of what the policy may answer in the call's stead; never present at run time. */
  readonly alternative?: Alt;
  execute<T>(call: Call<T>, options?: RunOptions): Promise<T | Alt>;
}

/**
 * What every policy of Holdfast can do. `Alt` is what the policy may answer in the call's stead
 * (a fallback's value); most policies add nothing.
 */
export interface Policy<Options extends object, Events extends object = object, Alt = never>
  extends Executable<Alt>, Disposable {
  /** Runs the call; rejects with the call's own error or with a `HoldfastError`. */
  execute<T>(call: Call<T>, options?: RunOptions): Promise<T | Alt>;
  /** As `execute`, but never rejects: the outcome is a value. */
  attempt<T>(call: Call<T>, options?: RunOptions): Promise<Result<T | Alt>>;
  /** Same arguments, same `this`, run under the policy. */
  readonly wrap: Wrap<Alt>;
  /** Changes options and keeps the state. Throws what construction would, and then changes nothing. */
  update(options: Partial<Options>): void;
  /** Plain JSON. Reading changes nothing. */
  snapshot(): object;
  /** Calls `listener` after the state is committed; what it throws is reported, never passed on. */
  on<Name extends keyof Events>(event: Name, listener: (event: Events[Name]) => void): Disposable;
}
