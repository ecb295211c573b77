import { lock, type Held, type Store } from '@holdfast/core/stateless';
import type { Fault } from '../fault.ts';
import { always, told, type Finding } from '../finding.ts';
import { withPair, type Pair } from '../processes/redis.ts';
import { withStore } from '../processes/stores.ts';

const TIMES = { full: 5, quick: 2 };
const OPTIONS = { name: 'failover', leaseMs: 30_000, deadlineMs: 2_000 } as const;

const acquire = async (store: Store): Promise<Held | undefined> =>
  lock({ ...OPTIONS, store }).acquire();

interface Grants {
  readonly before: Held;
  readonly after: Held | undefined;
}

/** A lock is granted, the primary dies before its replica hears of it, and another process asks the replica. */
const failOver = async ({ primary, replica, link, promote }: Pair): Promise<Grants> =>
  withStore(primary.port, async (old) => {
    link.refuse();
    const before = await acquire(old);
    if (before === undefined) throw new Error('the lock was not granted at all');
    await primary.kill();
    await promote();
    return withStore(replica.port, async (store) => ({ before, after: await acquire(store) }));
  });

/** What is not promised, and how whoever is written to can tell. */
export const failover: Fault = {
  id: 'failover',
  title: 'Primary killed with its replica cut off, and the replica promoted',
  run: async ({ quick, keeping }): Promise<readonly Finding[]> => {
    const times = quick ? TIMES.quick : TIMES.full;
    const grants: Grants[] = [];
    for (let i = 0; i < times; i++) grants.push(await withPair(keeping, failOver));
    const twice = grants.filter(({ after }) => after !== undefined);
    const grown = twice.filter(
      ({ before, after }) => after !== undefined && BigInt(after.fence) > BigInt(before.fence),
    );
    return [
      told('locks granted twice, as nobody can promise otherwise', twice.length, '', times),
      always('of these, fences that are higher the second time', grown.length, twice.length),
    ];
  },
};
