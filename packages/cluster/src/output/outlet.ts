import type { Readable, Writable } from 'node:stream';

/**
 * Where many sources write to. Has one listener of each kind for all of them, and holds those back that write faster
 * than it takes. What cannot be written any more is dropped, so that nobody waits for a reader that has gone.
 */
export class Outlet {
  readonly #target: Writable;
  readonly #waiting = new Set<Readable>();

  constructor(target: Writable) {
    this.#target = target;
    const release = (): void => this.#release();
    for (const event of ['drain', 'error', 'close']) target.on(event, release);
  }

  write(bytes: Buffer, source: Readable): void {
    // To one that is destroyed there is no write, and no event that would follow it.
    if (!this.#target.writable || this.#target.write(bytes)) return;
    this.#waiting.add(source);
    source.pause();
  }

  forget(source: Readable): void {
    this.#waiting.delete(source);
  }

  #release(): void {
    const released = [...this.#waiting];
    this.#waiting.clear();
    for (const source of released) source.resume();
  }
}

const outlets = new WeakMap<Writable, Outlet>();

/** The outlet of a stream, the same one for all that write to it: listeners on standard output would pile up. */
export const outletOf = (target: Writable): Outlet => {
  const known = outlets.get(target);
  if (known !== undefined) return known;
  const outlet = new Outlet(target);
  outlets.set(target, outlet);
  return outlet;
};
