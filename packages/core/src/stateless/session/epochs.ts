import { key, type Key } from '../key.ts';
import type { SessionSettings } from './settings.ts';

const NOTHING = new Uint8Array();

/**
 * Of which age the sessions of a user are that count: none from before the last `revokeAll`. The age is the
 * version of a record, which outlives every session that names it.
 */
export class Epochs {
  readonly #settings: SessionSettings;

  constructor(settings: SessionSettings) {
    this.#settings = settings;
  }

  /** 0 where there was no `revokeAll` in the lifetime of a session. */
  async read(tag: string, signal?: AbortSignal): Promise<number> {
    const { store, deadlineMs } = this.#settings;
    const found = await store.read(this.#keyOf(tag), { deadlineMs, signal });
    return found?.version ?? 0;
  }

  /** The same, for a session that is about to begin. */
  async join(tag: string): Promise<number> {
    const { store, deadlineMs } = this.#settings;
    const [epoch, touched] = await Promise.all([
      this.read(tag),
      store.touch(this.#keyOf(tag), this.#lifeMs, { deadlineMs }),
    ]);
    return touched === 'gone' ? 0 : epoch;
  }

  async advance(tag: string): Promise<void> {
    const { store, deadlineMs } = this.#settings;
    const write = { mode: 'force', data: NOTHING, ttlMs: this.#lifeMs } as const;
    await store.write(this.#keyOf(tag), write, { deadlineMs });
  }

  /** Twice as long as a session, as clocks may step. */
  get #lifeMs(): number {
    return 2 * this.#settings.absoluteMs;
  }

  #keyOf(tag: string): Key {
    const { tenant, name } = this.#settings;
    return key('session-epoch', tenant, name, tag);
  }
}
