import { nameOf } from '../../options/validate.ts';
import { isStoreError } from '../store-error.ts';
import { Ending } from './ending.ts';
import type { Arrival, Journey } from './move.ts';
import type { LivePlace } from './session-file.ts';
import type { LiveMeta } from './session-format.ts';
import type { Place } from './session-target.ts';
import type { Standing, Start } from './standing.ts';

/** An id that is not this session's own, but is to end with it. */
const beyond = ({ alias, unreadable }: Start): Place | undefined => {
  const id = alias?.to ?? unreadable;
  return id === undefined ? undefined : { id, stored: undefined };
};

const placeOf = ({ at }: Standing): LivePlace | undefined =>
  at?.stored === undefined ? undefined : { id: at.id, stored: at.stored };

const assertStore = ({ start }: Standing): void => {
  if (start.lost !== undefined) throw start.lost;
};

/** `mine` is what `data` was as the move began. */
const settleIn = (standing: Standing, arrival: Arrival, mine: string): void => {
  if (arrival.end === 'gone') standing.end();
  if (!('place' in arrival)) return;
  const { name } = standing.house.settings;
  const { place, parts } = arrival;
  // What was not written to a record of another's is still to be saved.
  const written = arrival.end === 'joined' ? standing.base : mine;
  standing.rename(place.id);
  standing.user = place.stored.meta.user;
  standing.arrive(place, place.stored.json, written);
  if (parts > 0) standing.house.tell('conflict', { name, parts });
  standing.house.tell('rotated', { name });
};

/** Takes it to a new id. */
const move = async (
  standing: Standing,
  journey: Pick<Journey, 'meta' | 'absoluteMs' | 'login'>,
): Promise<void> => {
  const { house, base } = standing;
  const mine = standing.json();
  const from = placeOf(standing);
  const { assertOpen } = standing;
  const arrival = await house.mover.move({ ...journey, from, change: { base, mine }, assertOpen });
  settleIn(standing, arrival, mine);
};

/** A new id with a user. */
export const login = async (standing: Standing, user: string): Promise<void> => {
  nameOf('user', user);
  assertStore(standing);
  standing.assertOpen();
  standing.json(); // fails before anything is asked of the store
  const { house } = standing;
  const { ring, absoluteMs, clock } = house.settings;
  const tag = ring.tagOf(user);
  const epoch = await house.epochs.join(tag);
  const meta: LiveMeta = { kind: 'live', user, tag, epoch, createdAt: clock.wallNow() };
  await move(standing, { meta, absoluteMs, login: true });
};

/** A new id for the same session. */
export const rotate = async (standing: Standing): Promise<void> => {
  assertStore(standing);
  if (placeOf(standing) === undefined) return;
  standing.assertOpen();
  const { meta, leftMs } = standing;
  await move(standing, { meta, absoluteMs: Math.max(1, leftMs), login: false });
};

/** Ends it here at once, and then in the store. */
export const logout = async (standing: Standing): Promise<void> => {
  const { house, start, tells } = standing;
  const at = standing.at ?? beyond(start);
  const known = start.hadCookie === true || tells === 'set';
  standing.end();
  standing.base = '{}';
  for (const name of Object.keys(standing.data)) delete standing.data[name];
  standing.tells = known ? 'clear' : tells;
  if (at === undefined) return;
  const ending = new Ending(house, at, start.alias?.id);
  try {
    await ending.run();
  } catch (error) {
    if (isStoreError(error)) house.lateEndings.add(ending);
    throw error;
  } finally {
    standing.forget();
  }
};
