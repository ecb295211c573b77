import { report } from '../events/emitter.ts';
import { judge, leaseIsOver, tick } from './admission.ts';
import type { Machine } from './machine.ts';
import { ProbePermit, type CallPermit } from './permit.ts';
import type { TripRule } from './trip-rules.ts';
import type { BreakerEvents, Verdict } from './types.ts';
import { FAILURE, SLOW, SUCCESS, type Outcome } from './window.ts';

/**
 * Takes the verdict on one admitted call, once; later verdicts do nothing. `endedAt` spares a
 * reading of the clock where it is known.
 */
export const settle = (
  machine: Machine,
  permit: CallPermit,
  verdict: Verdict,
  endedAt?: number,
): void => {
  if (permit.settled) return;
  permit.settled = true;
  permit.unwatch(machine);
  const now = endedAt ?? (needsTime(machine, permit, verdict) ? machine.settings.clock.now() : 0);
  // The end of a ramp is seen before the outcome, as an acquire a moment ago would have seen it.
  if (machine.ramp !== undefined) tick(machine, now);
  if (permit.kind === 'unrecorded') machine.counters.unseen++;
  else if (isLate(machine, permit, now)) settleLate(machine, permit, verdict, now);
  else settleInTime(machine, permit, withSlowness(machine, permit, verdict, now), now);
};

const needsTime = ({ state, meter }: Machine, permit: CallPermit, verdict: Verdict): boolean =>
  state !== 'CLOSED' || meter.timed || verdict !== 'success' || !Number.isNaN(permit.startedAt);

const isLate = (machine: Machine, permit: CallPermit, now: number): boolean =>
  permit.generation !== machine.generation ||
  (permit instanceof ProbePermit && leaseIsOver(machine, permit, now));

const settleLate = (machine: Machine, permit: CallPermit, verdict: Verdict, now: number): void => {
  const { counters } = machine;
  if (verdict === 'ignore') counters.unseen++;
  else if (verdict === 'success' || verdict === 'slow') counters.lateSuccesses++;
  else counters.lateFailures++;
  if (machine.hears('outcome')) emitOutcome(machine, permit, verdict, { now, late: true });
};

const settleInTime = (
  machine: Machine,
  permit: CallPermit,
  verdict: Verdict,
  now: number,
): void => {
  let inTime = true;
  if (verdict === 'ignore') settleIgnored(machine, permit);
  else if (permit instanceof ProbePermit) settleProbe(machine, permit, verdict, now);
  else if (verdict === 'success') recordSuccess(machine, now);
  else inTime = recordFailure(machine, permit, verdict, now);
  if (!inTime) settleLate(machine, permit, verdict, now);
  else if (machine.hears('outcome')) emitOutcome(machine, permit, verdict, { now, late: false });
};

/** A success that took `slowMs` or longer, stalls of our own not counted, is slow. */
const withSlowness = (
  { meter, settings, counters }: Machine,
  { startedAt }: CallPermit,
  verdict: Verdict,
  now: number,
): Verdict => {
  const durationMs = now - startedAt;
  if (verdict !== 'success' || !(durationMs >= meter.slowMs)) return verdict;
  const stalled = settings.stalls.stalledMs(startedAt, now, settings.stallMs);
  if (durationMs - stalled >= meter.slowMs) return 'slow';
  counters.stalled++;
  return verdict;
};

const settleIgnored = ({ counters, probes }: Machine, permit: CallPermit | ProbePermit): void => {
  counters.ignored++;
  if (permit instanceof ProbePermit) probes?.release(permit);
};

const settleProbe = (
  machine: Machine,
  permit: ProbePermit,
  verdict: Verdict,
  now: number,
): void => {
  const { probes } = machine;
  if (probes === undefined) return;
  probes.release(permit);
  count(machine, outcomeOf(verdict));
  if (verdict === 'success') probes.successes++;
  else probes.failures++;
  judge(machine, probes, now, openForMsOf(verdict));
};

const recordSuccess = ({ counters, meter }: Machine, now: number): void => {
  counters.successes++;
  meter.record(SUCCESS, now);
};

/** Records a failed or slow call and may trip; false when `tripWhen` itself ended the generation. */
const recordFailure = (
  machine: Machine,
  { generation }: CallPermit,
  verdict: Verdict,
  now: number,
): boolean => {
  const outcome = outcomeOf(verdict);
  // The user's predicate runs before anything is committed.
  const custom = askTripWhen(machine, outcome, now);
  if (generation !== machine.generation) return false;
  count(machine, outcome);
  machine.meter.record(outcome, now);
  const reason = machine.meter.tripped(custom);
  if (reason !== undefined) machine.trip(reason, now, openForMsOf(verdict));
  return true;
};

const count = ({ counters }: Machine, outcome: Outcome): void => {
  if (outcome === FAILURE) counters.failures++;
  else counters.successes++;
  if (outcome === SLOW) counters.slow++;
};

/** The first `tripWhen` of the list that says yes. One that throws says no and is reported. */
const askTripWhen = (
  { meter, settings }: Machine,
  outcome: Outcome,
  now: number,
): TripRule | undefined => {
  for (const rule of meter.rules) {
    if (rule.kind !== 'trip-when') continue;
    try {
      if (rule.predicate(meter.preview(outcome, now))) return rule;
    } catch (error) {
      report(error, 'tripWhen', settings.onListenerError);
    }
  }
  return undefined;
};

const openForMsOf = (verdict: Verdict): number | undefined =>
  typeof verdict === 'object' ? verdict.openForMs : undefined;

const outcomeOf = (verdict: Verdict): Outcome => {
  if (verdict === 'success') return SUCCESS;
  return verdict === 'slow' ? SLOW : FAILURE;
};

const nameOf = (verdict: Verdict): BreakerEvents['outcome']['outcome'] => {
  if (typeof verdict === 'object') return 'failure';
  return verdict === 'ignore' ? 'ignored' : verdict;
};

const emitOutcome = (
  machine: Machine,
  { startedAt, probe }: CallPermit,
  verdict: Verdict,
  { now, late }: { readonly now: number; readonly late: boolean },
): void => {
  const durationMs = Number.isNaN(startedAt) ? undefined : now - startedAt;
  const outcome = nameOf(verdict);
  machine.emit('outcome', { name: machine.name, outcome, durationMs, probe, late });
};
