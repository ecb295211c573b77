import type { ClusterError } from '../errors.ts';

/** Whether a worker can be counted on: it cannot yet, then it can, and one day it cannot any more. */
export class Standing {
  /** Settles once: resolves when the worker is ready, rejects where it fails before. */
  readonly ready: Promise<void>;
  /** Why it cannot be counted on any more; the reason of `lost`. */
  failure: ClusterError | undefined = undefined;
  readonly #readiness: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #lost = new AbortController();

  constructor() {
    this.ready = this.#readiness.promise;
    this.ready.catch(() => undefined); // whoever waits for it hears of it; nobody has to
  }

  /** Aborts when it cannot be counted on any more. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  win(): void {
    this.#readiness.resolve();
  }

  /** The first failure stands. */
  lose(failure: ClusterError): void {
    if (this.failure !== undefined) return;
    this.failure = failure;
    this.#lost.abort(failure);
    this.#readiness.reject(failure);
  }
}

/** Resolves when either of them cannot be counted on any more; leaves no listener on the other. */
export const eitherLost = (a: Standing, b: Standing): Promise<void> =>
  new Promise((resolve) => {
    const over = new AbortController();
    const end = (): void => {
      over.abort();
      resolve();
    };
    for (const { lost } of [a, b]) {
      if (lost.aborted) end();
      lost.addEventListener('abort', end, { signal: over.signal });
    }
  });
