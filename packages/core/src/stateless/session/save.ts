import { saveMerged } from './save-merged.ts';
import { SessionTarget } from './session-target.ts';
import type { Standing } from './standing.ts';

/** Has it live on where that is due. It is only a renewal: a failure of it fails nothing. */
const touch = async (standing: Standing): Promise<void> => {
  const { at, house } = standing;
  if (!standing.touchDue || at?.stored === undefined) return;
  try {
    const stored = await house.file.prolong({ id: at.id, stored: at.stored });
    if (stored === 'gone') standing.end();
    // Who came first has prolonged it, or ended it.
    else if (stored !== 'conflict')
      standing.arrive({ id: at.id, stored }, standing.base, standing.base);
  } catch {
    // It is due again with the next request.
  }
};

/** Writes what was changed, merged with what others changed meanwhile. */
export const save = async (standing: Standing): Promise<void> => {
  const { house, shut, base } = standing;
  const mine = standing.json();
  if (mine === base) return touch(standing);
  if (shut !== undefined) return standing.drop(mine, shut);
  const { name, absoluteMs, rules } = house.settings;
  const target = new SessionTarget(house.file, standing.settle(), standing.meta, absoluteMs);
  const saved = await saveMerged(target, { base, mine }, rules);
  if (saved === 'gone') {
    standing.end();
    return standing.drop(mine, 'ended');
  }
  // What another has logged in to takes the change, but shows nothing to who came before.
  if (target.passedLogin) standing.base = mine;
  else standing.arrive(target.place, saved.json, mine);
  if (saved.parts > 0) house.tell('conflict', { name, parts: saved.parts });
};
