import { deadline, timeout } from '@holdfast/core';
import { timeout as cockatielTimeout, TimeoutStrategy } from 'cockatiel';
import { Timeout } from 'mollitia';
import pTimeout from 'p-timeout';
import type { Guard } from '../contender.ts';
import { cockatiel, holdfast, mollitia, peer } from './guards.ts';

export const holdfastTimeout = (timeoutMs: number): Guard =>
  holdfast('timeout', () => timeout({ timeoutMs }));

export const holdfastDeadline = (deadlineMs: number): Guard =>
  holdfast('deadline', () => deadline({ deadlineMs }));

/** Rejects at once when time is up. */
export const cockatielAggressive = (ms: number): Guard =>
  cockatiel('timeout aggressive', () => cockatielTimeout(ms, TimeoutStrategy.Aggressive));

/** Aborts the signal and goes on waiting for the call. */
export const cockatielCooperative = (ms: number): Guard =>
  cockatiel('timeout cooperative', () => cockatielTimeout(ms, TimeoutStrategy.Cooperative));

export const mollitiaTimeout = (delay: number): Guard =>
  mollitia('timeout', () => [new Timeout({ delay })]);

export const pTimeoutGuard = (milliseconds: number): Guard =>
  peer('p-timeout', (call) => () => pTimeout(call(), { milliseconds }));

/** What Node has without a library; waits for the call as the cooperative timeouts do. */
export const abortSignalTimeout = (ms: number): Guard =>
  peer('AbortSignal.timeout', (call) => async () => {
    const signal = AbortSignal.timeout(ms);
    const value = await call();
    signal.throwIfAborted();
    return value;
  });
