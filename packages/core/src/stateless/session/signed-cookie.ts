import { parseCookie, stringifySetCookie } from 'cookie';
import type { CookieSettings } from './cookie-settings.ts';
import type { KeyRing } from './key-ring.ts';

/** What a cookie says that we signed. */
export interface Ticket {
  readonly id: string;
  /** Stands for the user; undefined before a log-in. */
  readonly tag: string | undefined;
}

/** `kid.id[.tag].signature`, at most 90 letters. */
const FORM = /^(([A-Za-z0-9]{1,8})\.([\w-]{24})(?:\.([\w-]{11}))?)\.([\w-]{43})$/;

/** Reads and makes the cookie of one kind of sessions. */
export class SignedCookie {
  readonly #settings: CookieSettings;
  readonly #ring: KeyRing;

  constructor(settings: CookieSettings, ring: KeyRing) {
    this.#settings = settings;
    this.#ring = ring;
  }

  /** Whether a `Cookie` field has one of this name, whoever made it. */
  isIn(header: string): boolean {
    return header.includes(`${this.#settings.name}=`);
  }

  /** The first of this name that we signed: a sibling domain may have put others before it. */
  read(header: string): Ticket | undefined {
    if (!this.isIn(header)) return undefined;
    const decode = (value: string): string | undefined =>
      this.#verified(value) === undefined ? undefined : value;
    const value = parseCookie(header, { decode })[this.#settings.name];
    return value === undefined ? undefined : ticketOf(FORM.exec(value));
  }

  /** The `Set-Cookie` value for a session that lives for so long at most. */
  set({ id, tag }: Ticket, lifeMs: number): string {
    const value = this.#ring.signed(tag === undefined ? id : `${id}.${tag}`);
    const { persistent, ...attributes } = this.#settings;
    const maxAge = Math.max(1, Math.ceil(lifeMs / 1_000));
    return stringifySetCookie({ ...attributes, value, ...(persistent ? { maxAge } : {}) });
  }

  /** The `Set-Cookie` value that has the browser forget it. */
  clear(): string {
    const { persistent: _, ...attributes } = this.#settings;
    return stringifySetCookie({ ...attributes, value: '', maxAge: 0, expires: new Date(0) });
  }

  #verified(value: string): RegExpExecArray | undefined {
    const parts = FORM.exec(value);
    const [, body = '', kid = '', , , signature = ''] = parts ?? [];
    return parts !== null && this.#ring.verifies(kid, body, signature) ? parts : undefined;
  }
}

const ticketOf = (parts: RegExpExecArray | null): Ticket | undefined => {
  const id = parts?.[3];
  return id === undefined ? undefined : { id, tag: parts?.[4] };
};
