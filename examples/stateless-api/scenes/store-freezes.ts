import { having, retryAfter, slowest } from '../../inbound-tour/ask.ts';
import type { Story } from '../../inbound-tour/story.ts';
import { comesTrue } from '../../inbound-tour/wait.ts';
import type { RedisServer } from '../../../packages/redis/test/rig/index.ts';
import type { Shop } from '../shop.ts';
import { Visitor } from '../visitor.ts';

/** How long anybody may wait: what other stacks need is more than 8 s. Far above the deadline of 250 ms: machines are busy. */
const PROMPT_MS = 1_000;

/** A store that stands still: every request is answered, and what was promised is kept once it goes on. */
export const storeFreezes = async ({ first, second }: Shop, redis: RedisServer): Promise<Story> => {
  const [ann, bob] = [new Visitor(), new Visitor()];
  await ann.logIn(first.origin, 'ann');
  await bob.logIn(first.origin, 'bob');
  redis.freeze();
  const carts = await Promise.all(
    Array.from({ length: 20 }, () => ann.ask(`${first.origin}/cart`)),
  );
  const [refused] = carts;
  const searches = await Promise.all(
    Array.from({ length: 20 }, () => new Visitor().ask(`${second.origin}/search`)),
  );
  redis.thaw();
  const begun = performance.now();
  const back = await comesTrue(async () => (await ann.cart(first.origin)).user === 'ann', 5_000);
  const backMs = Math.round(performance.now() - begun);
  // Each process finds out by itself.
  const there = await comesTrue(async () => (await bob.cart(second.origin)).user === 'bob', 5_000);
  return {
    title: 'The store stands still (SIGSTOP), and goes on',
    lines: [
      `20 requests with a session: ${having(carts, 503).length} told to come back, the slowest within ${slowest(carts)} ms`,
      `20 searches, which need the limit alone: ${having(searches, 200).length} served, the slowest within ${slowest(searches)} ms`,
      `after it went on, sessions were back in ${backMs} ms`,
    ],
    claims: [
      { text: 'nobody is left waiting', holds: slowest([...carts, ...searches]) < PROMPT_MS },
      {
        text: 'who cannot be served is told when to come back',
        holds: refused !== undefined && retryAfter(refused) >= 1,
      },
      {
        text: 'nobody is logged out, and no cookie is touched',
        holds: refused?.headers['set-cookie'] === undefined,
      },
      { text: 'what can do without the store goes on', holds: having(searches, 200).length > 0 },
      {
        text: 'sessions are as they were',
        holds: back && there,
      },
    ],
  };
};
