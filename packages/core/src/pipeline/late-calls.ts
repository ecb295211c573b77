import type { Ending, Late } from './stage.ts';

/** A call that was given up and still runs. */
class LateCall {
  readonly listeners: ((ending: Ending) => void)[] = [];
}

/** The calls of one pass, and of those inside it, that were given up and still run. */
export class LateCalls implements Late {
  readonly #outside: LateCalls | undefined;
  readonly #calls = new Set<LateCall>();

  constructor(outside: LateCalls | undefined) {
    this.#outside = outside;
  }

  get size(): number {
    return this.#calls.size;
  }

  hear(listener: (ending: Ending) => void): void {
    for (const { listeners } of this.#calls) listeners.push(listener);
  }

  /** A call is late from now on, until what this returns is called with its end. */
  begin(): (ending: Ending) => void {
    const call = new LateCall();
    this.add(call);
    return (ending) => {
      this.remove(call);
      for (const listener of call.listeners) listener(ending);
    };
  }

  protected add(call: LateCall): void {
    this.#calls.add(call);
    this.#outside?.add(call);
  }

  protected remove(call: LateCall): void {
    this.#calls.delete(call);
    this.#outside?.remove(call);
  }
}
