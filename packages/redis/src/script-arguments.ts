import { isAscii } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import type { Lease } from '@holdfast/core/stateless';

/**
 * A copy, as the client may send it later. Text without accents goes as text: clients put it into one
 * write with the rest of the command.
 */
export const argumentOf = (data: Uint8Array): string | Buffer => {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return isAscii(bytes) ? bytes.toString('latin1') : Buffer.from(bytes);
};

/** Far enough apart that no two processes come to the same, and no double rounds. */
export const firstMark = (): number => randomBytes(6).readUIntBE(0, 6);

/** Its name begins with its own lease, so that a clock that went back can shorten it. */
export const holderOf = ({ leaseMs, id }: Omit<Lease, 'max'>): string => `${leaseMs}:${id}`;
