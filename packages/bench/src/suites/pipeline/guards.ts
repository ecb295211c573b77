import type { Module } from 'mollitia';
import type { Call, Guard } from '../contender.ts';
import { circuitAround } from '../mollitia-circuit.ts';

interface Executes {
  execute(call: Call): Promise<unknown>;
}

/** A policy that is given the call each time. */
const executing = (name: string, side: Guard['side'], construct: () => Executes): Guard => ({
  name,
  side,
  guard: (call) => {
    const policy = construct();
    return () => policy.execute(call);
  },
});

export const holdfast = (what: string, construct: () => Executes): Guard =>
  executing(`Holdfast ${what}`, 'holdfast', construct);

export const cockatiel = (what: string, construct: () => Executes): Guard =>
  executing(`cockatiel ${what}`, 'peer', construct);

/** A circuit of mollitia, which has its call from the start. */
export const mollitia = (what: string, modules: () => Module[]): Guard => ({
  name: `mollitia ${what}`,
  side: 'peer',
  guard: (call) => {
    const circuit = circuitAround(call, modules());
    return () => circuit.execute();
  },
});

export const peer = (name: string, guard: Guard['guard']): Guard => ({ name, side: 'peer', guard });
