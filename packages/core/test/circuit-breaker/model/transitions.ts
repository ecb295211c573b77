import type { CircuitState, TransitionReason } from '../../../src/circuit-breaker/types.ts';
import { emit } from './state.ts';
import type { Model } from './state.ts';
import { emptyWindows } from './windows.ts';

const change = (
  model: Model,
  to: CircuitState,
  reason: TransitionReason,
  openForMs?: number,
): void => {
  const from = model.state;
  model.state = to;
  model.generation++;
  model.probing = undefined;
  model.ramp = undefined;
  if (from === to) return;
  model.lastChange = { from, to, reason, at: model.now };
  if (to === 'OPEN') model.lastOpening = model.lastChange;
  emit(model, 'transition', from, to, reason, model.generation, openForMs);
};

/** OPEN for `breakMs`. */
export const toOpen = (model: Model, reason: TransitionReason, breakMs: number): void => {
  model.openUntil = model.now + breakMs;
  change(model, 'OPEN', reason, breakMs);
};

export const toHalfOpen = (model: Model): void => {
  change(model, 'HALF_OPEN', 'break-over');
  model.probing = noProbes();
};

export const noProbes = (): NonNullable<Model['probing']> => ({
  successes: 0,
  failures: 0,
  unsettled: [],
});

/** What the probes have shown so far; also asked at an acquire, because an update may have moved the goal. */
export const judgeProbes = (model: Model, openForMs?: number): void => {
  const { probes, allowedFailures, ramp } = model.settings.halfOpen;
  if (model.probing === undefined) return;
  if (model.probing.failures > allowedFailures) return trip(model, 'probe-failed', openForMs);
  if (model.probing.successes < probes) return;
  if (ramp !== false) return startRamp(model);
  emptyAllWindows(model);
  toClosed(model, 'probes-succeeded');
};

/** CLOSED; what the windows hold is the caller's business. */
export const toClosed = (model: Model, reason: TransitionReason): void => {
  model.closedAt = model.now;
  endStreak(model);
  change(model, 'CLOSED', reason);
};

export const emptyAllWindows = (model: Model): void => {
  model.windows = emptyWindows(model.settings.rules);
};

export const endStreak = (model: Model): void => {
  model.streak = { length: 0, lengthenedAt: model.now };
};

/** One open more in a row, unless CLOSED lasted long enough to forget the ones before. */
export const trip = (model: Model, reason: TransitionReason, openForMs?: number): void => {
  const stable = model.now - model.closedAt >= model.settings.open.stableForMs;
  if (model.state === 'CLOSED' && stable) model.k = 0;
  model.k++;
  toOpen(model, reason, drawBreak(model, openForMs));
};

/** d_k with its jitter; what the dependency asked for only lengthens it. Draws exactly once. */
export const drawBreak = (model: Model, openForMs?: number): number => {
  const { baseMs, factor, maxMs, jitter, maxOpenForMs = maxMs } = model.settings.open;
  const planned = Math.min(maxMs, baseMs * factor ** (Math.max(1, model.k) - 1));
  const chance = model.random();
  return openForMs === undefined
    ? planned * (1 + jitter * (2 * chance - 1))
    : Math.max(planned, Math.min(openForMs, maxOpenForMs)) * (1 + jitter * chance);
};

/** After isolation and changes of mode nobody knows what the probes would have said. */
export const halfOpenToOpen = (model: Model, reason: TransitionReason): void => {
  if (model.state === 'HALF_OPEN') toOpen(model, reason, 0);
};

const startRamp = (model: Model): void => {
  const { ramp } = model.settings.halfOpen;
  if (ramp === false) return;
  model.generation++;
  model.probing = undefined;
  model.ramp = { startedAt: model.now, ...ramp };
  emptyAllWindows(model);
  endStreak(model);
  emit(model, 'ramp', ramp.from, ramp.overMs);
};

const rampIsOver = (model: Model): boolean =>
  model.ramp !== undefined && model.now >= model.ramp.startedAt + model.ramp.overMs;

/** CLOSED takes the ramp's window over. */
export const endRampWhenOver = (model: Model): void => {
  if (rampIsOver(model)) toClosed(model, 'ramp-over');
};
