import { unheard } from '../../options/thenable.ts';
import { nameOf } from '../../options/validate.ts';
import { isStoreError } from '../store-error.ts';
import type { Arrival } from './move.ts';
import type { LivePlace } from './session-file.ts';
import type { LiveMeta } from './session-format.ts';
import type { Standing } from './standing.ts';

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

/** A new id with a user. */
export const login = async (standing: Standing, user: string): Promise<void> => {
  nameOf('user', user);
  assertStore(standing);
  const { house, base } = standing;
  const { ring, absoluteMs, clock } = house.settings;
  const mine = standing.json();
  const tag = ring.tagOf(user);
  const epoch = await house.epochs.join(tag);
  const meta: LiveMeta = { kind: 'live', user, tag, epoch, createdAt: clock.wallNow() };
  const from = placeOf(standing);
  const change = { base, mine };
  settleIn(standing, await house.mover.move({ from, change, meta, absoluteMs, login: true }), mine);
};

/** A new id for the same session. */
export const rotate = async (standing: Standing): Promise<void> => {
  assertStore(standing);
  const { house, base, meta, leftMs } = standing;
  const from = placeOf(standing);
  if (from === undefined) return;
  const mine = standing.json();
  const journey = { from, change: { base, mine }, meta, absoluteMs: Math.max(1, leftMs) };
  settleIn(standing, await house.mover.move({ ...journey, login: false }), mine);
};

/** Ends it here at once, and then in the store. */
export const logout = async (standing: Standing): Promise<void> => {
  const { house, start, tells } = standing;
  const at = standing.at ?? (start.alias && { id: start.alias.to, stored: undefined });
  const known = start.hadCookie === true || tells === 'set';
  standing.end();
  standing.base = '{}';
  for (const name of Object.keys(standing.data)) delete standing.data[name];
  standing.tells = known ? 'clear' : tells;
  if (at === undefined) return;
  try {
    await house.file.end(at);
    if (start.alias !== undefined) await house.file.remove(start.alias.id);
  } catch (error) {
    // Behind `guarded` it takes hold when the store is back.
    if (isStoreError(error)) void unheard(house.file.remove(at.id));
    throw error;
  } finally {
    standing.forget();
  }
};
