import { deadlines } from './deadlines/index.ts';
import { metastable } from './metastable/index.ts';
import type { Simulation } from './report/simulation.ts';
import { storm } from './storm/index.ts';
import { synchronised } from './synchronised/index.ts';

/** Every simulation by its name. */
export const simulations: ReadonlyMap<string, Simulation> = new Map([
  ['storm', storm],
  ['metastable', metastable],
  ['synchronised', synchronised],
  ['deadlines', deadlines],
]);
