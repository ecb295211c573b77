import { isRejection, type CallContext } from '../../../src/index.ts';
import type { BulkheadPermit, BulkheadRefusal } from '../../../src/bulkhead/types.ts';
import { listenersOn } from '../../support/calls.ts';
import { thenable } from '../../support/thenables.ts';
import type { Work } from './state.ts';

const failed = new Error('failed');

/** What its caller knows of one that came. */
export class Handle {
  readonly controller = new AbortController();
  readonly reason: object = { gave: 'up' };
  status = 'waiting';
  /** Whether its work runs. */
  working = false;
  permit: BulkheadPermit | undefined;
  #finish: ((answer: 'value' | 'error') => void) | undefined;

  readonly #onStart: () => void;

  constructor(onStart: () => void) {
    this.#onStart = onStart;
  }

  get listeners(): number {
    return listenersOn(this.controller.signal);
  }

  watch(result: Promise<unknown>): void {
    result.then(
      (value) => (this.status = String(value)),
      (error: unknown) => (this.status = this.#nameOf(error)),
    );
  }

  take(answer: BulkheadPermit | BulkheadRefusal): void {
    if (answer.admitted) {
      this.permit = answer;
      this.status = 'inside';
    } else this.status = answer.rejection.code;
  }

  watchPermit(result: Promise<BulkheadPermit | BulkheadRefusal>): void {
    result.then(
      (answer) => this.take(answer),
      (error: unknown) => (this.status = this.#nameOf(error)),
    );
  }

  release(how: 'release' | 'dispose'): void {
    if (how === 'release') this.permit?.release();
    else this.permit?.[Symbol.dispose]();
    this.status = 'released';
  }

  /** Ends work that waits to be told so. */
  end(answer: 'value' | 'error'): void {
    this.#finish?.(answer);
  }

  readonly call =
    (work: Work) =>
    (context: CallContext): unknown => {
      this.#onStart();
      this.status = 'inside';
      if (work === 'throws') throw failed;
      if (work === 'rejects') return Promise.reject(failed);
      if (work === 'value') return 'value';
      if (work === 'thenable')
        return thenable((resolve: (value: string) => void) => resolve('value'));
      return this.#pend(work === 'heeds' ? context.signal : undefined);
    };

  #pend(signal: AbortSignal | undefined): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const onAbort = (): void => {
      this.working = false;
      reject(signal?.reason);
    };
    this.working = true;
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#finish = (answer) => {
      this.working = false;
      signal?.removeEventListener('abort', onAbort);
      if (answer === 'value') resolve('value');
      else reject(failed);
    };
    return promise;
  }

  #nameOf(error: unknown): string {
    if (error === this.reason) return 'aborted';
    if (isRejection(error)) return error.code;
    return error === failed ? 'error' : String(error);
  }
}
