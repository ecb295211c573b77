import type { TransitionReason } from '../../../src/circuit-breaker/types.ts';
import { open, reset } from './controls.ts';
import { tripPredicate } from './settings.ts';
import type { RuleSettings } from './settings.ts';
import { operate } from './operation.ts';
import { emit } from './state.ts';
import type { Model, Ticket } from './state.ts';
import { endRampWhenOver, endStreak, judgeProbes, trip } from './transitions.ts';
import { judge, withSlowness } from './verdict.ts';
import type { Ending, ModelVerdict } from './verdict.ts';
import { countsAt, windowReason } from './windows.ts';

/** How long `open` lasts when a classifier calls it. */
export const REENTRANT_OPEN_MS = 64;

/** A call or permit ends. Only the first ending of a ticket means anything. */
export const settle = (model: Model, ticket: Ticket, ending: Ending): void =>
  operate(model, () => {
    if (ticket.status !== 'admitted') return;
    ticket.status = 'settled';
    model.inFlight--;
    // The classifier of the user is asked about every call, whatever becomes of its answer.
    const verdict = judge(model, ticket, ending, {
      resets: () => !model.disposed && reset(model),
      opens: () => !model.disposed && open(model, REENTRANT_OPEN_MS),
    });
    endRampWhenOver(model);
    if (!ticket.recorded) return;
    if (isLate(model, ticket)) countLate(model, ticket, verdict);
    else record(model, ticket, withSlowness(model, ticket, verdict));
  });

const isLate = (model: Model, ticket: Ticket): boolean =>
  model.disposed ||
  ticket.revoked ||
  ticket.generation !== model.generation ||
  model.now >= ticket.leaseEndsAt;

/** Nobody asks how long a late success took. */
const countLate = (model: Model, { probe }: Ticket, { outcome }: ModelVerdict): void => {
  const { counters } = model;
  emit(model, 'outcome', outcome, probe, true);
  if (outcome === 'failure') counters.lateFailures++;
  else if (outcome !== 'ignored') counters.lateSuccesses++;
};

const record = (model: Model, ticket: Ticket, verdict: ModelVerdict): void => {
  const { counters } = model;
  emit(model, 'outcome', verdict.outcome, ticket.probe, false);
  if (verdict.outcome === 'ignored') counters.ignored++;
  else if (verdict.outcome === 'failure') counters.failures++;
  else counters.successes++;
  if (verdict.outcome === 'slow') counters.slow++;
  if (model.probing === undefined) recordInWindows(model, verdict);
  else recordProbe(model, ticket, verdict);
};

const recordProbe = (model: Model, ticket: Ticket, { outcome, openForMs }: ModelVerdict): void => {
  const { probing } = model;
  if (probing === undefined) return;
  probing.unsettled = probing.unsettled.filter((other) => other !== ticket);
  if (outcome === 'success') probing.successes++;
  if (outcome === 'failure' || outcome === 'slow') probing.failures++;
  if (outcome !== 'ignored') judgeProbes(model, openForMs);
};

const recordInWindows = (model: Model, { outcome, openForMs }: ModelVerdict): void => {
  if (outcome === 'ignored') return;
  const entry = { at: model.now, outcome };
  model.windows = model.windows.map(({ rule, entries }) => ({
    rule,
    entries: [...entries, entry],
  }));
  if (outcome === 'failure') lengthenStreak(model);
  else endStreak(model);
  if (outcome === 'success') return;
  const reason = tripReason(model);
  if (reason !== undefined) trip(model, reason, openForMs);
};

/** Failures within 10 ms of the last one that counted are the same event. */
const lengthenStreak = (model: Model): void => {
  const { length, lengthenedAt } = model.streak;
  if (length > 0 && model.now - lengthenedAt < 10) return;
  model.streak = { length: length + 1, lengthenedAt: model.now };
};

/** The first rule of the list that trips. */
const tripReason = (model: Model): TransitionReason | undefined => {
  const windows = model.windows.slice();
  for (const rule of model.settings.rules) {
    const reason = ruleTrips(model, rule, windows);
    if (reason !== undefined) return reason;
  }
  return undefined;
};

const ruleTrips = (
  model: Model,
  rule: RuleSettings,
  windows: Model['windows'],
): TransitionReason | undefined => {
  if (rule.kind === 'consecutive') {
    return model.streak.length >= rule.failures ? 'consecutive' : undefined;
  }
  if (rule.kind === 'trip-when') {
    return predicateHolds(model, rule) ? 'trip-when' : undefined;
  }
  const window = windows.shift();
  return window === undefined ? undefined : windowReason(window, model.now);
};

const NO_WINDOW = { total: 0, successes: 0, failures: 0, slow: 0, failureRate: 0, slowRate: 0 };

const predicateHolds = (model: Model, rule: Parameters<typeof tripPredicate>[0]): boolean => {
  const [first] = model.windows;
  const counts = first === undefined ? NO_WINDOW : countsAt(first, model.now);
  try {
    return tripPredicate(rule)({ ...counts, consecutiveFailures: model.streak.length });
  } catch {
    return false;
  }
};
