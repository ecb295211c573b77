import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createHttp2Server, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import {
  bulkhead,
  circuitBreaker,
  type Bulkhead,
  type BulkheadOptions,
  type CircuitBreaker,
  type CircuitBreakerOptions,
} from '../../../src/index.ts';
import { CountingClock } from './counting-clock.ts';
import { Http2Client } from './http2-client.ts';
import { planOf } from './plan.ts';
import { PolicyWatch, type Verdicts } from './policy-watch.ts';
import { RawClient } from './raw-client.ts';
import { PREFIXES, type Layer, type Pieces, type Plan, type Rig } from './rig.ts';
import { ServerWatch } from './server-watch.ts';

const codeOf = (error: unknown): unknown => Reflect.get(Object(error), 'code');

/** Answers that a handler attempts although there is one already. */
const SECOND_ANSWER = [
  'ERR_HTTP_HEADERS_SENT',
  'ERR_HTTP2_HEADERS_SENT',
  'ERR_HTTP2_HEADERS_AFTER_RESPOND',
];

/** One scenario's app, server, clients and policies. `run-scenario` looks at all of them at the end. */
export class World {
  readonly rig: Rig;
  readonly clock = new CountingClock();
  readonly server = new ServerWatch();
  readonly policies = new PolicyWatch();
  readonly clients: RawClient[] = [];
  readonly http2Clients: Http2Client[] = [];
  /** What handlers threw, and what reached the framework's last handler. */
  readonly errors: unknown[] = [];
  readonly #releases: (() => void)[] = [];
  #allowed: readonly string[] = [];
  #listening: (Server | Http2Server)[] = [];
  #prefix = '';
  #warning: RegExp | undefined = undefined;

  constructor(rig: Rig) {
    this.rig = rig;
  }

  /** The adapter's guards, with the world's clock; their policies are watched. */
  readonly pieces: Pieces = {
    breaker: (options = {}) => this.#watched(this.rig.pieces.breaker(this.#timed(options))),
    timeout: (options) => this.#watched(this.rig.pieces.timeout(this.#timed(options))),
    deadline: (options = {}) => this.#watched(this.rig.pieces.deadline(this.#timed(options))),
    bulkhead: (options) => this.#watched(this.rig.pieces.bulkhead(this.#timed(options))),
    rateLimit: (options) => this.#watched(this.rig.pieces.rateLimit(this.#timed(options))),
    guard: (options) => this.#watched(this.rig.pieces.guard(this.#timed(options))),
    rejections: () => this.rig.pieces.rejections(),
  };

  circuit(options: Partial<CircuitBreakerOptions> = {}): CircuitBreaker {
    return this.policies.add(circuitBreaker({ name: 'circuit', clock: this.clock, ...options }));
  }

  bulkhead(options: BulkheadOptions): Bulkhead {
    return this.policies.add(bulkhead({ clock: this.clock, ...options }));
  }

  /** What a circuit, or the circuits of a layer, must have seen when all is over. */
  expectVerdicts(judge: object, verdicts: Partial<Verdicts> | 'any'): void {
    this.policies.expect(judge, verdicts);
  }

  /** The handler of this scenario answers twice itself, on a bare app too. */
  allowSecondAnswer(): void {
    this.#allowed = SECOND_ANSWER;
  }

  /** The app of this scenario makes a mistake of which the process must be warned. */
  expectWarning(warning: RegExp): void {
    this.#warning = warning;
  }

  /** What remains of what the process heard when that is taken off which was to be. */
  unexpected(heard: readonly string[]): readonly string[] {
    const warning = this.#warning;
    if (warning === undefined) return heard;
    const rest = heard.filter((each) => !warning.test(each));
    return rest.length < heard.length ? rest : [...rest, `no warning of ${warning.source}`];
  }

  /** Errors of somebody who answered although there was an answer. */
  get secondAnswers(): readonly string[] {
    return this.errors
      .map((error) => String(codeOf(error)))
      .filter((code) => SECOND_ANSWER.includes(code) && !this.#allowed.includes(code));
  }

  /** An option that is a function of the request. */
  by<T>(read: (headers: NodeJS.Dict<string | string[]>) => T): (...subject: unknown[]) => T {
    return (...subject) => read(this.rig.requestOf(subject).headers);
  }

  /** Where a route is, by the mount of the plan. */
  at(path: string): string {
    return this.#prefix + path;
  }

  async serve(plan: Partial<Plan>, options: ServerOptions = {}): Promise<Server> {
    const listener = this.#listener(plan);
    const server = createServer(options, listener);
    this.server.watch(server);
    await this.#listen(server);
    return server;
  }

  /** As `serve`, but the app itself says whether a client may send what it has announced. */
  async serveWithContinue(plan: Partial<Plan>): Promise<void> {
    const server = await this.serve(plan);
    server.on('checkContinue', server.listeners('request')[0] as RequestListener);
  }

  async serveHttp2(plan: Partial<Plan>): Promise<Http2Server> {
    const server = createHttp2Server({}, this.#listener(plan) as never);
    this.server.watch(server as unknown as Server);
    await this.#listen(server);
    return server;
  }

  async client(): Promise<RawClient> {
    const client = await RawClient.connect(this.port);
    this.clients.push(client);
    return client;
  }

  async http2Client(): Promise<Http2Client> {
    const client = await Http2Client.connect(this.port);
    this.http2Clients.push(client);
    return client;
  }

  /** What a scenario itself holds, to be given back by `release`. */
  onRelease(give: () => void): void {
    this.#releases.push(give);
  }

  release(): void {
    for (const give of this.#releases.splice(0)) give();
  }

  get port(): number {
    const [server] = this.#listening;
    return server === undefined ? 0 : (server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const client of this.clients) client.destroy();
    for (const client of this.http2Clients) client.destroy();
    for (const server of this.#listening.splice(0)) {
      if ('closeAllConnections' in server) server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    }
  }

  #listener(parts: Partial<Plan>): RequestListener {
    const remember = (error: unknown): void => void this.errors.push(error);
    const plan = planOf(parts, remember);
    this.#prefix = PREFIXES[plan.mount];
    const app = this.rig.build(plan, remember);
    return (request, response) => {
      this.server.arrived(request, response);
      app(request, response);
    };
  }

  async #listen(server: Server | Http2Server): Promise<void> {
    this.#listening.push(server);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
  }

  #watched(layer: Layer): Layer {
    return this.policies.add(layer);
  }

  /** A policy that is given as it is has its own clock. */
  #timed(options: object): object {
    return 'snapshot' in options ? options : { clock: this.clock, ...options };
  }
}
