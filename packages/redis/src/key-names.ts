import { createHmac } from 'node:crypto';
import { RecentCache } from '@holdfast/core/adapter';
import type { Key } from '@holdfast/core/stateless';

/** What a key is called on the server: one name for each kind of state, all in one slot. */
export class Names {
  /** Where those who watch it listen; the other names begin with it. */
  readonly channel: string;

  constructor(channel: string) {
    this.channel = channel;
  }

  get rate(): string {
    return `${this.channel}:rate`;
  }

  get window(): string {
    return `${this.channel}:window`;
  }

  get lease(): string {
    return `${this.channel}:lease`;
  }

  get fence(): string {
    return `${this.channel}:fence`;
  }

  get record(): string {
    return `${this.channel}:record`;
  }
}

/** Some 200 bytes each. */
const MOST_KNOWN = 50_000;
/** 132 bits. */
const HASH_LETTERS = 22;

/**
 * Names keys by their namespace and an HMAC of the whole, so that whoever reads the server's keys learns neither
 * a client's address nor the id of a session. The braces make a cluster keep what belongs together in
 * one slot. The names of the last 50,000 keys, or of half as many, are remembered.
 */
export class KeyNames {
  readonly #prefix: string;
  readonly #secret: Uint8Array;
  readonly #known = new RecentCache<Names>(MOST_KNOWN);

  constructor(prefix: string, secret: Uint8Array) {
    this.#prefix = prefix;
    this.#secret = secret;
  }

  of(key: Key): Names {
    return this.#known.get(key) ?? this.#learn(key);
  }

  #learn(key: Key): Names {
    const hash = createHmac('sha256', this.#secret).update(key).digest('base64url');
    const namespace = key.slice(0, key.indexOf(':'));
    const names = new Names(`${this.#prefix}:{${namespace}:${hash.slice(0, HASH_LETTERS)}}`);
    this.#known.set(key, names);
    return names;
  }
}
