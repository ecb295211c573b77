import type { Duplex } from 'node:stream';
import type { Bulkhead, BulkheadPermit, BulkheadRefusal } from '../../bulkhead/types.ts';

/** Why somebody no longer waits. */
export type Left = 'gone' | 'draining';

/** A place in the line of a bulkhead for a socket that nobody reads yet. */
export class WaitingUpgrade {
  /** Why it no longer waits; undefined while it does, or has a permit. */
  left: Left | undefined = undefined;
  readonly #socket: Duplex;
  readonly #draining: AbortSignal | undefined;
  #controller: AbortController | undefined = undefined;

  constructor(socket: Duplex, draining: AbortSignal | undefined) {
    this.#socket = socket;
    this.#draining = draining;
  }

  /** A promise only where it has to wait. It rejects with `left` set where it no longer does. */
  enter(
    bulkhead: Bulkhead,
  ): BulkheadPermit | BulkheadRefusal | Promise<BulkheadPermit | BulkheadRefusal> {
    // The bulkhead reads the signal where it has to wait, and not before.
    const signal = (): AbortSignal => this.#watch();
    const answer = bulkhead.enter({
      get signal() {
        return signal();
      },
    });
    return answer instanceof Promise ? answer.finally(() => this.#unwatch()) : answer;
  }

  #watch(): AbortSignal {
    this.#controller ??= new AbortController();
    this.#socket.on('close', this.#onGone).on('end', this.#onGone);
    this.#draining?.addEventListener('abort', this.#onDraining);
    return this.#controller.signal;
  }

  #unwatch(): void {
    this.#socket.off('close', this.#onGone).off('end', this.#onGone);
    this.#draining?.removeEventListener('abort', this.#onDraining);
  }

  #leave(why: Left): void {
    this.left ??= why;
    this.#controller?.abort();
  }

  readonly #onGone = (): void => this.#leave('gone');
  readonly #onDraining = (): void => this.#leave('draining');
}
