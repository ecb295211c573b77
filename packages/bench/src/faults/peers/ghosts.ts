import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { orAfter } from '../../drain/within.ts';
import type { Fault } from '../fault.ts';
import { told } from '../finding.ts';
import { withRedis } from '../processes/redis.ts';

const AT_ONCE = 1_000;
const GIVEN_UP_MS = 50;
const FROZEN_MS = 400;
const SETTLE_MS = 300;

/** What becomes of commands that a caller gave up by himself. */
export const peersGhosts: Fault = {
  id: 'peers-ghosts',
  title: `${AT_ONCE} calls of rate-limiter-flexible into a frozen store, each given up after ${GIVEN_UP_MS} ms`,
  isPeers: true,
  run: ({ keeping }) =>
    withRedis(keeping, async (redis) => {
      const client = new Redis(redis.port, '127.0.0.1');
      try {
        const limiter = new RateLimiterRedis({
          storeClient: client,
          points: AT_ONCE,
          duration: 60,
        });
        await limiter.consume('first');
        redis.freeze();
        const users = Array.from({ length: AT_ONCE }, (_, at) => `user-${at}`);
        const answers = users.map((user) =>
          orAfter(GIVEN_UP_MS, limiter.consume(user), 'given up'),
        );
        const failed = (await Promise.all(answers)).filter((each) => each === 'given up');
        await sleep(FROZEN_MS);
        redis.thaw();
        await sleep(SETTLE_MS);
        const found = await Promise.all(users.map((user) => limiter.get(user)));
        const done = found.filter((each) => each !== null).length;
        return [told('given up, and carried out afterwards', done, '', failed.length)];
      } finally {
        client.disconnect();
      }
    }),
};
