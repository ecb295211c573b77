import {
  storeArguments,
  type Count,
  type Counted,
  type Lease,
  type Leased,
  type Metered,
  type Take,
  type Versioned,
  type Write,
  type Written,
} from '@holdfast/core/stateless';
import type { ScriptCall } from './drivers/driver.ts';
import type { Names } from './key-names.ts';
import {
  countedOf,
  leasedOf,
  meteredOf,
  touchedOf,
  versionedOf,
  writtenOf,
  type Reply,
} from './replies.ts';
import { argumentOf, holderOf, nextMark } from './script-arguments.ts';
import type { Scripts } from './scripts/scripts.ts';

/** How an operation becomes a script, and the script's answer its own. */
export interface Command<What, Answer> {
  readonly script: keyof Scripts;
  /** Throws for what is asked for, where the guard has not looked at it. */
  readonly assert?: (what: What) => void;
  readonly callOf: (names: Names, what: What) => ScriptCall;
  readonly decode: (reply: Reply) => Answer;
  /** One that is right late, too, has none. Default true. */
  readonly deadline?: boolean;
}

/** The place of the deadline, which is known when it is sent. */
const UNTIL = '';

const nothing = (): void => undefined;

export const TAKE: Command<Take, Metered> = {
  script: 'take',
  assert: storeArguments.assertTake,
  callOf: ({ rate }, { unitsPerMs, burst, want, min = want }) => {
    const numbers = [UNTIL, String(unitsPerMs), String(burst)];
    // What is left out is 1: each argument costs both sides.
    if (want !== 1 || min !== 1) numbers.push(String(want), String(min));
    return { keys: [rate], arguments: numbers };
  },
  decode: meteredOf,
};

export const COUNT: Command<Count, Counted> = {
  script: 'count',
  assert: storeArguments.assertCount,
  callOf: ({ window }, { quota, windowMs, cost, span }) => {
    const numbers = [UNTIL, String(quota), String(windowMs), String(cost)];
    if (span !== undefined) numbers.push(String(span));
    return { keys: [window], arguments: numbers };
  },
  decode: countedOf,
};

export const LEASE: Command<Lease, Leased> = {
  script: 'lease',
  callOf: (names, lease) => ({
    keys: [names.lease, names.fence],
    arguments: [UNTIL, String(lease.max), String(lease.leaseMs), holderOf(lease)],
  }),
  decode: leasedOf,
};

export const RELEASE: Command<Omit<Lease, 'max'>, void> = {
  script: 'release',
  callOf: (names, lease) => ({
    keys: [names.lease],
    arguments: [holderOf(lease), names.channel],
  }),
  decode: nothing,
  deadline: false,
};

export const READ: Command<void, Versioned | undefined> = {
  script: 'read',
  callOf: ({ record }) => ({ keys: [record], arguments: [UNTIL] }),
  decode: versionedOf,
};

export const WRITE: Command<Write, Written> = {
  script: 'write',
  assert: storeArguments.assertWrite,
  callOf: ({ record, channel }, write) => {
    const { mode, version = 0, ttlMs, absoluteMs = 0, announce = false } = write;
    const about = [UNTIL, mode, String(version), String(ttlMs), String(absoluteMs)];
    about.push(announce ? channel : '', String(nextMark()));
    return { keys: [record], arguments: [...about, argumentOf(write.data)] };
  },
  decode: writtenOf,
};

export const TOUCH: Command<number, 'ok' | 'gone'> = {
  script: 'touch',
  assert: storeArguments.assertTtl,
  callOf: ({ record }, ttlMs) => ({ keys: [record], arguments: [UNTIL, String(ttlMs)] }),
  decode: touchedOf,
};

export const REMOVE: Command<{ readonly tombstoneMs: number }, void> = {
  script: 'remove',
  callOf: ({ record, channel }, { tombstoneMs }) => ({
    keys: [record],
    arguments: [String(tombstoneMs), channel],
  }),
  decode: nothing,
  deadline: false,
};
