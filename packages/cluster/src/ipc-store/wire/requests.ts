import type { Count, Lease, Take, Write } from '@holdfast/core/stateless';
import type { FrameReader } from './frame-reader.ts';
import { sizeOfText, type FrameWriter } from './frame-writer.ts';
import { WireError } from './wire-error.ts';

/** What each request begins with; the key follows, and for all but the last two until when it may be done. */
export const TAKE = 1;
export const COUNT = 2;
export const LEASE = 3;
export const RELEASE = 4;
export const READ = 5;
export const WRITE = 6;
export const TOUCH = 7;
export const REMOVE = 8;
/** Not answered, as the next. */
export const WATCH = 9;
export const UNWATCH = 10;

type Claim = Omit<Lease, 'max'>;

export const NUMBER_BYTES = 8;
const MODES = ['create', 'cas', 'force'] as const;
/** In place of a number that was not given. */
const NOT_GIVEN = NaN;

const givenNumber = (value: number): number | undefined =>
  Number.isNaN(value) ? undefined : value;

/** The most bytes of the beginning of a request. */
export const sizeOfHead = (key: string): number => 1 + sizeOfText(key) + NUMBER_BYTES;

export const TAKE_BYTES: number = 4 * NUMBER_BYTES;

export const writeTake = (to: FrameWriter, { unitsPerMs, burst, want, min }: Take): void => {
  to.number(unitsPerMs);
  to.number(burst);
  to.number(want);
  to.number(min ?? NOT_GIVEN);
};

export const readTake = (from: FrameReader): Take => ({
  unitsPerMs: from.number(),
  burst: from.number(),
  want: from.number(),
  min: givenNumber(from.number()),
});

export const COUNT_BYTES: number = 4 * NUMBER_BYTES;

export const writeCount = (to: FrameWriter, { quota, windowMs, cost, span }: Count): void => {
  to.number(quota);
  to.number(windowMs);
  to.number(cost);
  to.number(span ?? NOT_GIVEN);
};

export const readCount = (from: FrameReader): Count => ({
  quota: from.number(),
  windowMs: from.number(),
  cost: from.number(),
  span: givenNumber(from.number()),
});

export const sizeOfClaim = ({ id }: Claim): number => NUMBER_BYTES + sizeOfText(id);

export const writeClaim = (to: FrameWriter, { leaseMs, id }: Claim): void => {
  to.number(leaseMs);
  to.text(id);
};

export const readClaim = (from: FrameReader): Claim => ({
  leaseMs: from.number(),
  id: from.text(),
});

export const sizeOfLease = (lease: Lease): number => NUMBER_BYTES + sizeOfClaim(lease);

export const writeLease = (to: FrameWriter, lease: Lease): void => {
  to.number(lease.max);
  writeClaim(to, lease);
};

export const readLease = (from: FrameReader): Lease => ({ max: from.number(), ...readClaim(from) });

export const sizeOfWrite = ({ data }: Write): number => 2 + 3 * NUMBER_BYTES + 4 + data.length;

export const writeWrite = (to: FrameWriter, write: Write): void => {
  to.byte(MODES.indexOf(write.mode));
  to.byte(write.announce === true ? 1 : 0);
  to.number(write.version ?? NOT_GIVEN);
  to.number(write.ttlMs);
  to.number(write.absoluteMs ?? NOT_GIVEN);
  to.data(write.data);
};

const readMode = (from: FrameReader): Write['mode'] => {
  const mode = MODES[from.byte()];
  if (mode === undefined) throw new WireError('a write of no mode');
  return mode;
};

export const readWrite = (from: FrameReader): Write => ({
  mode: readMode(from),
  announce: from.byte() === 1,
  version: givenNumber(from.number()),
  ttlMs: from.number(),
  absoluteMs: givenNumber(from.number()),
  data: from.data(),
});
