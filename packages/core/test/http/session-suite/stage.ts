import type { Session, SessionsOptions } from '../../../src/stateless/session/types.ts';
import { memoryStore } from '../../../src/stateless/memory/memory-store.ts';
import type { Behaviour, Exchange, Layer, Plan } from '../conformance/rig.ts';
import type { World } from '../conformance/world.ts';
import type { Scenario } from '../conformance/run-scenario.ts';
import type { SessionRig } from './rig.ts';
import { shaky, type ShakyStore } from './shaky-store.ts';

/** What a handler of these scenarios gets. */
export type Handler = (session: Session, exchange: Exchange) => unknown;

/** An answer over either protocol. */
export interface Seen {
  readonly status: number;
  readonly body: string;
  /** Each `Set-Cookie` there was. */
  readonly cookies: readonly string[];
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** What else is asked. */
export interface Asked {
  readonly cookie?: string | undefined;
  readonly method?: string;
}

const KEYS = [{ id: 'k1', secret: 'a secret of the tests that has enough bytes' }];

/** One scenario's app with sessions, its store, and who asks. */
export class Stage {
  readonly world: World;
  readonly store: ShakyStore;
  readonly options: SessionsOptions;
  readonly #rig: SessionRig;
  readonly #http2: boolean;
  #client: ((path: string, asked: Asked) => Promise<Seen>) | undefined;

  constructor(world: World, rig: SessionRig, http2: boolean) {
    this.world = world;
    this.#rig = rig;
    this.#http2 = http2;
    this.store = shaky(memoryStore({ clock: world.clock }));
    this.options = { store: this.store, keys: KEYS, clock: world.clock };
  }

  /** The layer that opens sessions. */
  sessions(options: Partial<SessionsOptions> & { readonly onReject?: unknown } = {}): Layer {
    return this.#rig.session({ ...this.options, ...options });
  }

  sessionOf(exchange: Exchange): Session {
    return this.#rig.sessionOf(exchange);
  }

  /** Serves handlers behind sessions, and other guards behind those where there are any. */
  async serve(
    handlers: Readonly<Record<string, Handler>>,
    plan: Partial<Plan> = { guards: [this.sessions()] },
  ): Promise<void> {
    const behaviourOf =
      (handler: Handler): Behaviour =>
      (exchange) =>
        handler(this.#rig.sessionOf(exchange), exchange);
    const routes = Object.fromEntries(
      Object.entries({ '/see': see, ...handlers }).map(([path, handler]) => [
        path,
        behaviourOf(handler),
      ]),
    );
    const whole = { ...plan, routes: { ...routes, ...plan.routes } };
    if (this.#http2) await this.world.serveHttp2(whole);
    else await this.world.serve(whole);
  }

  /** Asks, always on the same connection. */
  async ask(path: string, asked: Asked = {}): Promise<Seen> {
    this.#client ??= this.#http2 ? await this.#askHttp2() : await this.#askHttp1();
    return this.#client(path, asked);
  }

  /** What the session of a cookie holds. */
  async held(cookie: string | undefined): Promise<unknown> {
    return JSON.parse((await this.ask('/see', { cookie })).body);
  }

  /** A session with this in it, and its cookie. */
  async begun(path = '/begin'): Promise<string> {
    return cookieIn(await this.ask(path)) ?? '';
  }

  async #askHttp1(): Promise<(path: string, asked: Asked) => Promise<Seen>> {
    const client = await this.world.client();
    return async (path, { cookie, method = 'GET' }) => {
      const headers = cookie === undefined ? {} : { Cookie: cookie };
      const answer = await client.get(path, { method, headers });
      const set = answer.headers['set-cookie'];
      // The reader joins what came several times; our attributes hold no comma but in `Expires`.
      const cookies = set === undefined ? [] : set.split(/, (?=[\w-]+=)/u);
      return { status: answer.status, body: answer.body, headers: answer.headers, cookies };
    };
  }

  async #askHttp2(): Promise<(path: string, asked: Asked) => Promise<Seen>> {
    const client = await this.world.http2Client();
    return async (path, { cookie, method = 'GET' }) => {
      const headers = cookie === undefined ? {} : { cookie };
      const body = method === 'POST' ? { body: '' } : {};
      const answer = await client.get(path, { method, headers, ...body });
      const cookies = [answer.headers['set-cookie'] ?? []].flat();
      return { status: answer.status ?? 0, body: answer.body, headers: answer.headers, cookies };
    };
  }
}

/** Answers with what the session is. */
const see: Handler = ({ data, user, state }, { json }) => {
  const own = { ...data };
  json(user === undefined ? { state, ...own } : { state, user, ...own });
};

/** The pair to send back; undefined where no session cookie was set. */
export const cookieIn = ({ cookies }: Seen): string | undefined =>
  cookies.find((each) => each.startsWith('__Host-session='))?.split(';', 1)[0];

/** A scenario of sessions: over HTTP/1.1 in both frameworks, and over HTTP/2 where the framework serves it. */
export interface SessionScenario {
  readonly title: string;
  /** What it is about exists only there. */
  readonly only?: 'http1' | 'express' | 'koa';
  run(stage: Stage): Promise<void>;
}

const ofHttp1 = (rig: SessionRig, { title, only, run }: SessionScenario): Scenario => ({
  title,
  ...(only === 'express' || only === 'koa' ? { only } : {}),
  run: (world) => run(new Stage(world, rig, false)),
});

const ofHttp2 = (rig: SessionRig, { title, run }: SessionScenario): Scenario => ({
  title: `over HTTP/2, ${title}`,
  only: 'koa', // Express cannot serve it
  run: (world) => run(new Stage(world, rig, true)),
});

/** The scenarios that the framework of a rig can run. */
export const scenariosFor = (
  rig: SessionRig,
  scenarios: readonly SessionScenario[],
): readonly Scenario[] =>
  scenarios
    .flatMap((scenario) =>
      scenario.only === undefined
        ? [ofHttp1(rig, scenario), ofHttp2(rig, scenario)]
        : [ofHttp1(rig, scenario)],
    )
    .filter(({ only = rig.rig.name }) => only === rig.rig.name);
