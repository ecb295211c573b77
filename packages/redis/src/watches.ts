import { report } from '@holdfast/core/adapter';
import type { RedisDriver, Subscription } from './drivers/driver.ts';

type OnHint = () => unknown;

interface Channel {
  readonly watchers: Set<OnHint>;
  state: 'asked' | 'heard' | 'failed';
}

/** What it throws, now or later, is a process warning. */
const call = (onHint: OnHint): void => {
  new Promise((resolve) => {
    resolve(onHint());
  }).catch((error: unknown) => report(error, 'onHint'));
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

  /** `onDeaf` is told why a channel cannot be heard. */
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
    const channel: Channel = { watchers: new Set(), state: 'asked' };
    this.#channels.set(name, channel);
    this.#subscription ??= this.#driver.listen({
      onMessage: (each) => this.#tell(each),
      onReady: () => this.#onReady(),
    });
    this.#subscribe(name, channel);
    return channel;
  }

  #leave(name: string, channel: Channel, watcher: OnHint): void {
    if (!channel.watchers.delete(watcher) || channel.watchers.size > 0) return;
    if (this.#channels.get(name) !== channel) return;
    this.#channels.delete(name);
    this.#subscription?.unsubscribe(name).catch(() => undefined);
  }

  #subscribe(name: string, channel: Channel): void {
    channel.state = 'asked';
    this.#subscription?.subscribe(name).then(
      () => {
        channel.state = 'heard';
        channel.watchers.forEach(call);
      },
      (error: unknown) => {
        channel.state = 'failed';
        if (channel.watchers.size > 0) this.#onDeaf(error);
      },
    );
  }

  /** A client subscribes again to what it had subscribed to. */
  #onReady(): void {
    for (const [name, channel] of this.#channels) {
      if (channel.state === 'failed') this.#subscribe(name, channel);
      else if (channel.state === 'heard') channel.watchers.forEach(call);
    }
  }

  #tell(name: string): void {
    this.#channels.get(name)?.watchers.forEach(call);
  }
}
