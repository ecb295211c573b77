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

const startOf = (trail: Trail): Start =>
  trail.end === 'live'
    ? {
        state: 'loaded',
        json: trail.stored.json,
        user: trail.stored.meta.user,
        at: { id: trail.id, stored: trail.stored },
      }
    : {
        state: 'read-only',
        json: trail.alias.json,
        alias: { id: trail.id, to: trail.alias.meta.to },
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
    await Promise.all(settings.ring.tagsOf(user).map((tag) => epochs.advance(tag)));
    copies?.clear();
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
    if (trail === undefined) return undefined;
    const owner = trail.end === 'live' ? trail.stored.meta : trail.alias.meta;
    return isValid(owner, ticket, epoch) ? startOf(trail) : undefined;
  }

  #copy({ id, tag }: Ticket, start: Start | undefined, since: number): void {
    const { copies } = this.#house;
    if (start?.at === undefined) return;
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
