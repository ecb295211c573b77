import { isRefusal } from '../../../src/index.ts';
import type { CallContext, Permit, Refusal, Result, RunOptions } from '../../../src/index.ts';
import type { RefusalCode } from '../../../src/errors.ts';
import { GivenResult, newCaller, resultOf } from './results.ts';
import type { Rig } from './rig.ts';
import type { AbortKind } from './state.ts';
import type { Ending } from './verdict.ts';

/** One call into the breaker under test: the counterpart of the model's ticket. */
export interface Handle {
  status: 'waiting' | 'admitted' | 'settled' | 'refused' | 'aborted';
  permit: Permit | undefined;
  code: RefusalCode | undefined;
  retryAfterMs: number | undefined;
  /** Ends the pending call. */
  end: ((ending: Ending, tookMs: number) => void) | undefined;
  readonly abort: ((kind: AbortKind) => void) | undefined;
  /** The breaker measured the call from its start. */
  withDeadline: boolean;
}

const newHandle = (rig: Rig, abort?: Handle['abort']): Handle => {
  const handle: Handle = {
    status: 'waiting',
    permit: undefined,
    code: undefined,
    retryAfterMs: undefined,
    end: undefined,
    abort,
    withDeadline: false,
  };
  rig.handles.push(handle);
  return handle;
};

export const tryAcquire = (rig: Rig): void => {
  const handle = newHandle(rig);
  take(rig, handle, rig.breaker.tryAcquire());
};

/** With a signal, `acquire` can be abandoned while it waits. */
export const acquireWaiting = (rig: Rig): void => {
  const caller = newCaller();
  const handle = newHandle(rig, caller.abort);
  rig.breaker.acquire({ signal: caller.signal }).then(
    (answer) => take(rig, handle, answer),
    (error: unknown) => {
      if (error === caller.signal.reason) handle.status = 'aborted';
      else rig.faults.push(`acquire rejected with ${String(error)}`);
    },
  );
};

const take = (rig: Rig, handle: Handle, answer: Permit | Refusal): void => {
  if (answer.admitted) {
    handle.permit = answer;
    handle.status = 'admitted';
  } else {
    takeRefusal(rig, handle, answer.rejection);
    if (answer.code !== handle.code || answer.retryAfterMs !== handle.retryAfterMs) {
      rig.faults.push('a refusal and its rejection differ');
    }
  }
};

const takeRefusal = (rig: Rig, handle: Handle, error: unknown): void => {
  if (!isRefusal(error)) {
    rig.faults.push(`${String(error)} is no refusal`);
    return;
  }
  handle.status = 'refused';
  handle.code = error.code;
  handle.retryAfterMs = error.retryAfterMs;
};

export type Entrance = 'execute' | 'attempt' | 'wrap';

/** What the caller says about the call: nothing, which is the fast path, or a signal and a deadline. */
export type Said = 'nothing' | 'signal' | 'deadline';

/** Starts a call whose promise the test settles later. */
export const startCall = (rig: Rig, entrance: Entrance, said: Said): void => {
  const caller = newCaller();
  const handle = newHandle(rig, said === 'nothing' ? undefined : caller.abort);
  const given = new GivenResult();
  const call = (context: CallContext): Promise<unknown> => {
    if (handle.status !== 'waiting') rig.faults.push('the call ran twice or after a refusal');
    if (context.attempt !== 1) rig.faults.push('not the first attempt');
    handle.status = 'admitted';
    return given.promise;
  };
  handle.withDeadline = said === 'deadline';
  handle.end = (ending, tookMs) => given.give(ending, tookMs, caller.signal);
  const deadline = said === 'deadline' ? { deadline: rig.clock.now() + 1e9 } : {};
  const options = said === 'nothing' ? undefined : { signal: caller.signal, ...deadline };
  settleHandle(rig, handle, enter(rig, entrance, call, options), { given, signal: caller.signal });
};

const enter = (
  { breaker }: Rig,
  entrance: Entrance,
  call: (context: CallContext) => Promise<unknown>,
  options: RunOptions | undefined,
): Promise<Result<unknown>> => {
  if (entrance === 'attempt') return breaker.attempt(call, options);
  const promise =
    entrance === 'wrap' ? wrapped(breaker, call, options)() : breaker.execute(call, options);
  return promise.then(
    (value) => ({ ok: true, value }),
    (error: unknown) => ({ ok: false, error }),
  );
};

const wrapped = (
  { wrap }: Rig['breaker'],
  call: (context: CallContext) => Promise<unknown>,
  options: RunOptions | undefined,
): (() => Promise<unknown>) =>
  options === undefined
    ? wrap.withContext((context) => call(context))
    : wrap.withContext(
        (context) => call(context),
        () => options,
      );

interface Expected {
  readonly given: GivenResult;
  readonly signal: AbortSignal;
}

const settleHandle = (
  rig: Rig,
  handle: Handle,
  outcome: Promise<Result<unknown>>,
  { given, signal }: Expected,
): void => {
  void outcome.then((result) => {
    if (handle.status === 'admitted') {
      handle.status = 'settled';
      if (!given.is(result)) rig.faults.push('the caller got another result than the call gave');
    } else if (result.ok) rig.faults.push('a call that never ran gave a value');
    else if (signal.aborted && result.error === signal.reason) handle.status = 'aborted';
    else takeRefusal(rig, handle, result.error);
    return undefined;
  });
};

/** Runs a call that ends before it returns. */
export const runSync = (rig: Rig, ending: Ending): void => {
  const handle = newHandle(rig);
  const result = resultOf(ending, 0);
  const call = (): unknown => {
    if (handle.status !== 'waiting') rig.faults.push('the call ran twice or after a refusal');
    handle.status = 'admitted';
    if (ending.kind === 'thenable') return Promise.resolve();
    if (result.ok) return result.value;
    throw result.error;
  };
  try {
    const value = rig.breaker.executeSync(call);
    if (!result.ok || value !== result.value) rig.faults.push('executeSync gave another value');
    handle.status = 'settled';
  } catch (error) {
    takeSyncError(rig, handle, { error, expected: result.ok ? undefined : result.error, ending });
  }
};

interface Thrown {
  readonly error: unknown;
  readonly expected: unknown;
  readonly ending: Ending;
}

const takeSyncError = (rig: Rig, handle: Handle, { error, expected, ending }: Thrown): void => {
  if (handle.status === 'waiting') return takeRefusal(rig, handle, error);
  handle.status = 'settled';
  const right =
    ending.kind === 'thenable'
      ? error instanceof TypeError && error.message.includes('execute')
      : error === expected;
  if (!right) rig.faults.push(`executeSync threw ${String(error)}`);
};
