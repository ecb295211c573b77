import { assertMethods } from './methods.ts';
import type { RedisDriver, ScriptCall, Subscription, SubscriptionEvents } from './driver.ts';

/** A client, a cluster or a sentinel of the package `redis`, as far as it is used. */
export interface NodeRedisClient {
  readonly isOpen: boolean;
  withCommandOptions(options: object): NodeRedisClient;
  evalSha(sha: string, call: ScriptCall): Promise<unknown>;
  eval(text: string, call: ScriptCall): Promise<unknown>;
  info?(): Promise<unknown>;
  duplicate(): NodeRedisClient;
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

const isCluster = (client: NodeRedisClient): client is NodeRedisCluster =>
  'masters' in client && Array.isArray(client.masters) && 'nodeClient' in client;

const infoOf = async (client: NodeRedisClient): Promise<string> => String(await client.info?.());

class NodeRedisDriver implements RedisDriver {
  readonly resends = false;
  readonly #client: NodeRedisClient;
  /** The same client, by which answers come as buffers. */
  readonly #raw: NodeRedisClient;

  constructor(client: NodeRedisClient) {
    this.#client = client;
    this.#raw = client.withCommandOptions(OPTIONS);
  }

  get closed(): boolean {
    return !this.#client.isOpen;
  }

  evalSha(sha: string, call: ScriptCall): Promise<unknown> {
    return this.#raw.evalSha(sha, call);
  }

  eval(text: string, call: ScriptCall): Promise<unknown> {
    return this.#raw.eval(text, call);
  }

  listen({ onMessage, onReady }: SubscriptionEvents): Subscription {
    const client = this.#client.duplicate();
    const heard = (_message: string, channel: string): void => onMessage(channel);
    // It connects again by itself.
    client.on('error', () => undefined);
    client.on('ready', onReady);
    const open = client.connect();
    open.catch(() => undefined);
    return {
      subscribe: async (channel) => {
        await open;
        await client.subscribe(channel, heard);
      },
      unsubscribe: async (channel) => {
        await open;
        await client.unsubscribe(channel);
      },
      close: () => void client.destroy(),
    };
  }

  async infos(): Promise<readonly string[]> {
    const client = this.#client;
    if (!isCluster(client)) return [await infoOf(client)];
    return Promise.all(client.masters.map(async (node) => infoOf(await client.nodeClient(node))));
  }
}

/**
 * For the package `redis`: what `createClient`, `createCluster` or `createSentinel` made. It stays yours: you
 * connect it, hear its errors and close it, after the store. Hints (`watch`) come over a duplicate of it, which
 * is made with the first of them and closed with the store. Throws `TypeError` for anything else.
 */
export const fromNodeRedis = (client: NodeRedisClient): RedisDriver => {
  assertMethods('client', client, METHODS);
  return new NodeRedisDriver(client);
};
