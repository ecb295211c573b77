import { setTimeout as sleep } from 'node:timers/promises';
import type { Sessions } from '@holdfast/core/stateless';
import { never, told, type Finding } from '../finding.ts';
import { inLanes, loggedIn } from './own.ts';

const AT_ONCE = 16;
/** Every so manyth pair is further apart than a round trip. */
const APART_EVERY = 4;

const someTime = async (index: number): Promise<void> => {
  if (index % APART_EVERY === 0) await sleep(Math.random() * 2);
};

/** A request that was under way as its session ended: it changes and saves what it has. */
const lateSave = async (own: Sessions, cookie: string, index: number): Promise<void> => {
  const session = await own.open(cookie);
  session.data['count'] = index;
  await someTime(index);
  await session.save();
};

const logOut = async (own: Sessions, cookie: string, index: number): Promise<void> => {
  const session = await own.open(cookie);
  await someTime(index + 1);
  await session.logout();
};

/** A log-out beside a request that saves late, so many times. */
export const logOuts = async (own: Sessions, races: number): Promise<readonly Finding[]> => {
  let resurrected = 0;
  let failed = 0;
  await inLanes(AT_ONCE, races, async (index) => {
    const cookie = await loggedIn(own, `user-${index % 100}`);
    const both = await Promise.allSettled([
      lateSave(own, cookie, index),
      logOut(own, cookie, index),
    ]);
    failed += both.filter(({ status }) => status === 'rejected').length;
    const { user, state } = await own.open(cookie);
    if (user !== undefined || state === 'loaded') resurrected++;
  });
  return [
    never('sessions resurrected by a late save', resurrected, races),
    told('of both requests, those that failed', failed, '', 2 * races),
  ];
};
