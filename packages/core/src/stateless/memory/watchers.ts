import { report } from '../../events/emitter.ts';
import { isThenable } from '../../options/thenable.ts';

type OnHint = () => unknown;

const call = (onHint: OnHint): void => {
  try {
    const result = onHint();
    if (isThenable(result))
      Promise.resolve(result).catch((error: unknown) => report(error, 'onHint'));
  } catch (error) {
    report(error, 'onHint');
  }
};

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
    if (this.#ofKey.has(key)) queueMicrotask(() => this.#ofKey.get(key)?.forEach(call));
  }

  clear(): void {
    this.#ofKey.clear();
  }

  #remove(key: string, registration: OnHint): void {
    const registrations = this.#ofKey.get(key);
    if (registrations?.delete(registration) === true && registrations.size === 0)
      this.#ofKey.delete(key);
  }
}
