import { HoldfastError } from '../../errors.ts';
import { assertSize, jsonOf, type JsonLimits } from './json.ts';
import { merged, type Change } from './merge.ts';
import type { Pauses } from './pauses.ts';

/** What is written over. It knows the version it saw last. */
export interface Target {
  write(json: string): Promise<'ok' | 'conflict' | 'gone'>;
  /** What others have made of it; undefined where there is none any more. */
  reread(): Promise<string | undefined>;
}

/** How saves go about others that came before. */
export interface SaveRules {
  readonly limits: JsonLimits;
  readonly strict: boolean;
  readonly pauses: Pauses;
}

/** What was written. */
export interface Saved {
  readonly json: string;
  /** How many top-level names others had changed, too. */
  readonly parts: number;
}

export const conflictOf = (name: string): HoldfastError =>
  new HoldfastError({ code: 'HF_SESSION_CONFLICT', policy: name });

/** Mine on top of theirs, as JSON of a size that is allowed. */
export const mergedJson = (change: Change, theirs: string, rules: SaveRules): Saved => {
  const { data, parts } = merged(change, theirs);
  if (parts > 0 && rules.strict) throw conflictOf(rules.limits.name);
  const json = jsonOf(data, rules.limits);
  assertSize(json, rules.limits);
  return { json, parts };
};

/** Writes a change, merged with what others wrote since its base, until nobody comes in between. */
export const saveMerged = async (
  target: Target,
  change: Change,
  rules: SaveRules,
): Promise<Saved | 'gone'> => {
  assertSize(change.mine, rules.limits);
  let next: Saved = { json: change.mine, parts: 0 };
  const attempts = rules.pauses.attempts();
  for (;;) {
    const written = await target.write(next.json);
    if (written === 'ok') return next;
    if (written === 'gone') return 'gone';
    if (!(await attempts.goOn())) throw conflictOf(rules.limits.name);
    const theirs = await target.reread();
    if (theirs === undefined) return 'gone';
    next = mergedJson(change, theirs, rules);
  }
};
