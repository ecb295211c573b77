import { HoldfastError } from '../../../src/index.ts';
import type { Result } from '../../../src/index.ts';
import type { AbortKind } from './state.ts';
import { TaggedError } from './to-options.ts';
import type { Ending } from './verdict.ts';

/** The promise of a call, and what it was settled with. */
export class GivenResult {
  readonly #promise = Promise.withResolvers<unknown>();
  #result: Result<unknown> | undefined;

  get promise(): Promise<unknown> {
    return this.#promise.promise;
  }

  give(ending: Ending, tookMs: number, signal?: AbortSignal): void {
    this.#result = resultOf(ending, tookMs, signal);
    if (this.#result.ok) this.#promise.resolve(this.#result.value);
    else this.#promise.reject(this.#result.error);
  }

  is(result: Result<unknown>): boolean {
    const given = this.#result;
    if (given === undefined || given.ok !== result.ok) return false;
    return given.ok && result.ok
      ? Object.is(given.value, result.value)
      : !given.ok && !result.ok && Object.is(given.error, result.error);
  }
}

/** What a call that ends this way returns or throws. */
export const resultOf = (ending: Ending, tookMs: number, signal?: AbortSignal): Result<unknown> => {
  if (ending.kind === 'value') return { ok: true, value: { tag: ending.tag, tookMs } };
  if (ending.kind === 'error') return failed(new TaggedError({ tag: ending.tag, tookMs }));
  if (ending.kind === 'refusal')
    return failed(new HoldfastError({ code: ending.code, policy: 'inner' }));
  if (ending.kind === 'deadline') return failed(deadlineError(ending.afterMs));
  const obeys = ending.kind === 'abort-error' && signal?.aborted === true;
  return failed(obeys ? signal.reason : errorOf(ending.kind));
};

const failed = (error: unknown): Result<unknown> => ({ ok: false, error });

const deadlineError = (afterMs: number | undefined): HoldfastError =>
  new HoldfastError({ code: 'HF_DEADLINE_EXCEEDED', policy: 'inner', afterMs });

const errorOf = (kind: Ending['kind']): unknown => {
  const timeout = new DOMException('too late', 'TimeoutError');
  if (kind === 'timeout-error') return timeout;
  if (kind === 'abort-by-timeout')
    return Object.assign(new Error('aborted', { cause: timeout }), { name: 'AbortError' });
  if (kind === 'hf-timeout')
    return new HoldfastError({ code: 'HF_TIMEOUT', policy: 'inner', afterMs: 5 });
  if (kind === 'hedge-lost') return new HoldfastError({ code: 'HF_HEDGE_LOST', policy: 'inner' });
  return new DOMException('aborted', 'AbortError');
};

export const newCaller = (): { signal: AbortSignal; abort: (kind: AbortKind) => void } => {
  const controller = new AbortController();
  return { signal: controller.signal, abort: (kind) => controller.abort(reasonOf(kind)) };
};

const reasonOf = (kind: AbortKind): unknown => {
  if (kind === 'timeout') return new DOMException('too late', 'TimeoutError');
  if (kind === 'hf-timeout')
    return new HoldfastError({ code: 'HF_TIMEOUT', policy: 'outer', afterMs: 5 });
  return kind === 'custom' ? new Error('no longer interested') : undefined;
};
