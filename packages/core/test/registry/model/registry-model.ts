import type { Spare } from '../../../src/registry/types.ts';

/** An entry as the model knows it: its number in order of creation, and what may become of it. */
export interface Kept {
  readonly key: string;
  readonly id: number;
  usedAt: number;
  spare: Spare;
}

/** What `get` gives: an entry's number, or the shared one. */
export type Given = number | 'shared';

/** A registry told with one list and a clock that it reads at every turn. */
export class RegistryModel {
  now = 0;
  created = 0;
  overflows = 0;
  /** Least recently used first. */
  kept: Kept[] = [];
  readonly told: string[] = [];
  readonly #maxEntries: number;
  readonly #idleMs: number;
  /** The keys asked for since another one was. */
  #row: { readonly key: string; times: number } | undefined = undefined;

  constructor(maxEntries: number, idleMs: number) {
    this.#maxEntries = maxEntries;
    this.#idleMs = idleMs;
  }

  get(key: string): Given {
    const known = this.kept.find((each) => each.key === key);
    if (this.#row?.key === key && known !== undefined) {
      this.#row.times++;
      return known.id;
    }
    this.#endRow();
    const given = known ?? this.#newcomer(key);
    if (given === undefined) return 'shared';
    given.usedAt = this.now;
    this.kept = [...this.kept.filter((each) => each !== given), given];
    this.#row = { key, times: 1 };
    return given.id;
  }

  /** Several times in a row count as used until another key is asked for. */
  #endRow(): void {
    const row = this.#row;
    const last = this.kept.find(({ key }) => key === row?.key);
    if (last !== undefined && (row?.times ?? 0) > 1) last.usedAt = this.now;
    this.#row = undefined;
  }

  #newcomer(key: string): Kept | undefined {
    if (this.kept.length === this.#maxEntries && !this.#makeRoom()) {
      this.overflows++;
      this.told.push(`overflow ${key}`);
      return undefined;
    }
    return { key, id: ++this.created, usedAt: this.now, spare: 'now' };
  }

  /** Looks at 64: the first that is spare at once goes, or else the first that was idle for long. */
  #makeRoom(): boolean {
    const looked = this.kept.slice(0, 64);
    const rest = this.kept.slice(64);
    const at = looked.findIndex(({ spare }) => spare === 'now');
    const idle = looked.find(
      ({ spare, usedAt }) => spare === 'idle' && this.now - usedAt >= this.#idleMs,
    );
    const gone = at >= 0 ? looked[at] : idle;
    const unseen = at >= 0 ? looked.slice(at + 1) : [];
    const seen = at >= 0 ? looked.slice(0, at) : looked.filter((each) => each !== gone);
    this.kept = [...unseen, ...rest, ...seen];
    if (gone !== undefined) this.told.push(`evicted ${gone.key}`);
    return gone !== undefined;
  }
}
