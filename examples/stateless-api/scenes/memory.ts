import { having } from '../../inbound-tour/ask.ts';
import type { Story } from '../../inbound-tour/story.ts';
import type { Shop } from '../shop.ts';
import { Visitor } from '../visitor.ts';

/** Without a store: the same code in one process, and what a second one does not know. */
export const memory = async ({ first, second }: Shop): Promise<Story> => {
  const ann = new Visitor();
  await ann.logIn(first.origin, 'ann');
  const added = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      ann.post(`${first.origin}/cart`, { item: `tea ${index}` }),
    ),
  );
  const { user, cart } = await ann.cart(first.origin);
  const elsewhere = await new Visitor().cart(second.origin);
  return {
    title: 'No Redis: the memory of each process',
    lines: [
      `20 items into one cart at once: ${having(added, 204).length} taken, ${cart.length} in it`,
      'the other process knows nothing of it: balance by cookie, or share a store',
    ],
    claims: [
      { text: 'one process alone works the same', holds: user === 'ann' && cart.length === 20 },
      { text: 'two are two shops', holds: elsewhere.user === undefined },
    ],
  };
};
