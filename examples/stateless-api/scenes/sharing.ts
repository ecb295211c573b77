import { having } from '../../inbound-tour/ask.ts';
import type { Story } from '../../inbound-tour/story.ts';
import type { Shop } from '../shop.ts';
import { Visitor } from '../visitor.ts';

/** Two processes are one shop. */
export const sharing = async ({ first, second }: Shop): Promise<Story> => {
  const ann = new Visitor();
  await ann.logIn(first.origin, 'ann');
  const known = await ann.cart(second.origin);
  const items = Array.from({ length: 20 }, (_, index) => `tea ${index}`);
  const added = await Promise.all(
    items.map((item, index) =>
      ann.post(`${(index % 2 === 0 ? first : second).origin}/cart`, { item }),
    ),
  );
  const { cart } = await ann.cart(first.origin);
  const searches = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      new Visitor().ask(`${(index % 2 === 0 ? first : second).origin}/search`),
    ),
  );
  const reports = await Promise.all([
    ann.post(`${first.origin}/reports/monday`),
    ann.post(`${second.origin}/reports/monday`),
  ]);
  const lost = having(added, 204).length - cart.length;
  return {
    title: 'Two processes, one shop',
    lines: [
      `20 items into one cart at once, by both processes: ${cart.length} are in it, ${lost} lost`,
      `50 searches at a limit of 30 for both: ${having(searches, 200).length} served, ${having(searches, 429).length} refused`,
      `both were told to send Monday's report: ${having(reports, 201).length} did`,
    ],
    claims: [
      { text: 'who logs in at one process is known to the other', holds: known.user === 'ann' },
      { text: 'no item is lost', holds: cart.length === 20 },
      { text: 'the limit is one for both', holds: having(searches, 200).length === 30 },
      { text: 'the report was sent once', holds: having(reports, 201).length === 1 },
    ],
  };
};
