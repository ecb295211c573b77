import { randomBytes } from 'node:crypto';
import { unheard } from '../../options/thenable.ts';
import { isStoreError } from '../store-error.ts';
import type { Change } from './merge.ts';
import type { Stored } from './records.ts';
import { assertSize } from './json.ts';
import { conflictOf, mergedJson, type SaveRules } from './save-merged.ts';
import type { LivePlace, SessionFile, Trail } from './session-file.ts';
import type { LiveMeta } from './session-format.ts';

/** 144 bits. */
export const newId = (): string => randomBytes(18).toString('base64url');

/** A session on its way to a new id. */
export interface Journey {
  /** Where it stands, with the version that was seen; undefined for one that stands nowhere. */
  readonly from: LivePlace | undefined;
  readonly change: Change;
  readonly meta: LiveMeta;
  readonly absoluteMs: number;
  readonly login: boolean;
  /** Throws where it must not be finished any more. */
  readonly assertOpen: () => void;
}

/** How it ended. `joined`: another rotation was there first, and its id is as good. */
export type Arrival =
  | { readonly end: 'moved' | 'joined'; readonly place: LivePlace; readonly parts: number }
  /** `gone`: it ended meanwhile. `kept`: another request has logged in, which this one may not follow. */
  | { readonly end: 'gone' | 'kept' };

/** Takes a session to a new id: first the new record, then the old one leads to it. */
export class Mover {
  readonly #file: SessionFile;
  readonly #rules: SaveRules;

  constructor(file: SessionFile, rules: SaveRules) {
    this.#file = file;
    this.#rules = rules;
  }

  async move(journey: Journey): Promise<Arrival> {
    const { change, meta, absoluteMs } = journey;
    assertSize(change.mine, this.#rules.limits);
    const id = newId();
    const content = { meta, json: change.mine };
    const stored = await this.#file.write({ id, stored: undefined }, content, absoluteMs);
    // The id is new: that would be chance beyond belief, or a store that is none.
    if (typeof stored === 'string') throw conflictOf(this.#rules.limits.name);
    return this.#leave(journey, { id, stored });
  }

  async #leave(journey: Journey, made: LivePlace): Promise<Arrival> {
    const { from } = journey;
    try {
      if (from !== undefined) return await this.#leadOver(journey, from, made);
      journey.assertOpen();
      return { end: 'moved', place: made, parts: 0 };
    } catch (error) {
      // A store that could not be asked: the old id may lead to the new one.
      if (!isStoreError(error)) void unheard(this.#file.remove(made.id));
      throw error;
    }
  }

  async #leadOver(journey: Journey, from: LivePlace, made: LivePlace): Promise<Arrival> {
    const { change, login } = journey;
    const attempts = this.#rules.pauses.attempts();
    let [old, to, parts] = [from, made, 0];
    for (;;) {
      journey.assertOpen();
      const led = await this.#file.lead(old, to.id, login);
      if (led === 'ok') return { end: 'moved', place: to, parts };
      if (led === 'gone') return this.#without(journey, to);
      if (!(await attempts.goOn())) throw conflictOf(this.#rules.limits.name);
      const trail = await this.#file.follow(old.id, 'stay');
      if (trail?.end !== 'live') return this.#without(journey, to, trail);
      if (!login && trail.id !== old.id) return this.#join(to, trail);
      const both = mergedJson(change, trail.stored.json, this.#rules);
      ({ parts } = both);
      to = { id: to.id, stored: await this.#rewrite(to, both.json) };
      old = trail;
    }
  }

  /** The old id leads nowhere, or elsewhere: a log-in holds all the same, as it came with a proof of its own. */
  async #without(journey: Journey, made: LivePlace, trail?: Trail): Promise<Arrival> {
    if (journey.login) return { end: 'moved', place: made, parts: 0 };
    await this.#file.remove(made.id);
    return { end: trail?.end === 'frozen' ? 'kept' : 'gone' };
  }

  async #join(made: LivePlace, place: LivePlace): Promise<Arrival> {
    await this.#file.remove(made.id);
    return { end: 'joined', place, parts: 0 };
  }

  /** Nobody else knows the id yet. */
  async #rewrite({ id, stored }: LivePlace, json: string): Promise<Stored<LiveMeta>> {
    const written = await this.#file.write({ id, stored }, { meta: stored.meta, json });
    if (typeof written === 'string') throw conflictOf(this.#rules.limits.name);
    return written;
  }
}
