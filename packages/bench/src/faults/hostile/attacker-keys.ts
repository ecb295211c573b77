import type { Fault } from '../fault.ts';
import { atMost, never, told } from '../finding.ts';
import { Child } from '../processes/child.ts';
import type { Hoard } from './hoarding.ts';

const KEYS = { full: 1_000_000, quick: 300_000 };
const BYTES_PER_MB = 1e6;
/** A table that is full, and one that was filled ten times over, differ by what the collector leaves. */
const SLACK = 1.25;

/** More keys than there are people. */
export const attackerKeys: Fault = {
  id: 'keys',
  title: 'Ever new keys in a memory store of 100,000',
  run: async ({ quick, keeping }) => {
    const child = Child.start(new URL('hoarding.ts', import.meta.url), [], keeping);
    try {
      const keys = quick ? KEYS.quick : KEYS.full;
      // Both ends of the channel are this bench.
      const hoard = (await child.ask({ ask: 'fill', keys, withinMs: 60_000 })) as Hoard;
      const full = hoard.fullBytes / BYTES_PER_MB;
      return [
        told('heap with the table full', full, 'MB'),
        atMost('heap after all keys', hoard.afterBytes / BYTES_PER_MB, full * SLACK, 'MB'),
        never('calls that failed', hoard.failed, keys),
        never('leases and records pushed out', hoard.lost, hoard.kept),
      ];
    } finally {
      await child.kill();
    }
  },
};
