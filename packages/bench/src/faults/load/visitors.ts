import { setTimeout as sleep } from 'node:timers/promises';
import { visit, type Visit } from './open-loop.ts';

const VISITORS = 50;
const TRIES = 50;
const RETRY_MS = 100;
/** What is limited, and needs no session. */
export const PUBLIC = '/public';
/** A third of the requests reads its session, and a third changes it. */
const PATHS = [PUBLIC, '/read', '/change'] as const;

/** A service that has just begun may be slow for its first visitors. */
const logIn = async (port: number, client: string): Promise<string> => {
  for (let tries = 0; tries < TRIES; tries++) {
    const { cookies } = await visit(port, { path: '/login', client, cookie: '' });
    const [cookie] = cookies.map((each) => each.split(';', 1)[0]);
    if (cookie !== undefined) return cookie;
    await sleep(RETRY_MS);
  }
  throw new Error(`${client} could not log in`);
};

const OK = 200;
const UNAVAILABLE = 503;

/** Asks again where the store is lost, which says nothing about the session. */
const isLoggedIn = async (port: number, asked: Visit): Promise<boolean> => {
  for (let tries = 0; tries < TRIES; tries++) {
    const { status } = await visit(port, asked);
    if (status !== UNAVAILABLE) return status === OK;
    await sleep(RETRY_MS);
  }
  return false;
};

/** The people who use a service, each logged in with a cookie of his own. */
export class Visitors {
  readonly #cookies: readonly string[];

  private constructor(cookies: readonly string[]) {
    this.#cookies = cookies;
  }

  static async logIn(port: number): Promise<Visitors> {
    const cookies: string[] = [];
    while (cookies.length < VISITORS) cookies.push(await logIn(port, `visitor-${cookies.length}`));
    return new Visitors(cookies);
  }

  /** What comes as the so manyth request. */
  readonly next = (index: number): Visit => {
    const at = index % VISITORS;
    return {
      path: PATHS[index % PATHS.length] ?? PUBLIC,
      client: `visitor-${at}`,
      cookie: this.#cookies[at] ?? '',
    };
  };

  /** How many are not logged in any more. */
  async loggedOut(port: number): Promise<number> {
    let out = 0;
    for (const [at, cookie] of this.#cookies.entries())
      if (!(await isLoggedIn(port, { path: '/read', client: `visitor-${at}`, cookie }))) out++;
    return out;
  }

  get count(): number {
    return this.#cookies.length;
  }
}
