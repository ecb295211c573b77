import { slowest } from '../../inbound-tour/ask.ts';
import type { Story } from '../../inbound-tour/story.ts';
import { comesTrue } from '../../inbound-tour/wait.ts';
import type { RedisServer } from '../../../packages/redis/test/rig/index.ts';
import type { Shop } from '../shop.ts';
import { Visitor } from '../visitor.ts';

/** A store that dies without a copy on disk: sessions are gone, the shop is not. */
export const storeDies = async ({ first, second }: Shop, redis: RedisServer): Promise<Story> => {
  const ann = new Visitor();
  await ann.logIn(first.origin, 'ann');
  await redis.kill();
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => ann.ask(`${second.origin}/cart`)),
  );
  await redis.start();
  const begun = performance.now();
  // Each of the two finds its way back by itself.
  const isBack = async (origin: string): Promise<boolean> =>
    (await ann.ask(`${origin}/cart`)).status === 200;
  const back = await comesTrue(
    async () => (await isBack(second.origin)) && (await isBack(first.origin)),
  );
  const lines = [
    `while it was down: ${answers.map(({ status }) => status).join(' ')}, the slowest within ${slowest(answers)} ms`,
    `after its restart, back in ${Math.round(performance.now() - begun)} ms`,
  ];
  const { user } = await ann.cart(second.origin);
  await ann.logIn(first.origin, 'ann');
  const again = await ann.cart(second.origin);
  return {
    title: 'The store dies (SIGKILL) and comes back empty',
    lines,
    claims: [
      { text: 'every request was answered', holds: answers.every(({ status }) => status === 503) },
      { text: 'the shop is back by itself', holds: back },
      {
        text: 'what the store forgot is forgotten: nobody is taken for logged in',
        holds: user === undefined,
      },
      { text: 'and whoever logs in again is', holds: again.user === 'ann' },
    ],
  };
};
