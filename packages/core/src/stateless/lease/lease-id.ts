import { randomFillSync } from 'node:crypto';

/** 144 bits: 24 letters without a rest. */
const BYTES = 18;

// One call for many ids: each call costs more than all else that a lease does in this process.
const pool = Buffer.alloc(64 * BYTES);
let used = pool.length;

/** Names one holder. Never the same twice, so that giving one lease back cannot end another. */
export const newLeaseId = (): string => {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += BYTES;
  return pool.toString('base64url', used - BYTES, used);
};
