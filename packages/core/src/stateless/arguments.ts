import { isUint8Array } from 'node:util/types';
import { faultOf } from '../options/run-options.ts';
import {
  assertRecord,
  booleanOf,
  nameOf,
  numberIn,
  oneOf,
  outOfRange,
  wrongType,
  type NumberRange,
} from '../options/validate.ts';
import { MOST, MOST_MS } from '../rate-limit/resolution.ts';
import type { Count, Lease, Operation, Take, Write } from './store.ts';

// Made once: they are asked for with every operation.
const ABOVE_ZERO: NumberRange = { above: 0, max: MOST };
const UNITS: NumberRange = { whole: true, min: 1, max: MOST };
const WANTED: NumberRange = { whole: true, min: -MOST, max: MOST };
/** Of a unit that was taken a while ago a part has come back by itself. */
const GIVEN_BACK: NumberRange = { min: -MOST, max: 0 };
const SPAN: NumberRange = { whole: true, min: 0 };
const TIME: NumberRange = { above: 0, max: MOST_MS };
const WHOLE_TIME: NumberRange = { whole: true, min: 1, max: MOST_MS };
const TOMBSTONE: NumberRange = { min: 0, max: MOST_MS };
const VERSION: NumberRange = { whole: true, min: 1, max: Number.MAX_SAFE_INTEGER };

const MODES = ['create', 'cas', 'force'] as const;
const ID = /^[\w-]{1,64}$/;

// Nearly all that is asked for is right. A few comparisons tell so, the rest tells what is wrong.

const isNumberIn = (value: unknown, above: number, max: number): boolean =>
  typeof value === 'number' && value > above && value <= max;

const isWholeIn = (value: number, min: number, max: number): boolean =>
  Number.isInteger(value) && value >= min && value <= max;

const isRight = (operation: Operation | null | undefined): boolean =>
  isNumberIn(operation?.deadlineMs, 0, MOST_MS) && operation?.signal === undefined;

/** What every operation of a store is given. Throws `TypeError` or `RangeError`, as all of these do. */
export const assertOperation = (key: unknown, operation: Operation): void => {
  if (typeof key !== 'string' || key === '') nameOf('key', key);
  if (isRight(operation)) return;
  assertRecord('operation', operation);
  numberIn('deadlineMs', operation.deadlineMs, TIME);
  const { signal } = operation;
  if (signal === undefined) return;
  const fault = faultOf({ signal });
  if (fault !== undefined) throw fault;
};

const isRightTake = ({ unitsPerMs, burst, want, min }: Take): boolean =>
  min === undefined &&
  isNumberIn(unitsPerMs, 0, MOST) &&
  isWholeIn(burst, 1, MOST) &&
  isWholeIn(want, -MOST, burst);

/** What `take` is given; so many as there never are cannot be asked for. */
export const assertTake = (take: Take): void => {
  if (typeof take === 'object' && take !== null && isRightTake(take)) return;
  assertRecord('take', take);
  const { burst, want, min } = take;
  numberIn('unitsPerMs', take.unitsPerMs, ABOVE_ZERO);
  numberIn('burst', burst, UNITS);
  numberIn('want', want, want < 0 ? GIVEN_BACK : WANTED);
  if (min !== undefined) numberIn('min', min, { whole: true, min: 0, max: want });
  // It would be told to wait for what is never there.
  if ((min ?? want) > burst) throw outOfRange('want', want, `up to the burst, which is ${burst}`);
};

/** What `count` is given; more than the quota cannot be asked for. */
export const assertCount = (count: Count): void => {
  assertRecord('count', count);
  const { quota, cost } = count;
  numberIn('quota', quota, UNITS);
  numberIn('windowMs', count.windowMs, TIME);
  numberIn('cost', cost, WANTED);
  if (cost > quota) throw outOfRange('cost', cost, `up to the quota, which is ${quota}`);
  if (cost < 0 || count.span !== undefined) numberIn('span', count.span, SPAN);
};

/** What `lease` is given. */
export const assertLease = (lease: Lease): void => {
  assertRelease(lease);
  numberIn('max', lease.max, UNITS);
};

/** What `release` is given. */
export const assertRelease = (lease: Omit<Lease, 'max'>): void => {
  assertRecord('lease', lease);
  numberIn('leaseMs', lease.leaseMs, WHOLE_TIME);
  const { id } = lease;
  if (typeof id !== 'string' || !ID.test(id)) {
    throw wrongType('id', id, '1 to 64 letters of base64url');
  }
};

/** What `write` is given; `cas` needs a version. */
export const assertWrite = (write: Write): void => {
  assertRecord('write', write);
  const { mode, version, absoluteMs, announce } = write;
  oneOf('mode', mode, MODES);
  if (mode === 'cas' || version !== undefined) numberIn('version', version, VERSION);
  if (!isUint8Array(write.data)) throw wrongType('data', write.data, 'a Uint8Array');
  assertTtl(write.ttlMs);
  if (absoluteMs !== undefined) numberIn('absoluteMs', absoluteMs, TIME);
  if (announce !== undefined) booleanOf('announce', announce);
};

/** What `touch` is given. */
export const assertTtl = (ttlMs: unknown): void => void numberIn('ttlMs', ttlMs, TIME);

/** What `remove` is given. */
export const assertRemove = (remove: { readonly tombstoneMs: number }): void => {
  assertRecord('remove', remove);
  numberIn('tombstoneMs', remove.tombstoneMs, TOMBSTONE);
};

/** What `watch` calls back. */
export const assertOnHint = (onHint: unknown): void => {
  if (typeof onHint !== 'function') throw wrongType('onHint', onHint, 'a function');
};
