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

/** Of the last write. They begin far enough apart that no two processes come to the same, and no double rounds. */
let mark = randomBytes(6).readUIntBE(0, 6);

/** By which a write is known that a client sends a second time. */
export const nextMark = (): number => ++mark;

/** Its name begins with its own lease, so that a clock that went back can shorten it. */
export const holderOf = ({ leaseMs, id }: Omit<Lease, 'max'>): string => `${leaseMs}:${id}`;
