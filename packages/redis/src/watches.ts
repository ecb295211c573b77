import { report } from '@holdfast/core/adapter';
import type { RedisDriver, Subscription } from './drivers/driver.ts';
import { isAnswer } from './failures.ts';

type OnHint = () => unknown;

interface Channel {
  readonly watchers: Set<OnHint>;
  /** Whether an answer is awaited that tells whether it is heard. */
  asked: boolean;
}

/** What it throws, now or later, is a process warning. */
const call = (onHint: OnHint): void => {
  new Promise((resolve) => {
    resolve(onHint());
  }).catch((error: unknown) => report(error, 'onHint'));
};

/** A copy: who watches again as he is told waits for the next time. Who has left meanwhile is not told. */
const tell = ({ watchers }: Channel): void => {
  for (const watcher of [...watchers]) if (watchers.has(watcher)) call(watcher);
};

/**
 * Who listens to which channel. The connection for it is made with the first of them. Whenever a channel begins to be
 * heard, at first or after the connection was lost, those who watch it are told to look: what was
 * published before that they have missed.
 */
export class Watches {
  readonly #driver: RedisDriver;
  readonly #onDeaf: (error: unknown) => void;
  readonly #channels = new Map<string, Channel>();
  #subscription: Subscription | undefined;

  /** `onDeaf` is told why the server lets no channel be heard. */
  constructor(driver: RedisDriver, onDeaf: (error: unknown) => void) {
    this.#driver = driver;
    this.#onDeaf = onDeaf;
  }

  add(name: string, onHint: OnHint): Disposable {
    // A registration of its own, so that one function may watch twice and leave once.
    const watcher: OnHint = () => onHint();
    const channel = this.#channels.get(name) ?? this.#open(name);
    channel.watchers.add(watcher);
    return { [Symbol.dispose]: () => this.#leave(name, channel, watcher) };
  }

  close(): void {
    for (const { watchers } of this.#channels.values()) watchers.clear();
    this.#channels.clear();
    this.#subscription?.close();
  }

  #open(name: string): Channel {
    this.#subscription ??= this.#driver.listen({
      onMessage: (each) => this.#tell(each),
      onReady: () => this.#onReady(),
    });
    const channel: Channel = { watchers: new Set(), asked: false };
    this.#channels.set(name, channel);
    void this.#subscribe(this.#subscription, name, channel);
    return channel;
  }

  #leave(name: string, channel: Channel, watcher: OnHint): void {
    if (!channel.watchers.delete(watcher) || channel.watchers.size > 0) return;
    if (this.#channels.get(name) !== channel) return;
    this.#channels.delete(name);
    this.#subscription?.unsubscribe(name).catch(() => undefined);
  }

  async #subscribe(subscription: Subscription, name: string, channel: Channel): Promise<void> {
    channel.asked = true;
    try {
      await subscription.subscribe(name);
      tell(channel);
    } catch (error) {
      // What was lost meanwhile is asked for again.
      if (isAnswer(error) && channel.watchers.size > 0) this.#onDeaf(error);
    } finally {
      channel.asked = false;
    }
  }

  #onReady(): void {
    const subscription = this.#subscription;
    if (subscription === undefined) return;
    for (const [name, channel] of this.#channels)
      if (!channel.asked) void this.#subscribe(subscription, name, channel);
  }

  #tell(name: string): void {
    const channel = this.#channels.get(name);
    if (channel !== undefined) tell(channel);
  }
}
