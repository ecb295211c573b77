import type { RedisDriver, ScriptCall, Subscription, SubscriptionEvents } from './driver.ts';
import { ClusterSubscription, listeningTo } from './ioredis-subscription.ts';
import { assertMethods } from './methods.ts';

/** What a client writes to. */
interface Corkable {
  cork(): void;
  uncork(): void;
}

/** What is used of a client or a cluster of `ioredis` or `iovalkey`. */
export interface IoredisConnection {
  readonly status: string;
  /** A single connection has one. */
  readonly stream?: Corkable | null | undefined;
  readonly options?: object;
  info(): Promise<string>;
  subscribe(channel: string): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  on(event: 'message', listener: (channel: string) => void): unknown;
  on(event: 'error' | 'ready' | 'close' | 'end', listener: () => void): unknown;
  disconnect(): void;
}

/** A client of `ioredis` or `iovalkey`, also one by way of Sentinel. */
export interface IoredisClient extends IoredisConnection {
  duplicate(options: object): IoredisConnection;
}

/** A cluster of `ioredis` or `iovalkey`. */
export interface IoredisCluster extends IoredisConnection {
  nodes(role: 'all' | 'master'): IoredisClient[];
  on(event: 'message', listener: (channel: string) => void): unknown;
  on(event: 'error' | 'ready' | 'close' | 'end', listener: () => void): unknown;
  on(event: '+node', listener: (node: IoredisClient) => void): unknown;
  off(event: '+node', listener: (node: IoredisClient) => void): unknown;
}

/** What they have besides, and their types do not tell. By `callBuffer` nothing works with `enableAutoPipelining`. */
interface Scripting {
  evalshaBuffer(sha: string, keys: number, ...args: (string | Buffer)[]): Promise<unknown>;
  evalBuffer(text: string, keys: number, ...args: (string | Buffer)[]): Promise<unknown>;
}

type ScriptingClient = (IoredisClient | IoredisCluster) & Scripting;

const METHODS = ['evalshaBuffer', 'evalBuffer', 'disconnect'];

const assertScripting: (
  client: IoredisClient | IoredisCluster,
) => asserts client is ScriptingClient = (client) => assertMethods('client', client, METHODS);

const isCluster = (client: IoredisClient | IoredisCluster): client is IoredisCluster =>
  'nodes' in client && typeof client.nodes === 'function';

/** By default a client sends again what was under way, a cluster always. */
const forgets = (client: IoredisClient): boolean =>
  Reflect.get(Object(client.options), 'autoResendUnfulfilledCommands') === false;

class IoredisDriver implements RedisDriver {
  resends = 0;
  readonly #client: ScriptingClient;
  /** What the client was given and has not ended, where it forgets that with the connection. */
  readonly #unanswered: Set<(error: Error) => void> | undefined;
  #corked: Corkable | undefined;

  constructor(client: ScriptingClient) {
    this.#client = client;
    if (isCluster(client)) {
      client.nodes('all').forEach(this.#follow);
      client.on('+node', this.#follow);
    } else if (forgets(client)) {
      this.#unanswered = new Set();
      client.on('close', () => this.#lose());
    } else this.#follow(client);
  }

  get closed(): boolean {
    return this.#client.status === 'end';
  }

  evalSha(sha: string, { keys, arguments: given }: ScriptCall): Promise<unknown> {
    this.#cork();
    return this.#untilLost(this.#client.evalshaBuffer(sha, keys.length, ...keys, ...given));
  }

  eval(text: string, { keys, arguments: given }: ScriptCall): Promise<unknown> {
    this.#cork();
    return this.#untilLost(this.#client.evalBuffer(text, keys.length, ...keys, ...given));
  }

  listen(events: SubscriptionEvents): Subscription {
    const client = this.#client;
    if (isCluster(client)) return new ClusterSubscription(client, events);
    const connection = listeningTo(client, events);
    return {
      subscribe: (channel) => connection.subscribe(channel),
      unsubscribe: (channel) => connection.unsubscribe(channel),
      close: () => connection.disconnect(),
    };
  }

  async infos(): Promise<readonly string[]> {
    const client = this.#client;
    if (!isCluster(client)) return [await client.info()];
    return Promise.all(client.nodes('master').map((node) => node.info()));
  }

  /** What this connection loses is sent again, by itself or by its cluster. */
  readonly #follow = (connection: IoredisConnection): void => {
    connection.on('close', () => this.resends++);
  };

  /** A client that does not send again never ends what was under way; what it has not sent yet it may keep as well. */
  #untilLost(answer: Promise<unknown>): Promise<unknown> {
    const unanswered = this.#unanswered;
    if (unanswered === undefined) return answer;
    return new Promise((resolve, reject) => {
      unanswered.add(reject);
      const end = (): void => void unanswered.delete(reject);
      answer.then(resolve, reject).then(end, end);
    });
  }

  #lose(): void {
    const lost = new Error('Connection is closed.');
    this.#unanswered?.forEach((reject) => reject(lost));
    this.#unanswered?.clear();
  }

  /** What is sent in one turn goes in one write: by itself the client makes a system call for each command. */
  #cork(): void {
    const { stream } = this.#client;
    if (this.#corked !== undefined || stream === undefined || stream === null) return;
    this.#corked = stream;
    stream.cork();
    process.nextTick(this.#uncork);
  }

  readonly #uncork = (): void => {
    this.#corked?.uncork();
    this.#corked = undefined;
  };
}

/** One for each client, as it hears of the client's connections for as long as that lives. */
const drivers = new WeakMap<object, RedisDriver>();

/**
 * For the packages `ioredis` and `iovalkey`: a `Redis`, also by way of Sentinel, or a `Cluster`. It stays yours: you
 * hear its errors and close it, after the store. Hints (`watch`) come over a connection of their own, to one of the
 * nodes of a cluster, which is made with the first of them and closed with the store. Throws `TypeError` for anything
 * else.
 *
 * By default these clients send a command again that was under way as the connection was lost. A write is carried out
 * once all the same; units of a limit may be taken twice. Where that cannot be ruled out, and the answer is not that
 * it was done, the operation fails as `unknown`. With `autoResendUnfulfilledCommands: false` nothing is sent again, and
 * the operation fails at once (`unknown`).
 */
export const fromIoredis = (client: IoredisClient | IoredisCluster): RedisDriver => {
  assertScripting(client);
  const driver = drivers.get(client) ?? new IoredisDriver(client);
  drivers.set(client, driver);
  return driver;
};
