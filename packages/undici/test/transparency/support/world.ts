import type { Http2SecureServer } from 'node:http2';
import type { RequestListener } from 'node:http';
import { createServer, type Server as NetServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type * as undici from 'undici';
import type { Agent, Dispatcher } from 'undici';
import type { Ours } from './stacks.ts';
import { httpServer, recorded, recordedHttp2, type RecordedServer } from './recorded-server.ts';

export type Undici = typeof undici;
export type Interceptor = Dispatcher.DispatcherComposeInterceptor;

/** What one run of a scenario has: real servers, and dispatchers with or without our interceptors. */
export class World {
  readonly undici: Undici;
  readonly #ours: Ours;
  readonly #servers: RecordedServer[] = [];
  readonly #ports: number[] = [];
  readonly #cleanUps: (() => unknown)[] = [];
  #listensToServers = true;

  constructor(library: Undici, ours: Ours) {
    this.undici = library;
    this.#ours = ours;
  }

  /** The dispatcher with our interceptors, if this run is the one with them, and then with theirs. */
  through(dispatcher: Dispatcher, ...theirs: Interceptor[]): Dispatcher {
    const { MockAgent } = this.undici; // it can only be closed
    this.afterwards(() =>
      dispatcher instanceof MockAgent ? dispatcher.close() : dispatcher.destroy(),
    );
    const all = [...this.#ours.interceptors, ...theirs];
    return all.length === 0 ? dispatcher : dispatcher.compose(all);
  }

  /** An agent with theirs, and then with our interceptors if this run is the one with them. */
  inside(...theirs: Interceptor[]): Dispatcher {
    const agent = new this.undici.Agent({ connections: 1 });
    this.afterwards(() => agent.destroy());
    return agent.compose([...theirs, ...this.#ours.interceptors]);
  }

  /** An agent with our interceptors, if this run is the one with them, and then with theirs. */
  agent(options: Agent.Options = {}, ...theirs: Interceptor[]): Dispatcher {
    return this.through(new this.undici.Agent(options), ...theirs);
  }

  /** The address of a real HTTP/1.1 server. */
  serve(listener: RequestListener): Promise<string> {
    return this.listen(httpServer(listener));
  }

  /** The address of any server. */
  async listen(server: NetServer): Promise<string> {
    return `http://127.0.0.1:${this.#keep(await recorded(server))}`;
  }

  /** The address of a real HTTP/2 server. */
  async serveHttp2(serve: (server: Http2SecureServer) => void): Promise<string> {
    return `https://localhost:${this.#keep(await recordedHttp2(serve))}`;
  }

  /** An address where nobody listens. */
  async nowhere(): Promise<string> {
    const server = await recorded(createServer());
    server.close();
    this.#ports.push(server.port);
    return `http://127.0.0.1:${server.port}`;
  }

  /** Leaves out what the servers saw, where that depends on how far a request got before its end. */
  withoutServers(): void {
    this.#listensToServers = false;
  }

  /** Opens the circuit of an origin, in the run that has one. */
  openCircuit(origin: string): void {
    this.#ours.circuit?.(origin)?.open();
  }

  /** Runs when the scenario is over, last registered first. */
  afterwards(cleanUp: () => unknown): void {
    this.#cleanUps.push(cleanUp);
  }

  /** What the servers saw. */
  received(): unknown {
    return this.#listensToServers ? this.#servers.map((server) => server.received()) : 'left out';
  }

  /** A text of this run with its ports, which chance chose, by their order. */
  withoutPorts(text: string): string {
    return this.#ports.reduce(
      // After a colon, encoded or not; a digest may hold the same digits.
      (masked, port, index) =>
        masked.replaceAll(new RegExp(`(?<=[:A] ?)${port}(?!\\d)`, 'g'), `<port ${index}>`),
      text,
    );
  }

  async end(): Promise<void> {
    for (const cleanUp of this.#cleanUps.toReversed()) await cleanUp();
    for (const server of this.#servers) server.close();
  }

  #keep(server: RecordedServer): number {
    this.#servers.push(server);
    this.#ports.push(server.port);
    return server.port;
  }
}

/** What was thrown. */
export const caught = async (work: Promise<unknown> | (() => unknown)): Promise<unknown> => {
  let value: unknown;
  try {
    value = await (typeof work === 'function' ? work() : work);
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown', { cause: value });
};

/** Waits for what only a real network brings. */
export const until = async (condition: () => boolean): Promise<void> => {
  for (let turn = 0; !condition(); turn++) {
    if (turn === 2_000) throw new Error('it never came to pass');
    await sleep(1);
  }
};
