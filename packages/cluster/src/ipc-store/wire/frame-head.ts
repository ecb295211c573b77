import { MAX_FRAME_BYTES } from './limits.ts';
import { WireError } from './wire-error.ts';

/** Grows with each change of what the bytes mean: after an update a worker may be newer than its supervisor. */
const VERSION = 1;

/** Before each frame: how long it is, and in the last byte the version. */
export const HEAD_BYTES = 4;

const LENGTH_BITS = 24;

export const headOf = (length: number): number => (VERSION << LENGTH_BITS) | length;

/** How many bytes follow. Throws a `WireError` where no frame of ours begins. */
export const lengthOf = (head: number): number => {
  const version = head >>> LENGTH_BITS;
  if (version !== VERSION) throw new WireError(`version ${version} instead of ${VERSION}`);
  const length = head & ((1 << LENGTH_BITS) - 1);
  if (length === 0 || length > MAX_FRAME_BYTES) throw new WireError(`a frame of ${length} bytes`);
  return length;
};
