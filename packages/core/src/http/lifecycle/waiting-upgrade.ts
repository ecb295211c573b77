import type { Duplex } from 'node:stream';
import type { Bulkhead, BulkheadPermit, BulkheadRefusal } from '../../bulkhead/types.ts';

/** Why somebody no longer waits. */
export type Left = 'gone' | 'draining';

/**
 * Hears at once that the other side has ended its half. A stream tells of that by `end` only when all before it has
 * been read, which is not ours to read: so the `push` of this one stream, by which it comes in, is replaced.
 */
const hearEnd = (stream: Duplex, onEnd: () => void): Disposable => {
  const own = Object.getOwnPropertyDescriptor(stream, 'push');
  const before: Duplex['push'] = Reflect.get(stream, 'push');
  const push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    const more = before.call(stream, chunk, encoding);
    if (chunk === null) onEnd();
    return more;
  };
  Object.defineProperty(stream, 'push', { value: push, writable: true, configurable: true });
  return {
    [Symbol.dispose]: () => {
      if (Reflect.get(stream, 'push') !== push) return;
      if (own === undefined) Reflect.deleteProperty(stream, 'push');
      else Object.defineProperty(stream, 'push', own);
    },
  };
};

/** A place in the line of a bulkhead for a socket that nobody reads yet. */
export class WaitingUpgrade {
  /** Why it no longer waits; undefined while it does, or has a permit. */
  left: Left | undefined = undefined;
  readonly #socket: Duplex;
  readonly #draining: AbortSignal | undefined;
  #controller: AbortController | undefined = undefined;
  #ends: Disposable | undefined = undefined;

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
    this.#ends ??= hearEnd(this.#socket, this.#onGone);
    this.#draining?.addEventListener('abort', this.#onDraining);
    return this.#controller.signal;
  }

  #unwatch(): void {
    this.#socket.off('close', this.#onGone).off('end', this.#onGone);
    this.#ends?.[Symbol.dispose]();
    this.#draining?.removeEventListener('abort', this.#onDraining);
  }

  #leave(why: Left): void {
    this.left ??= why;
    this.#controller?.abort();
  }

  readonly #onGone = (): void => this.#leave('gone');
  readonly #onDraining = (): void => this.#leave('draining');
}
