import type { RedisDriver, ScriptCall, Subscription, SubscriptionEvents } from './driver.ts';
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
  callBuffer(command: string, ...args: (string | Buffer | number)[]): Promise<unknown>;
  info(): Promise<string>;
  subscribe(channel: string): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  on(event: string, listener: (text: string) => void): unknown;
  disconnect(): void;
}

/** A client of `ioredis` or `iovalkey`, also one by way of Sentinel. */
export interface IoredisClient extends IoredisConnection {
  duplicate(options: object): IoredisConnection;
}

/** A cluster of `ioredis` or `iovalkey`. */
export interface IoredisCluster extends IoredisConnection {
  nodes(role: 'master'): IoredisConnection[];
  duplicate(startupNodes: [], options: object): IoredisConnection;
}

const METHODS = ['callBuffer', 'duplicate', 'disconnect'];

/** A subscription waits for its connection, however long that takes. */
const LISTENING = { lazyConnect: true, enableOfflineQueue: true, maxRetriesPerRequest: null };

const isCluster = (client: IoredisClient | IoredisCluster): client is IoredisCluster =>
  'nodes' in client && typeof client.nodes === 'function';

const listeningOf = (client: IoredisClient | IoredisCluster): IoredisConnection =>
  isCluster(client) ? client.duplicate([], LISTENING) : client.duplicate(LISTENING);

/** By default it does, a cluster always. */
const resendsOf = (client: IoredisClient | IoredisCluster): boolean => {
  if (isCluster(client)) return true;
  return Reflect.get(Object(client.options), 'autoResendUnfulfilledCommands') !== false;
};

class IoredisDriver implements RedisDriver {
  readonly #client: IoredisClient | IoredisCluster;
  readonly resends: boolean;
  /** What is under way, where the client forgets it with the connection. */
  readonly #underWay = new Set<(error: Error) => void>();
  #corked: Corkable | undefined;

  constructor(client: IoredisClient | IoredisCluster) {
    this.#client = client;
    this.resends = resendsOf(client);
    if (!this.resends) client.on('close', () => this.#onClose());
  }

  get closed(): boolean {
    return this.#client.status === 'end';
  }

  evalSha(sha: string, call: ScriptCall): Promise<unknown> {
    return this.#run('evalsha', sha, call);
  }

  eval(text: string, call: ScriptCall): Promise<unknown> {
    return this.#run('eval', text, call);
  }

  listen({ onMessage, onReady }: SubscriptionEvents): Subscription {
    const client = listeningOf(this.#client);
    // It connects again by itself.
    client.on('error', () => undefined);
    client.on('ready', onReady);
    client.on('message', onMessage);
    return {
      subscribe: (channel) => client.subscribe(channel),
      unsubscribe: (channel) => client.unsubscribe(channel),
      close: () => client.disconnect(),
    };
  }

  async infos(): Promise<readonly string[]> {
    const client = this.#client;
    if (!isCluster(client)) return [await client.info()];
    return Promise.all(client.nodes('master').map((node) => node.info()));
  }

  /** By the name in small letters, as its own methods have it: the client looks it up. */
  #run(name: string, script: string, { keys, arguments: given }: ScriptCall): Promise<unknown> {
    this.#cork();
    const answer = this.#client.callBuffer(name, script, keys.length, ...keys, ...given);
    return this.resends || this.#client.status !== 'ready' ? answer : this.#untilLost(answer);
  }

  /** A client that does not send again never ends what was under way. */
  #untilLost(answer: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#underWay.add(reject);
      const end = (): void => void this.#underWay.delete(reject);
      answer.then(resolve, reject).then(end, end);
    });
  }

  #onClose(): void {
    const lost = new Error('Connection is closed.');
    for (const reject of this.#underWay) reject(lost);
    this.#underWay.clear();
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

/**
 * For the packages `ioredis` and `iovalkey`: a `Redis`, also by way of Sentinel, or a `Cluster`. It stays yours: you
 * hear its errors and close it, after the store. Hints (`watch`) come over a duplicate of it, which is made with the
 * first of them and closed with the store. Throws `TypeError` for anything else.
 *
 * By default these clients send a command again that was under way as the connection was lost. A write is carried out
 * once all the same; units of a limit may be taken twice. With `autoResendUnfulfilledCommands: false` nothing is
 * sent again, and the operation fails at once (`unknown`).
 */
export const fromIoredis = (client: IoredisClient | IoredisCluster): RedisDriver => {
  assertMethods('client', client, METHODS);
  return new IoredisDriver(client);
};
