import {
  createHmac,
  createSecretKey,
  hkdfSync,
  timingSafeEqual,
  type KeyObject,
} from 'node:crypto';
import { assertOptions, outOfRange, wrongType } from '../../options/validate.ts';
import type { SessionKey } from './types.ts';

const ID = /^[A-Za-z0-9]{1,8}$/;
const ID_ALLOWED = '1 to 8 letters or digits';
const LEAST_BYTES = 32;
const SECRET_ALLOWED = `a string or Uint8Array of at least ${LEAST_BYTES} bytes`;
/** 66 bits: two users share one by accident only, and are then logged out together. */
const TAG_LETTERS = 11;

/** The keys that come from one secret, each for one purpose (HKDF, RFC 5869). */
interface Purposes {
  readonly id: string;
  readonly sign: KeyObject;
  readonly tag: KeyObject;
  readonly seal: KeyObject;
}

const hmac = (key: KeyObject, text: string): string =>
  createHmac('sha256', key).update(text).digest('base64url');

/** Keys that belong to one kind of sessions of one tenant: a cookie of another does not verify. */
export class KeyRing {
  readonly #keys: ReadonlyMap<string, Purposes>;
  readonly #first: Purposes;

  constructor(keys: readonly [Purposes, ...Purposes[]]) {
    this.#keys = new Map(keys.map((key) => [key.id, key]));
    this.#first = keys[0];
  }

  /** `text` with the id of the key in front and the signature behind. */
  signed(text: string): string {
    const body = `${this.#first.id}.${text}`;
    return `${body}.${hmac(this.#first.sign, body)}`;
  }

  /** Whether we signed `body`, which begins with the id of the key. `signature` has 43 letters. */
  verifies(kid: string, body: string, signature: string): boolean {
    const key = this.#keys.get(kid);
    if (key === undefined) return false;
    // As text: a signature has four spellings in base64url, and only ours counts.
    return timingSafeEqual(Buffer.from(signature), Buffer.from(hmac(key.sign, body)));
  }

  /** Stands for a user in cookies and keys. */
  tagOf(user: string): string {
    return hmac(this.#first.tag, user).slice(0, TAG_LETTERS);
  }

  /** All that a user may have in cookies that still verify. */
  tagsOf(user: string): string[] {
    return [...this.#keys.values()].map(({ tag }) => hmac(tag, user).slice(0, TAG_LETTERS));
  }

  /** Whether the tag is one of those of the user. */
  tags({
    user,
    tag,
  }: {
    readonly user?: string | undefined;
    readonly tag?: string | undefined;
  }): boolean {
    return user !== undefined && tag !== undefined && this.tagsOf(user).includes(tag);
  }

  get sealing(): { readonly id: string; readonly seal: KeyObject } {
    return this.#first;
  }

  /** The key that sealed something; undefined for one that is no longer, or not yet, in the ring. */
  sealOf(kid: string): KeyObject | undefined {
    return this.#keys.get(kid)?.seal;
  }
}

const bytesOf = (option: string, secret: unknown): Uint8Array => {
  // The secret itself must not stand in a message.
  if (typeof secret !== 'string' && !(secret instanceof Uint8Array))
    throw wrongType(option, secret === null ? null : `a ${typeof secret}`, SECRET_ALLOWED);
  const bytes = Buffer.from(secret);
  if (bytes.length < LEAST_BYTES) throw outOfRange(option, `${bytes.length} bytes`, SECRET_ALLOWED);
  return bytes;
};

const purposesOf = (key: SessionKey, index: number, context: readonly string[]): Purposes => {
  const option = `keys[${index}]`;
  assertOptions(option, key, ['id', 'secret']);
  if (typeof key.id !== 'string' || !ID.test(key.id))
    throw wrongType(`${option}.id`, key.id, ID_ALLOWED);
  const bytes = bytesOf(`${option}.secret`, key.secret);
  const derive = (purpose: string): KeyObject => {
    const info = JSON.stringify(['holdfast session', purpose, ...context]);
    return createSecretKey(Buffer.from(hkdfSync('sha256', bytes, '', info, 32)));
  };
  return { id: key.id, sign: derive('sign'), tag: derive('user'), seal: derive('seal') };
};

/** The ring of the option `keys`. Messages show no secret. */
export const keyRingOf = (keys: readonly SessionKey[], context: readonly string[]): KeyRing => {
  if (!Array.isArray(keys)) throw wrongType('keys', keys, 'an array of { id, secret }');
  const [first, ...rest] = keys.map((key, index) => purposesOf(key, index, context));
  if (first === undefined) throw outOfRange('keys', 'empty', 'at least one { id, secret }');
  const twice = keys.find(({ id }, index) => keys.findIndex((key) => key.id === id) !== index);
  if (twice !== undefined) throw outOfRange('keys', twice.id, 'each id once');
  return new KeyRing([first, ...rest]);
};
