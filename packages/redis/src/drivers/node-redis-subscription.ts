import type { Subscription, SubscriptionEvents } from './driver.ts';
import type { NodeRedisClient } from './node-redis.ts';

const nothing = (): void => undefined;

/** One that was not open says so; that of a sentinel ends later. */
const end = async (client: NodeRedisClient): Promise<void> => {
  try {
    await client.destroy();
  } catch {
    // It is closed.
  }
};

/** What a client of its own hears; it connects again by itself, and subscribes again to what it had subscribed to. */
export class NodeRedisSubscription implements Subscription {
  protected readonly client: NodeRedisClient;
  protected state: 'new' | 'open' | 'closed' = 'new';
  readonly #events: SubscriptionEvents;
  #opening: Promise<void> | undefined;
  #isConnected = false;
  /** The last that was asked for. */
  #asked: Promise<void> = Promise.resolve();

  constructor(client: NodeRedisClient, events: SubscriptionEvents) {
    this.client = client;
    this.#events = events;
    // Those of a cluster begin with `node-`.
    for (const kind of ['', 'node-']) {
      client.on(`${kind}ready`, () => this.#onReady());
      client.on(`${kind}reconnecting`, () => (this.#isConnected = false));
      client.on(`${kind}error`, () => this.#endIfClosed());
    }
  }

  subscribe(channel: string): Promise<void> {
    return this.#ask(() => this.client.subscribe(channel, this.#heard));
  }

  unsubscribe(channel: string): Promise<void> {
    return this.#ask(() => this.client.unsubscribe(channel));
  }

  /** What is destroyed while it connects is connected all the same: then when it has or could not, whichever is told. */
  close(): void {
    this.state = 'closed';
    if (this.#isConnected) void end(this.client);
    else this.#asked.then(nothing, nothing).then(() => end(this.client), nothing);
  }

  #onReady(): void {
    this.#isConnected = true;
    this.#endIfClosed();
    this.#events.onReady();
  }

  #endIfClosed(): void {
    if (this.state === 'closed') void end(this.client);
  }

  readonly #heard = (_message: string, channel: string): void => this.#events.onMessage(channel);

  #ask(ask: () => Promise<unknown>): Promise<void> {
    this.#asked = this.#whenOpen(ask);
    return this.#asked;
  }

  async #whenOpen(ask: () => Promise<unknown>): Promise<void> {
    this.#opening ??= this.#connect();
    await this.#opening;
    // A sentinel would connect once more.
    if (this.state === 'closed') throw new Error('The client is closed');
    await ask();
  }

  /** One that gave up is asked again by the next who watches. */
  async #connect(): Promise<void> {
    try {
      await this.client.connect();
      if (this.state === 'new') this.state = 'open';
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }
}

/**
 * That of a sentinel tells when its connection was lost or goes to another server, but not when it hears again. A
 * subscription to what nobody publishes is answered then.
 */
export class SentinelSubscription extends NodeRedisSubscription {
  readonly #onReady: () => void;
  #channel = '';
  #checking = false;
  #lost = false;

  constructor(client: NodeRedisClient, events: SubscriptionEvents) {
    super(client, events);
    this.#onReady = events.onReady;
    client.on('error', () => this.#onLoss());
    client.on('topology-change', () => this.#onLoss());
  }

  override subscribe(channel: string): Promise<void> {
    // Next to one that may be subscribed to.
    this.#channel = `${channel}:lost`;
    return super.subscribe(channel);
  }

  #onLoss(): void {
    this.#lost = true;
    if (this.#checking || this.state !== 'open') return;
    this.#checking = true;
    void this.#check();
  }

  async #check(): Promise<void> {
    while (this.#lost && this.state === 'open') {
      this.#lost = false;
      await this.#answered();
    }
    this.#checking = false;
    this.#onReady();
  }

  async #answered(): Promise<void> {
    try {
      await this.client.subscribe(this.#channel, nothing);
      await this.client.unsubscribe(this.#channel);
    } catch {
      // Lost once more, which was told; or it may not subscribe, and hears nothing anyway.
    }
  }
}
