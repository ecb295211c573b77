import { dispatch } from '../../events/emitter.ts';

type OnHint = () => unknown;

/** Who is told that something happened to a key; never within the operation that did it. */
export class Watchers {
  readonly #ofKey = new Map<string, Set<OnHint>>();

  add(key: string, onHint: OnHint): Disposable {
    // A registration of its own, so that one function may watch twice and leave once.
    const registration: OnHint = () => onHint();
    const registrations = this.#ofKey.get(key) ?? new Set();
    this.#ofKey.set(key, registrations.add(registration));
    return { [Symbol.dispose]: () => this.#remove(key, registration) };
  }

  tell(key: string): void {
    if (this.#ofKey.has(key)) queueMicrotask(() => this.#tellNow(key));
  }

  clear(): void {
    this.#ofKey.clear();
  }

  #tellNow(key: string): void {
    const registrations = this.#ofKey.get(key);
    if (registrations === undefined) return;
    // A copy: who watches again as it is told waits for the next time. Who has left meanwhile is not told.
    for (const registration of [...registrations]) {
      if (registrations.has(registration)) dispatch(registration, undefined, undefined);
    }
  }

  #remove(key: string, registration: OnHint): void {
    const registrations = this.#ofKey.get(key);
    if (registrations?.delete(registration) === true && registrations.size === 0)
      this.#ofKey.delete(key);
  }
}
