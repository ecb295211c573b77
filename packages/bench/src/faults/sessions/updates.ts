import type { Sessions } from '@holdfast/core/stateless';
import { never, told, type Finding } from '../finding.ts';
import { inLanes, loggedIn } from './own.ts';

const AT_ONCE = 50;

const countOf = (value: unknown): number => (typeof value === 'number' ? value : Number.NaN);

const addOne = async (own: Sessions, cookie: string): Promise<boolean> => {
  const session = await own.open(cookie);
  try {
    await session.update((data) => {
      data['count'] = countOf(data['count']) + 1;
    });
    return true;
  } catch {
    return false;
  }
};

/** Fifty requests at once that each add one, so many times. */
export const updates = async (own: Sessions, times: number): Promise<readonly Finding[]> => {
  let lost = 0;
  let turnedAway = 0;
  await inLanes(1, times / AT_ONCE, async (index) => {
    const cookie = await loggedIn(own, `counter-${index}`);
    const all = await Promise.all(Array.from({ length: AT_ONCE }, () => addOne(own, cookie)));
    const added = all.filter(Boolean).length;
    const { data } = await own.open(cookie);
    lost += Math.abs(added - countOf(data['count']));
    turnedAway += AT_ONCE - added;
  });
  return [
    never('updates lost of fifty at once', lost, times),
    never('updates that gave up', turnedAway, times),
  ];
};

/** Fifty requests at once that each change a name of their own and save: all of them are kept. */
export const merges = async (own: Sessions, times: number): Promise<readonly Finding[]> => {
  let lost = 0;
  let failed = 0;
  await inLanes(1, times / AT_ONCE, async (index) => {
    const cookie = await loggedIn(own, `merger-${index}`);
    const save = async (_: unknown, at: number): Promise<void> => {
      const session = await own.open(cookie);
      session.data[`part${at}`] = at;
      await session.save();
    };
    const all = await Promise.allSettled(Array.from({ length: AT_ONCE }, save));
    const { data } = await own.open(cookie);
    for (const [at, { status }] of all.entries()) {
      if (status === 'rejected') failed++;
      else if (data[`part${at}`] !== at) lost++;
    }
  });
  return [
    never('saves of different parts lost of fifty at once', lost, times),
    told('of these, saves that failed', failed, '', times),
  ];
};
