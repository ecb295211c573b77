import type { Random } from '../../../../src/runtime/clock.ts';
import {
  memoryStore,
  sessions,
  type Session,
  type SessionEvents,
  type Sessions,
  type SessionsOptions,
} from '../../../../src/stateless/index.ts';
import { seededRandom, VirtualClock } from '../../../../src/testing/index.ts';
import { WatchedStore } from './watched-store.ts';

export const KEYS = [{ id: 'k1', secret: 'the secret of the first key, long enough' }] as const;

/** The `Cookie` field of a browser that was given this. */
export const cookieOf = (session: Session): string => {
  const cookie = session.cookie();
  if (cookie === undefined) throw new Error('there is no cookie to set');
  return cookie.slice(0, cookie.indexOf(';'));
};

/** What a browser has of a session. */
export interface Started {
  readonly session: Session;
  readonly cookie: string;
}

/** Sessions in a memory store under a virtual clock. */
export class Rig {
  readonly clock: VirtualClock = new VirtualClock();
  readonly store: WatchedStore;
  readonly house: Sessions;
  readonly events: (readonly [keyof SessionEvents, object])[] = [];

  constructor(options: Partial<SessionsOptions>, wander: Random | undefined) {
    const { clock } = this;
    this.store = new WatchedStore(memoryStore({ clock }), wander);
    const { store } = this;
    this.house = sessions({ store, keys: KEYS, clock, random: seededRandom(1), ...options });
    for (const name of ['conflict', 'gone', 'rotated'] as const)
      this.house.on(name, (event) => void this.events.push([name, event]));
  }

  /** Goes on in virtual time until the promise is settled. */
  readonly run = <T>(promise: Promise<T>): Promise<T> => this.clock.runUntilSettled(promise);

  readonly open = (cookie?: string): Promise<Session> => this.run(this.house.open(cookie));

  /** A session that holds `data`, and its cookie. */
  readonly started = async (data: Record<string, unknown>, user?: string): Promise<Started> => {
    const session = await this.open();
    for (const [name, value] of Object.entries(data)) session.data[name] = value;
    if (user !== undefined) await this.run(session.login(user));
    await this.run(session.save());
    return { session, cookie: cookieOf(session) };
  };
}

export const houseOf = (options: Partial<SessionsOptions> = {}, wander?: Random): Rig =>
  new Rig(options, wander);
