import type { CallContext, RunOptions } from '../call.ts';
import type { Gate } from './gate.ts';
import type { CallPermit } from './permit.ts';
import { verdictOfFailure, verdictOfValue } from './verdict.ts';

/** Who called and with what: a verdict may depend on it. */
export interface Caller {
  readonly options: RunOptions | undefined;
  readonly context: CallContext;
}

const durationOf = (gate: Gate, { startedAt }: CallPermit): number =>
  Number.isNaN(startedAt) ? Number.NaN : gate.machine.settings.clock.now() - startedAt;

/** Judges a value and settles the permit with the verdict. */
export const settleValue = (
  gate: Gate,
  permit: CallPermit,
  value: unknown,
  caller: Caller,
): void => {
  const { settings } = gate.machine;
  if (settings.classify === undefined) {
    permit.success();
    return;
  }
  // The classifier is the user's: what it does to this breaker is dispatched after this settlement.
  gate.enter();
  const facts = { ...caller, durationMs: durationOf(gate, permit) };
  gate.settle(permit, verdictOfValue(value, settings, facts));
  gate.leave();
};

/** Judges an error and settles the permit with the verdict. */
export const settleError = (
  gate: Gate,
  permit: CallPermit,
  error: unknown,
  caller?: Caller,
): void => {
  gate.enter();
  const facts = caller && { ...caller, durationMs: durationOf(gate, permit) };
  gate.settle(permit, verdictOfFailure(error, gate.machine.settings, facts), error);
  gate.leave();
};
