import type { Fault } from '../fault.ts';
import { withRedis } from '../processes/redis.ts';
import { withStore } from '../processes/stores.ts';
import { logOuts } from './log-outs.ts';
import { ownSessions } from './own.ts';
import { merges, updates } from './updates.ts';

const RACES = { full: 10_000, quick: 500 };
const MERGES = { full: 2_500, quick: 250 };

/** Requests of one session that meet each other. */
export const sessionRaces: Fault = {
  id: 'sessions',
  title: 'Requests of one session at the same time',
  run: ({ quick, keeping }) =>
    withRedis(keeping, ({ port }) =>
      withStore(port, async (store) => {
        const own = ownSessions(store);
        const effort = quick ? 'quick' : 'full';
        return [
          ...(await logOuts(own, RACES[effort])),
          ...(await updates(own, RACES[effort])),
          ...(await merges(own, MERGES[effort])),
        ];
      }),
    ),
};
