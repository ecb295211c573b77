import { assertSize, jsonOf, parseObject } from './json.ts';
import { conflictOf } from './save-merged.ts';
import type { Place } from './session-target.ts';
import type { Standing } from './standing.ts';
import type { SessionData } from './types.ts';

/** A step that no other of the same session runs beside. */
export type InTurn = <T>(step: () => Promise<T>) => Promise<T>;

interface Latest {
  readonly place: Place;
  readonly json: string;
}

/** The session as it is now; undefined where there is none to change any more. */
const latest = async (standing: Standing, first: boolean): Promise<Latest | undefined> => {
  const { house, shut } = standing;
  if (shut !== undefined) {
    standing.drop(standing.base, shut);
    return undefined;
  }
  const place = standing.settle();
  if (place.stored === undefined && first) return { place, json: '{}' };
  const trail = await house.file.follow(place.id, 'stay');
  // Another has logged in: who came before may not read that.
  if (trail?.end === 'frozen') throw conflictOf(house.settings.name);
  if (trail?.end === 'live')
    return { place: { id: trail.id, stored: trail.stored }, json: trail.stored.json };
  standing.end();
  standing.drop(standing.base, 'ended');
  return undefined;
};

const commit = async (
  standing: Standing,
  { place }: Latest,
  json: string,
): Promise<'ok' | 'conflict' | 'gone'> => {
  const { house, meta, base } = standing;
  const content = { meta: place.stored?.meta ?? meta, json };
  const written = await house.file.write(place, content, house.settings.absoluteMs);
  if (typeof written === 'string') return written;
  standing.arrive({ id: place.id, stored: written }, json, base);
  return 'ok';
};

/** Changes the session as it is now, until nobody came in between. */
export const update = async (
  standing: Standing,
  change: (data: SessionData) => void | PromiseLike<void>,
  inTurn: InTurn,
): Promise<void> => {
  const { name, rules } = standing.house.settings;
  const attempts = rules.pauses.attempts();
  let first = true;
  do {
    const found = await inTurn(() => latest(standing, first));
    first = false;
    if (found === undefined) return;
    const data: SessionData = parseObject(found.json) ?? Object.create(null);
    // Not in turn: it may save.
    await change(data);
    const json = jsonOf(data, rules.limits);
    if (json === found.json) return;
    assertSize(json, rules.limits);
    if ((await inTurn(() => commit(standing, found, json))) === 'ok') return;
  } while (await attempts.goOn());
  throw conflictOf(name);
};
