import type { Gate } from './gate.ts';
import type { Machine, Transition } from './machine.ts';
import type { Explanation, TransitionReason } from './types.ts';
import type { WindowSnapshot } from './window.ts';

const WHY: Readonly<Record<TransitionReason, string>> = {
  consecutive: 'too many failures in a row',
  'count-window': 'the failure rate of the last calls reached its limit',
  'time-window': 'the failure rate reached its limit',
  'slow-calls': 'the share of slow calls reached its limit',
  'trip-when': 'tripWhen said so',
  'break-over': 'the break was over',
  'probes-succeeded': 'enough probes succeeded',
  'probe-failed': 'a probe failed',
  'lease-expired': 'a probe did not settle in time',
  'ramp-over': 'the ramp ended without a relapse',
  opened: 'open() was called',
  reset: 'reset() was called, or a mode left',
  restored: 'a saved state was restored',
  released: 'the last isolation was released',
  'mode-changed': 'the mode changed',
};

/** Reasons that the counts of the window explain. */
const BY_RATE: ReadonlySet<TransitionReason> = new Set([
  'count-window',
  'time-window',
  'slow-calls',
  'trip-when',
]);

const percent = (rate: number): string => `${Math.round(rate * 100)} %`;

const countsText = (window: WindowSnapshot | undefined): string => {
  if (window === undefined || window.total === 0) return '';
  const slow = window.slow === 0 ? '' : `, ${window.slow} slow`;
  return ` (${window.failures} of ${window.total} calls failed, ${percent(window.failureRate)}${slow})`;
};

const messageOf = (error: unknown): string | undefined => {
  if (error === undefined) return undefined;
  try {
    return String(error);
  } catch {
    return 'an error that cannot be shown';
  }
};

/** What opened it, where no rate did. */
const failureText = ({ state, openedBy }: Machine): string => {
  const message = state === 'OPEN' ? messageOf(openedBy) : undefined;
  return message === undefined ? '' : `, the last with ${message}`;
};

const historyOf = (
  transition: Transition | undefined,
  now: number,
): Explanation['lastTransition'] => {
  if (transition === undefined) return undefined;
  const { at, ...rest } = transition;
  return { ...rest, agoMs: now - at };
};

/** When the next call is admitted: 0 now, undefined when it depends on calls that are under way. */
const nextAdmission = (machine: Machine, now: number): number | undefined => {
  if (machine.disposed || machine.isolations.length > 0) return undefined;
  if (machine.mode !== 'automatic' || machine.state === 'CLOSED' || machine.ramp !== undefined)
    return 0;
  if (machine.settings.check !== undefined) return undefined;
  if (machine.state === 'OPEN') return Math.max(0, machine.openUntil - now);
  return machine.probes?.hasSlot(machine.settings.halfOpen) === true ? 0 : undefined;
};

const stateText = (machine: Machine, now: number): string => {
  const { name } = machine;
  if (machine.disposed) return `circuit "${name}" is disposed`;
  const state = `circuit "${name}" is ${machine.state}`;
  const last = machine.lastTransition;
  if (last === undefined) return `${state} and has never opened`;
  const counts = BY_RATE.has(last.reason) ? countsText(last.window) : failureText(machine);
  return `${state} since ${Math.round(now - last.at)} ms because ${WHY[last.reason]}${counts}`;
};

const admissionText = (machine: Machine, nextMs: number | undefined, now: number): string => {
  if (machine.isolations.length > 0) {
    return `isolated: ${machine.isolations.map(({ reason }) => reason).join('; ')}`;
  }
  if (machine.disposed) return 'it admits no call any more';
  if (machine.mode !== 'automatic') return `mode ${machine.mode} admits every call`;
  if (machine.ramp !== undefined)
    return `${percent(machine.ramp.share(now))} of the calls are admitted`;
  if (nextMs === undefined && machine.settings.check !== undefined) {
    return 'its health check decides when it admits';
  }
  if (nextMs === undefined) return 'the next call waits for a probe under way';
  return nextMs === 0
    ? 'the next call may be admitted now'
    : `next admission in ${Math.ceil(nextMs)} ms`;
};

/** Why the circuit is as it is and what comes next, in words and numbers. Changes nothing. */
export const explain = ({ machine, lastRefusal }: Gate): Explanation => {
  const now = machine.settings.clock.now();
  const nextAdmissionMs = nextAdmission(machine, now);
  return {
    summary: `${stateText(machine, now)}; ${admissionText(machine, nextAdmissionMs, now)}`,
    state: machine.state,
    lastTransition: historyOf(machine.lastTransition, now),
    lastOpening: historyOf(machine.lastOpening, now),
    lastRefusal: lastRefusal && { code: lastRefusal.code, agoMs: now - lastRefusal.at },
    lastFailure: messageOf(machine.openedBy),
    nextAdmissionMs,
  };
};
