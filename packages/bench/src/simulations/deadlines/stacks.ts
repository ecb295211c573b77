import { bulkhead, deadline, pipeline, retry, timeout } from '@holdfast/core';
import type { Clock, Executable, Random } from '@holdfast/core';

/** How long somebody waits for a call, whatever its client does. */
export const PATIENCE_MS = 1_000;
export const ATTEMPT_MS = 400;
/** Per client. */
export const SLOTS = 10;

/** One way to bound a call, and what of it the server is told. */
export interface Bounds {
  readonly name: string;
  readonly stack: (clock: Clock, random: Random) => Executable;
  /** How long an attempt is given. */
  readonly attemptMs: number;
  /** `abort`: the connection closes; `deadline`: the request says until when it is wanted. */
  readonly tells: 'nothing' | 'abort' | 'deadline';
  /**
   * What the server does besides not beginning what has no time left: it stops what it has begun when
   * the time is up, or does not begin what has less time left than the longest work takes.
   */
  readonly server?: 'stops in time' | 'looks ahead';
}

const once: Bounds['stack'] = (clock) => timeout({ timeoutMs: PATIENCE_MS, clock });

const unbounded: Bounds['stack'] = (clock, random) =>
  pipeline(retry({ clock, random }), timeout({ timeoutMs: ATTEMPT_MS, clock }));

const bounded: Bounds['stack'] = (clock, random) =>
  pipeline(
    deadline({ deadlineMs: PATIENCE_MS, clock }),
    retry({ clock, random }),
    timeout({ timeoutMs: ATTEMPT_MS, clock }),
  );

const limited: Bounds['stack'] = (clock, random) =>
  pipeline(
    deadline({ deadlineMs: PATIENCE_MS, clock }),
    retry({ clock, random }),
    bulkhead({ concurrency: SLOTS, clock }),
    timeout({ timeoutMs: ATTEMPT_MS, clock }),
  );

const retrying = { stack: unbounded, attemptMs: ATTEMPT_MS } as const;
const within = { stack: bounded, attemptMs: ATTEMPT_MS } as const;

export const RETRYING: Bounds = { ...retrying, name: 'retry, timeout', tells: 'nothing' };
export const PASSED_ON: Bounds = { ...within, name: 'deadline passed on', tells: 'deadline' };
export const LIMITED: Bounds = {
  ...PASSED_ON,
  name: 'deadline passed on, bulkhead',
  stack: limited,
};

export const BOUNDS: readonly Bounds[] = [
  { name: 'one attempt, timeout', stack: once, attemptMs: PATIENCE_MS, tells: 'nothing' },
  RETRYING,
  { ...retrying, name: 'retry, timeout; its abort arrives', tells: 'abort' },
  { ...within, name: 'deadline', tells: 'nothing' },
  { ...within, name: 'deadline; its abort arrives', tells: 'abort' },
  PASSED_ON,
  { ...PASSED_ON, name: 'deadline passed on; stops begun work', server: 'stops in time' },
  { ...PASSED_ON, name: 'deadline passed on; looks ahead', server: 'looks ahead' },
  LIMITED,
];
