import { randomInt } from 'node:crypto';
import type { Subscription, SubscriptionEvents } from './driver.ts';
import type { IoredisClient, IoredisCluster, IoredisConnection } from './ioredis.ts';

/** What is asked for waits for the connection, however long that takes; it is subscribed to anew by the store. */
const LISTENING = {
  lazyConnect: false,
  enableOfflineQueue: true,
  maxRetriesPerRequest: null,
  commandTimeout: undefined,
  autoResendUnfulfilledCommands: true,
  autoResubscribe: false,
};

/** After that another node is asked. */
const MOST_TRIES = 3;
const PAUSE_MS = 100;

/** Nodes of a cluster do not connect again by themselves. */
const LISTENING_TO_NODE = {
  ...LISTENING,
  retryStrategy: (tries: number): number | null => (tries > MOST_TRIES ? null : tries * PAUSE_MS),
};

/** A connection of its own that hears what the client's server publishes. */
export const listeningTo = (
  client: IoredisClient,
  { onMessage, onReady }: SubscriptionEvents,
  options: object = LISTENING,
): IoredisConnection => {
  const connection = client.duplicate(options);
  // It connects again by itself.
  connection.on('error', () => undefined);
  connection.on('ready', onReady);
  connection.on('message', onMessage);
  return connection;
};

/**
 * Hears all of a cluster by way of one node, any of them, and of another when that is gone. The cluster's own
 * subscriber does so as well, but does not tell when it was deaf.
 */
export class ClusterSubscription implements Subscription {
  readonly #cluster: IoredisCluster;
  readonly #events: SubscriptionEvents;
  #connection: IoredisConnection | undefined;
  #closed = false;

  constructor(cluster: IoredisCluster, events: SubscriptionEvents) {
    this.#cluster = cluster;
    this.#events = events;
    cluster.on('+node', this.#open);
    this.#open();
  }

  subscribe(channel: string): Promise<unknown> {
    return this.#connected((connection) => connection.subscribe(channel));
  }

  unsubscribe(channel: string): Promise<unknown> {
    return this.#connected((connection) => connection.unsubscribe(channel));
  }

  close(): void {
    this.#closed = true;
    this.#cluster.off('+node', this.#open);
    this.#connection?.disconnect();
  }

  readonly #open = (): void => {
    if (this.#closed || this.#connection !== undefined) return;
    const nodes = this.#cluster.nodes('master');
    const node = nodes[nodes.length > 1 ? randomInt(nodes.length) : 0];
    if (node === undefined) return;
    this.#connection = listeningTo(node, this.#events, LISTENING_TO_NODE);
    this.#connection.on('end', () => {
      this.#connection = undefined;
      this.#open();
    });
  };

  /** Where there is none yet, one that is made later is told all anew. */
  #connected(act: (connection: IoredisConnection) => Promise<unknown>): Promise<unknown> {
    const connection = this.#connection;
    return connection === undefined
      ? Promise.reject(new Error('no node of the cluster is known'))
      : act(connection);
  }
}
