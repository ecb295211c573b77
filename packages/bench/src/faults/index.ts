import { differential } from './differential/index.ts';
import { failover } from './failover/index.ts';
import type { Fault } from './fault.ts';
import { ghosts } from './ghosts/index.ts';
import { attackerKeys } from './hostile/attacker-keys.ts';
import { badCookies } from './hostile/cookies.ts';
import { hostileInputs } from './hostile/inputs.ts';
import { leases } from './leases/index.ts';
import { sharedLimit } from './limits/shared-limit.ts';
import { peersFrozen } from './peers/frozen.ts';
import { peersGhosts } from './peers/ghosts.ts';
import { sessionRaces } from './sessions/index.ts';
import { lostMemories } from './under-load/lost-memories.ts';
import { lostNetworks } from './under-load/lost-networks.ts';
import { lostStores } from './under-load/lost-stores.ts';

/** Everything that can be done to a store, in the order of the table. */
export const faults: readonly Fault[] = [
  ...lostStores,
  ...lostNetworks,
  ...lostMemories,
  failover,
  differential,
  ghosts,
  leases,
  sessionRaces,
  sharedLimit,
  badCookies,
  attackerKeys,
  hostileInputs,
  peersFrozen,
  peersGhosts,
];
