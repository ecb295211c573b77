import type { Machine } from './machine.ts';

/** Where the roll of this process is: one for all copies of this package. */
const ROLL: unique symbol = Symbol.for('holdfast.circuits');

/** What can be read of a circuit on the roll. */
export type EnrolledCircuit = Readonly<
  Pick<Machine, 'name' | 'state' | 'mode' | 'isolations' | 'disposed' | 'counters'>
>;

const shared = globalThis as { [ROLL]?: WeakRef<EnrolledCircuit>[] };

/**
 * Puts a circuit on the roll of this process, for gauges that are there before its first event. The roll keeps no
 * circuit alive, and is looked through for those that are gone whenever its length comes to a power of two.
 */
export const enrol = (circuit: EnrolledCircuit): void => {
  const roll = (shared[ROLL] ??= []);
  const size = roll.push(new WeakRef(circuit));
  if ((size & (size - 1)) === 0) shared[ROLL] = roll.filter((each) => each.deref());
};
