import { isThere, type Fetched } from './fleet/installed.ts';
import { PM2, pm2 } from './fleet/pm2.ts';
import { WATT, watt } from './fleet/watt.ts';
import type { Peers } from './scenario.ts';

/** Peers to be shown, and their names with versions for the head. */
export interface Fetching {
  readonly peers: Peers;
  readonly versions: readonly string[];
}

const fetched = (peer: Fetched, wanted: boolean): boolean => wanted && isThere(peer);

/** Fetches the peers, where they are asked for; those that cannot be had are not shown. */
export const fetchPeers = (wanted: boolean): Fetching => {
  const hasPm2 = fetched(PM2, wanted);
  const hasWatt = fetched(WATT, wanted);
  const closing = { CLOSE_ON: 'SIGINT' };
  return {
    peers: {
      pm2: hasPm2 ? [pm2('pm2')] : [],
      pm2Closing: hasPm2 ? [pm2('pm2, server.close() in the service', closing)] : [],
      watt: hasWatt ? [watt] : [],
    },
    versions: [...(hasPm2 ? [PM2] : []), ...(hasWatt ? [WATT] : [])].map(
      ({ name, version }) => `${name} ${version}`,
    ),
  };
};
