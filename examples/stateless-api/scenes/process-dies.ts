import type { Story } from '../../inbound-tour/story.ts';
import type { Shop } from '../shop.ts';
import { Visitor } from '../visitor.ts';

/** Whichever process dies, nobody is logged out. */
export const processDies = async (shop: Shop): Promise<Story> => {
  const ann = new Visitor();
  await ann.logIn(shop.first.origin, 'ann');
  await ann.post(`${shop.first.origin}/cart`, { item: 'tea' });
  await shop.first.stop();
  const after = await ann.cart(shop.second.origin);
  await shop.restartFirst();
  await shop.second.stop();
  const again = await ann.cart(shop.first.origin);
  await shop.restartSecond();
  return {
    title: 'A process dies (SIGKILL), then the other',
    lines: [`the cart afterwards: ${again.cart.join(', ')}`],
    claims: [
      {
        text: 'the other process knows user and cart',
        holds: after.user === 'ann' && after.cart[0] === 'tea',
      },
      {
        text: 'so does the one that was started anew',
        holds: again.user === 'ann' && again.cart[0] === 'tea',
      },
    ],
  };
};
