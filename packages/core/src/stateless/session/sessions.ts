import { nameOf, wrongType } from '../../options/validate.ts';
import { isStoreError, type StoreError } from '../store-error.ts';
import { House } from './house.ts';
import type { Trail } from './session-file.ts';
import type { Owner } from './session-format.ts';
import { sessionSettings } from './settings.ts';
import type { Ticket } from './signed-cookie.ts';
import type { Start } from './standing.ts';
import type { Session, SessionEvents, Sessions, SessionsOptions } from './types.ts';
import { Visit } from './visit.ts';

/** Whether what was found is the bearer's, and younger than the last `revokeAll`. */
const isValid = (owner: Owner, ticket: Ticket, epoch: number): boolean =>
  owner.tag === undefined || (owner.tag === ticket.tag && owner.epoch === epoch);

const startOf = (trail: Trail): Start => {
  const { end, id } = trail;
  if (end === 'unreadable') return { state: 'new', unreadable: id };
  if (end === 'frozen')
    return { state: 'read-only', json: trail.alias.json, alias: { id, to: trail.alias.meta.to } };
  const { stored } = trail;
  return { state: 'loaded', json: stored.json, user: stored.meta.user, at: { id, stored } };
};

class SessionsInStore implements Sessions {
  readonly name: string;
  readonly #house: House;

  constructor(house: House) {
    this.name = house.settings.name;
    this.#house = house;
  }

  async open(
    cookieHeader: string | undefined,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Session> {
    if (cookieHeader !== undefined && typeof cookieHeader !== 'string')
      throw wrongType('cookieHeader', cookieHeader, 'a text or nothing');
    signal?.throwIfAborted();
    const { cookie } = this.#house;
    const ticket = cookieHeader === undefined ? undefined : cookie.read(cookieHeader);
    const hadCookie = cookieHeader !== undefined && cookie.isIn(cookieHeader);
    const start = ticket && (await this.#start(ticket, signal));
    return new Visit(this.#house, { state: 'new', ...start, hadCookie });
  }

  async revokeAll(user: string): Promise<void> {
    nameOf('user', user);
    const { settings, epochs, copies } = this.#house;
    copies?.clear();
    try {
      await Promise.all(settings.ring.tagsOf(user).map((tag) => epochs.advance(tag)));
    } finally {
      // It may have been done all the same, and what was read meanwhile is from before.
      copies?.clear();
    }
  }

  on<Name extends keyof SessionEvents>(
    name: Name,
    listener: (event: SessionEvents[Name]) => void,
  ): Disposable {
    return this.#house.emitter.on(name, listener);
  }

  /** Undefined where the cookie names none that lives. */
  async #start(ticket: Ticket, signal: AbortSignal | undefined): Promise<Start | undefined> {
    const since = this.#house.settings.clock.now();
    try {
      const start = await this.#find(ticket, signal);
      this.#copy(ticket, start, since);
      return start && { ...start, cookieId: ticket.id };
    } catch (error) {
      if (!isStoreError(error)) throw error;
      return this.#withoutStore(ticket, error);
    }
  }

  async #find(ticket: Ticket, signal: AbortSignal | undefined): Promise<Start | undefined> {
    const { file, epochs } = this.#house;
    // At once: one round trip for both.
    const [found, epoch] = await Promise.all([
      file.read(ticket.id, signal),
      ticket.tag === undefined ? 0 : epochs.read(ticket.tag, signal),
    ]);
    const trail = found && (await file.follow(ticket.id, 'arrive', found, signal));
    return trail !== undefined && this.#isGood(trail, ticket, epoch) ? startOf(trail) : undefined;
  }

  #isGood(trail: Trail, ticket: Ticket, epoch: number): boolean {
    if (trail.end === 'unreadable') return true;
    if (trail.end === 'frozen') return isValid(trail.alias.meta, ticket, epoch);
    const { meta } = trail.stored;
    // One of a key that was taken away would be out of reach of `revokeAll`.
    const { ring } = this.#house.settings;
    return isValid(meta, ticket, epoch) && (meta.user === undefined || ring.tags(meta));
  }

  /** Under the id of the record alone; what has ended, or leads elsewhere, has no copy any more. */
  #copy({ id, tag }: Ticket, start: Start | undefined, since: number): void {
    const { copies } = this.#house;
    if (start?.at?.id !== id) return copies?.forget(id);
    const { user, json = '{}' } = start;
    copies?.put(id, { tag, user, json }, since);
  }

  #withoutStore({ id, tag }: Ticket, lost: StoreError): Start {
    const { settings, copies } = this.#house;
    const at = { id, stored: undefined };
    if (settings.onStoreLoss === 'anonymous') return { state: 'anonymous', at, cookieId: id, lost };
    const copy = copies?.get(id, tag);
    if (copy === undefined) throw lost;
    const { user, json } = copy;
    return { state: 'read-only', user, json, at, cookieId: id, lost };
  }
}

/**
 * Sessions in a store: whole changes, merged where several requests make them at once, and an end that no late
 * request can undo. What `store` promises they do: behind one in memory they end with the process. Throws
 * `TypeError` or `RangeError` for a wrong option.
 */
export const sessions = (options: SessionsOptions): Sessions =>
  new SessionsInStore(new House(sessionSettings(options)));
