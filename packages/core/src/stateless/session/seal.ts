import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { KeyRing } from './key-ring.ts';

/** No JSON begins with it. */
const SEALED = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A key for each record, so that nonces need to differ within one record alone. */
const keyFor = (seal: KeyObject, place: string): Buffer =>
  createHmac('sha256', seal).update(place).digest();

export const isSealed = (bytes: Uint8Array): boolean => bytes[0] === SEALED;

/**
 * AES-256-GCM (NIST SP 800-38D) with a random nonce: 1, length and id of the key, nonce, tag, text. It opens
 * only at the place it was sealed for, so that a record moved to another key of the store is none.
 */
export const seal = (ring: KeyRing, place: string, text: string): Uint8Array => {
  const { id, seal: key } = ring.sealing;
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyFor(key, place), nonce);
  cipher.setAAD(Buffer.from(place));
  const sealed = [cipher.update(text, 'utf8'), cipher.final()];
  const head = Buffer.concat([Uint8Array.of(SEALED, id.length), Buffer.from(id), nonce]);
  return Buffer.concat([head, cipher.getAuthTag(), ...sealed]);
};

/** The text; undefined for what was not sealed for this place by a key of the ring. */
export const unseal = (ring: KeyRing, place: string, sealed: Uint8Array): string | undefined => {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const nonceAt = 2 + (bytes[1] ?? 0);
  const tagAt = nonceAt + NONCE_BYTES;
  const key = ring.sealOf(bytes.toString('latin1', 2, nonceAt));
  if (key === undefined || bytes.length < tagAt + TAG_BYTES) return undefined;
  const nonce = bytes.subarray(nonceAt, tagAt);
  const decipher = createDecipheriv('aes-256-gcm', keyFor(key, place), nonce);
  decipher.setAAD(Buffer.from(place));
  decipher.setAuthTag(bytes.subarray(tagAt, tagAt + TAG_BYTES));
  try {
    const text = decipher.update(bytes.subarray(tagAt + TAG_BYTES));
    return Buffer.concat([text, decipher.final()]).toString();
  } catch {
    return undefined; // changed, or sealed for another place
  }
};
