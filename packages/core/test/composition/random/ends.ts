import { expect } from 'vitest';
import { isRejection } from '../../../src/index.ts';
import { listenersOn } from '../../support/calls.ts';
import type { RecordingClock } from '../../support/recording-clock.ts';
import { THE_END } from './deeds.ts';
import type { Execution } from './execution.ts';
import { boundOf, isLimited, mostCalls } from './facts.ts';
import type { Built } from './site.ts';
import type { Stack } from './stack.ts';

/** Expects that an execution is over, unless something hangs for good that no limit of time ends. */
export const expectSettled = (execution: Execution, { plans }: Stack): void => {
  const { outcome, runs, caller } = execution;
  if (outcome === undefined) expect(runs && !isLimited(plans), 'it may be pending').toBe(true);
  else expect(listenersOn(caller.signal)).toBe(0);
};

/** Expects that whoever waits anywhere has a caller who waits for it. */
export const expectWaitersWanted = (
  built: readonly Built[],
  executions: readonly Execution[],
): void => {
  const waiting = built.reduce((sum, each) => sum + (each.waiting?.() ?? 0), 0);
  const pending = executions.filter(({ outcome }) => outcome === undefined).length;
  expect(waiting).toBeLessThanOrEqual(pending);
};

/** Expects that an abort was the end, with the caller's own reason. */
export const expectGivenUp = ({ outcome, reason }: Execution): void => {
  expect(outcome?.ok).toBe(false);
  expect(outcome?.ok === false && outcome.error).toBe(reason);
};

/** Expects that an execution ended with what its own call, fallback or policies said. */
export const expectOwnEnd = (execution: Execution, { plans, names }: Stack): void => {
  const { outcome, calls, values, errors } = execution;
  expect(outcome, 'a promise stayed pending for good').toBeDefined();
  expect(calls).toBeLessThanOrEqual(mostCalls(plans));
  if (outcome?.ok === true) expect([...values, null, THE_END]).toContain(outcome.value);
  if (outcome?.ok !== false || errors.has(outcome.error)) return;
  const { error } = outcome;
  const strange = isRejection(error) && names.has(error.policy) ? undefined : error;
  expect(strange).toBeUndefined();
};

/** Expects that a limit of time that is outermost held. */
export const expectInTime = (execution: Execution, { plans }: Stack): void => {
  const { startedAt, settledAt, plan } = execution;
  const lastedMs = (settledAt ?? Infinity) - startedAt;
  expect(lastedMs).toBeLessThanOrEqual(boundOf(plans, plan.deadlineMs));
};

/** Expects that no policy holds, counts or awaits anything of what was. */
export const expectQuiet = (world: {
  readonly clock: RecordingClock;
  readonly built: readonly Built[];
  readonly faults: readonly string[];
}): void => {
  const { clock, built, faults } = world;
  expect(faults).toEqual([]);
  for (const each of built) each.expectQuiet?.();
  expect(clock.holdsProcess).toBe(false);
  for (const each of built) each.dispose?.();
  expect(clock.pendingTimers).toBe(0);
};
