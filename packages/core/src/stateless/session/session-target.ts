import type { Stored } from './records.ts';
import type { Target } from './save-merged.ts';
import type { SessionFile } from './session-file.ts';
import type { LiveMeta } from './session-format.ts';

/** Where a session stands, or is to stand. */
export interface Place {
  readonly id: string;
  /** Undefined before it is written for the first time. */
  readonly stored: Stored<LiveMeta> | undefined;
}

/** A session that is saved, wherever another request has taken it meanwhile. */
export class SessionTarget implements Target {
  readonly #file: SessionFile;
  readonly #meta: LiveMeta;
  readonly #absoluteMs: number;
  place: Place;
  /** Whether another has logged in: what stands there is not for this request. */
  passedLogin = false;

  constructor(file: SessionFile, place: Place, meta: LiveMeta, absoluteMs: number) {
    this.#file = file;
    this.#meta = meta;
    this.#absoluteMs = absoluteMs;
    this.place = place;
  }

  async write(json: string): Promise<'ok' | 'conflict' | 'gone'> {
    const meta = this.place.stored?.meta ?? this.#meta;
    const written = await this.#file.write(this.place, { meta, json }, this.#absoluteMs);
    if (typeof written === 'string') return written;
    this.place = { id: this.place.id, stored: written };
    return 'ok';
  }

  async reread(): Promise<string | undefined> {
    const trail = await this.#file.follow(this.place.id, 'pass');
    if (trail?.end !== 'live') return undefined;
    this.passedLogin ||= trail.passedLogin;
    this.place = { id: trail.id, stored: trail.stored };
    return trail.stored.json;
  }
}
