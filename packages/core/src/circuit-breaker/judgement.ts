import type { Gate } from './gate.ts';
import type { CallPermit } from './permit.ts';
import { verdictOfFailure, verdictOfValue, type JudgedContext } from './verdict.ts';

/** When a measured call ended; undefined when nobody asks. */
const endOf = (gate: Gate, { startedAt }: CallPermit): number | undefined =>
  Number.isNaN(startedAt) ? undefined : gate.machine.settings.clock.now();

/** Judges a value and settles the permit with the verdict. */
export const settleValue = (
  gate: Gate,
  permit: CallPermit,
  value: unknown,
  context?: JudgedContext,
): void => {
  const { settings } = gate.machine;
  if (settings.classify === undefined) {
    permit.success();
    return;
  }
  if (permit.settled) return;
  // The classifier is the user's: what it does to this breaker is dispatched after this settlement.
  gate.enter();
  const endedAt = endOf(gate, permit);
  const durationMs = endedAt === undefined ? Number.NaN : endedAt - permit.startedAt;
  const verdict = verdictOfValue(settings.classify, value, { settings, context, durationMs });
  gate.settle(permit, verdict, undefined, endedAt);
  gate.leave();
};

/** Judges an error and settles the permit with the verdict. */
export const settleError = (
  gate: Gate,
  permit: CallPermit,
  error: unknown,
  context?: JudgedContext,
): void => {
  if (permit.settled) return;
  const { settings } = gate.machine;
  // Only the user's own judgement could do anything to this breaker meanwhile.
  const asks = settings.isFailure !== undefined || settings.classify !== undefined;
  if (asks) gate.enter();
  const endedAt = endOf(gate, permit);
  const durationMs = endedAt === undefined ? Number.NaN : endedAt - permit.startedAt;
  const verdict = verdictOfFailure(error, { settings, context, durationMs });
  gate.settle(permit, verdict, error, endedAt);
  if (asks) gate.leave();
};
