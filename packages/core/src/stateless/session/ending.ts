import type { House } from './house.ts';
import type { Place } from './session-target.ts';

/**
 * The end of a session, wherever a log-in or a rotation has taken it meanwhile. What it has learned of that it keeps
 * for another run, should the store be lost in between.
 */
export class Ending {
  readonly #house: House;
  /** An old id that leads to it, to be removed as well. */
  readonly #alias: string | undefined;
  #at: Place;

  constructor(house: House, at: Place, alias: string | undefined) {
    this.#house = house;
    this.#at = at;
    this.#alias = alias;
  }

  /** Rejects with `StoreError`; it may then be run again. */
  async run(): Promise<void> {
    try {
      await this.#end();
      if (this.#alias !== undefined) await this.#house.file.remove(this.#alias);
    } finally {
      this.#house.copies?.forget(this.#at.id);
    }
  }

  /** Removes what it knows of, whatever that is. Behind `guarded` it is tried on where the store is lost. */
  remove(): Promise<void> {
    return this.#house.file.remove(this.#at.id);
  }

  async #end(): Promise<void> {
    const attempts = this.#house.settings.rules.pauses.attempts();
    do {
      const { id, stored } = await this.#found();
      if (stored === undefined) return;
      if ((await this.#house.file.close({ id, stored })) !== 'conflict') return;
      this.#at = { id, stored: undefined };
    } while (await attempts.goOn());
    await this.remove();
  }

  /** Where it stands; without a version where there is nothing to end any more. */
  async #found(): Promise<Place> {
    if (this.#at.stored !== undefined) return this.#at;
    const trail = await this.#house.file.follow(this.#at.id, 'pass');
    if (trail?.end === 'live') this.#at = { id: trail.id, stored: trail.stored };
    // Others may be able to read it.
    if (trail?.end === 'unreadable') await this.#house.file.remove(trail.id);
    return this.#at;
  }
}
