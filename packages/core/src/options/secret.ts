import { randomBytes } from 'node:crypto';
import { outOfRange, wrongType } from './validate.ts';

const LEAST_BYTES = 16;
const ALLOWED = `a string or Uint8Array of at least ${LEAST_BYTES} bytes`;

let ofProcess: Uint8Array | undefined;

/**
 * A copy of the secret, which its owner may wipe; without one, the process's own. Messages never show
 * any of it.
 */
export const secretOf = (secret: unknown): Uint8Array => {
  if (secret === undefined) return (ofProcess ??= randomBytes(32));
  if (typeof secret !== 'string' && !(secret instanceof Uint8Array))
    throw wrongType('keySecret', secret === null ? null : `a ${typeof secret}`, ALLOWED);
  const bytes = Buffer.from(secret);
  if (bytes.length < LEAST_BYTES) throw outOfRange('keySecret', `${bytes.length} bytes`, ALLOWED);
  return bytes;
};
