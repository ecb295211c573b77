import { hash } from 'node:crypto';
import { wrongType } from '../options/validate.ts';

declare const KEY: unique symbol;

/** The name of something in a store; made by `key` alone. */
export type Key = string & { readonly [KEY]: true };

/** Neither the separator nor what hashes begin with, and no brace: those choose the slot in a cluster. */
const PLAIN = /^[\w.@~=+-]{1,64}$/;
/** 128 bits. */
const HASH_LETTERS = 22;

const part = (name: string, value: unknown): string => {
  if (typeof value !== 'string' || value === '')
    throw wrongType(name, value, 'a text that is not empty');
  if (PLAIN.test(value)) return value;
  // As JSON, which tells halves of surrogate pairs apart: in UTF-8 they are all the same.
  return `#${hash('sha256', JSON.stringify(value), 'base64url').slice(0, HASH_LETTERS)}`;
};

/**
 * Names something in a store: of what kind, whose, and which. A part that is longer than 64 letters or
 * has others than letters, digits and `_ . @ ~ = + -` is replaced by 128 bits of its SHA-256, so that no key
 * grows with what clients send and none can be mistaken for another. Throws `TypeError` for a part
 * that is no text, or empty.
 */
export const key = (namespace: string, tenant: string, ...parts: readonly string[]): Key => {
  const all = [part('namespace', namespace), part('tenant', tenant)];
  for (const each of parts) all.push(part('key', each));
  return all.join(':') as Key;
};
