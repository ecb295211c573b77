import { key, sharedRateLimit } from '@holdfast/core/stateless';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import type { LaneCall } from './beside.ts';
import type { Connection } from './connections.ts';
import { inTurn } from './in-turn.ts';
import { MOST, RATE, WINDOW_S } from './limits.ts';

/** Longer than any stall of a busy machine: a call without the store would pass for a fast one. */
const DEADLINE_MS = 5_000;

/** One way to limit on a connection, for so many users in turn. */
export type MakeCall = (connection: Connection, users: readonly string[]) => LaneCall;

export const flexible: MakeCall = ({ flexible: client }, users) => {
  const limiter = new RateLimiterRedis({ ...client, points: MOST, duration: WINDOW_S });
  const next = inTurn(users);
  return () => limiter.consume(next());
};

const shared =
  (leasing: boolean): MakeCall =>
  ({ store }, users) => {
    const limit = sharedRateLimit({
      store,
      name: leasing ? 'leased' : 'shared',
      rate: RATE,
      burst: MOST,
      leasing,
      deadlineMs: DEADLINE_MS,
    });
    const next = inTurn(users);
    return async () => {
      const { admitted, source } = await limit.take({ key: next() });
      if (!admitted || source === 'local') throw new Error(`${source} admitted ${admitted}`);
    };
  };

export const sharedLimit: MakeCall = shared(false);
export const leasedLimit: MakeCall = shared(true);

export const storeTake: MakeCall = ({ store }, users) => {
  const next = inTurn(users.map((user) => key('limit', 'default', 'bench', user)));
  const units = { unitsPerMs: RATE / 1_000, burst: MOST, want: 1 };
  const operation = { deadlineMs: DEADLINE_MS };
  return () => store.take(next(), units, operation);
};

/** What the client alone takes. */
export const ping: MakeCall =
  ({ ping: call }) =>
  () =>
    call();
