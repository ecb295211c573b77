import type { Suite } from '../../harness/suite.ts';
import { endToEnd } from './end-to-end/index.ts';
import { inFlight } from './in-flight.ts';
import { keys } from './keys.ts';
import { micro } from './micro.ts';

/** The interceptors: time and bytes of a request on a no-op dispatcher, and of one over sockets. */
export const undiciSuite: Suite = {
  name: 'undici',
  packages: ['@holdfast/core', '@holdfast/undici', 'undici', 'cockatiel', 'opossum'],
  groups: [micro, endToEnd, keys, inFlight],
};
