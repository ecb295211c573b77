import { StoreError } from '../../../src/stateless/store-error.ts';
import type { Store } from '../../../src/stateless/store.ts';
import { gate, type Gate } from '../conformance/until.ts';

/** A store that can be lost, or made to wait, and that knows what it was asked. */
export interface ShakyStore extends Store {
  /** Names of the operations so far. */
  readonly calls: string[];
  /** From now on every operation fails with `unknown`; false has it back. */
  lose(lost?: boolean): void;
  /** Writes wait until the gate is opened. */
  holdWrites(): Gate;
  /** Reads wait until the gate is opened. */
  holdReads(): Gate;
}

const OPERATIONS = new Set(['read', 'write', 'touch', 'remove']);

class Shaky {
  readonly calls: string[] = [];
  readonly #gates = new Map<string, Promise<void>>();
  #lost = false;

  readonly lose = (lost = true): void => {
    this.#lost = lost;
  };

  readonly holdWrites = (): Gate => this.#hold('write');
  readonly holdReads = (): Gate => this.#hold('read');

  async carryOut(name: string, operate: () => Promise<unknown>): Promise<unknown> {
    this.calls.push(name);
    await this.#gates.get(name);
    if (this.#lost) throw new StoreError('shaky', 'unknown');
    return operate();
  }

  #hold(name: string): Gate {
    const held = gate();
    this.#gates.set(name, held.opened);
    return held;
  }
}

/** Makes a store shaky. */
export const shaky = (store: Store): ShakyStore => {
  const own = new Shaky();
  const get = (_: Store, name: string): unknown => {
    if (name in own && name !== 'carryOut') return Reflect.get(own, name);
    const value: unknown = Reflect.get(store, name);
    if (typeof value !== 'function') return value;
    const operate = value.bind(store) as (...given: unknown[]) => Promise<unknown>;
    if (!OPERATIONS.has(name)) return operate;
    return (...given: unknown[]) => own.carryOut(name, () => operate(...given));
  };
  return new Proxy(store, { get }) as ShakyStore;
};
