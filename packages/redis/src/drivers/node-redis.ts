import type { RedisDriver, ScriptCall, Subscription, SubscriptionEvents } from './driver.ts';
import { assertMethods } from './methods.ts';
import { NodeRedisSubscription, SentinelSubscription } from './node-redis-subscription.ts';

/** A client, a cluster or a sentinel of the package `redis`, as far as it is used. */
export interface NodeRedisClient {
  readonly isOpen: boolean;
  withCommandOptions(options: object): NodeRedisClient;
  evalSha(sha: string, call: ScriptCall): Promise<unknown>;
  eval(text: string, call: ScriptCall): Promise<unknown>;
  info?(): Promise<unknown>;
  duplicate(overrides?: object): NodeRedisClient;
  connect(): Promise<unknown>;
  subscribe(
    channel: string,
    listener: (message: string, channel: string) => void,
  ): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  on(event: string, listener: () => void): unknown;
  destroy(): unknown;
}

/** What a cluster has besides. */
interface NodeRedisCluster extends NodeRedisClient {
  readonly masters: readonly object[];
  nodeClient(node: object): NodeRedisClient | Promise<NodeRedisClient>;
}

const METHODS = ['withCommandOptions', 'evalSha', 'eval', 'duplicate'];

/**
 * Bulk strings (`$`) as they came; and no timer for each command, which costs as much as all else a client
 * does: the deadline of an operation ends it.
 */
const OPTIONS = { typeMapping: { ['$'.charCodeAt(0)]: Buffer }, timeout: undefined };

/** Hints wait for their connection, and need none to each node. What another kind of client does not know it leaves. */
const LISTENING = { disableOfflineQueue: false, minimizeConnections: true };

const isCluster = (client: NodeRedisClient): client is NodeRedisCluster =>
  'masters' in client && Array.isArray(client.masters) && 'nodeClient' in client;

/** One that leases connections to a primary. */
const isSentinel = (client: NodeRedisClient): boolean => 'acquire' in client;

const infoOf = async (client: NodeRedisClient): Promise<string> => String(await client.info?.());

class NodeRedisDriver implements RedisDriver {
  resends = 0;
  readonly #client: NodeRedisClient;
  /** The same client, by which answers come as buffers. */
  readonly #raw: () => NodeRedisClient;

  constructor(client: NodeRedisClient) {
    const raw = client.withCommandOptions(OPTIONS);
    this.#client = client;
    this.#raw = isSentinel(client) ? () => this.#counted() : () => raw;
  }

  get closed(): boolean {
    return !this.#client.isOpen;
  }

  evalSha(sha: string, call: ScriptCall): Promise<unknown> {
    return this.#raw().evalSha(sha, call);
  }

  eval(text: string, call: ScriptCall): Promise<unknown> {
    return this.#raw().eval(text, call);
  }

  listen(events: SubscriptionEvents): Subscription {
    const client = this.#client.duplicate(LISTENING);
    return isSentinel(client)
      ? new SentinelSubscription(client, events)
      : new NodeRedisSubscription(client, events);
  }

  async infos(): Promise<readonly string[]> {
    const client = this.#client;
    if (!isCluster(client)) return [await infoOf(client)];
    return Promise.all(client.masters.map(async (node) => infoOf(await client.nodeClient(node))));
  }

  /**
   * A sentinel sends a command again that was under way as the connection was lost, and tells nobody. But it asks for
   * the command's options each time.
   */
  #counted(): NodeRedisClient {
    let asked = 0;
    const count = (): void => {
      if (++asked > 1) this.resends++;
    };
    return this.#client.withCommandOptions({
      ...OPTIONS,
      get timeout() {
        count();
        return undefined;
      },
    });
  }
}

/**
 * For the package `redis`: what `createClient`, `createCluster` or `createSentinel` made. It stays yours: you
 * connect it, hear its errors and close it, after the store. Hints (`watch`) come over a duplicate of it, which
 * is made with the first of them and closed with the store. Throws `TypeError` for anything else.
 *
 * A sentinel sends a command again that was under way as the connection was lost; a client and a cluster do not. A
 * write is carried out once all the same; units of a limit may be taken twice. Where that cannot be ruled out, and
 * the answer is not that it was done, the operation fails as `unknown`.
 */
export const fromNodeRedis = (client: NodeRedisClient): RedisDriver => {
  assertMethods('client', client, METHODS);
  return new NodeRedisDriver(client);
};
