import type { EventEmitter } from 'node:events';

type Listener = Parameters<EventEmitter['on']>[1];

/** One event that is listened to only as long as somebody else does. */
class Along {
  readonly #emitter: EventEmitter;
  readonly #event: string;
  readonly #listener: Listener;
  #there = false;

  constructor(emitter: EventEmitter, event: string, listener: Listener) {
    this.#emitter = emitter;
    this.#event = event;
    this.#listener = listener;
    if (emitter.listenerCount(event) > 0) this.#join();
  }

  /** Before a listener is added. */
  added(event: string | symbol, listener: unknown): void {
    if (event === this.#event && listener !== this.#listener && !this.#there) this.#join();
  }

  /** After a listener was taken away. */
  removed(event: string | symbol, listener: unknown): void {
    if (event !== this.#event) return;
    if (listener === this.#listener) this.#there = false;
    else if (this.#emitter.listenerCount(event) === 1) this.leave();
  }

  leave(): void {
    if (!this.#there) return;
    this.#there = false;
    this.#emitter.removeListener(this.#event, this.#listener);
  }

  #join(): void {
    this.#there = true;
    this.#emitter.prependListener(this.#event, this.#listener);
  }
}

/**
 * Listens to events before everybody else, but only where and while somebody else listens to them too: Node
 * treats an upgrade, or a request that expects an answer before its body, otherwise where nobody does.
 */
export const listenAlong = (
  emitter: EventEmitter,
  listeners: Readonly<Record<string, Listener>>,
): Disposable => {
  const each = Object.entries(listeners).map(
    ([event, listener]) => new Along(emitter, event, listener),
  );
  const onAdded = (event: string | symbol, listener: unknown): void => {
    for (const along of each) along.added(event, listener);
  };
  const onRemoved = (event: string | symbol, listener: unknown): void => {
    for (const along of each) along.removed(event, listener);
  };
  emitter.on('newListener', onAdded);
  emitter.on('removeListener', onRemoved);
  return {
    [Symbol.dispose]: () => {
      emitter.removeListener('newListener', onAdded);
      emitter.removeListener('removeListener', onRemoved);
      for (const along of each) along.leave();
    },
  };
};
