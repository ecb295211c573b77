import type { ModelSaved } from './saving.ts';
import type { Model } from './state.ts';
import { countsAt } from './windows.ts';

/** What `snapshot()` should say. */
export const modelSnapshot = (model: Model): object => {
  const [window] = model.windows;
  return {
    state: model.state,
    phase: phaseOf(model),
    mode: model.mode,
    isolations: model.isolations.map(({ reason }) => reason),
    generation: model.generation,
    consecutiveOpens: model.k,
    retryAfterMs: model.state === 'OPEN' ? Math.max(0, model.openUntil - model.now) : undefined,
    window: window === undefined ? undefined : countsAt(window, model.now),
    consecutiveFailures: model.streak.length,
    probes: probesOf(model),
    waiting: model.waiting.length,
    inFlight: model.inFlight,
    counters: { ...model.counters },
  };
};

const phaseOf = (model: Model): 'probing' | 'ramping' | undefined => {
  if (model.probing !== undefined) return 'probing';
  return model.ramp === undefined ? undefined : 'ramping';
};

const probesOf = ({ probing }: Model): object | undefined =>
  probing === undefined
    ? undefined
    : {
        unsettled: probing.unsettled.length,
        successes: probing.successes,
        failures: probing.failures,
      };

const since = (model: Model, at: number): number => model.now - at;

/** What `explain()` should say, apart from its words. */
export const modelExplanation = (model: Model): object => ({
  state: model.state,
  lastTransition: changeOf(model, model.lastChange),
  lastOpening: changeOf(model, model.lastOpening),
  lastRefusal:
    model.lastRefusal === undefined
      ? undefined
      : { code: model.lastRefusal.code, agoMs: since(model, model.lastRefusal.at) },
  nextAdmissionMs: nextAdmission(model),
});

/** When the next call is admitted; 'unknown' where the design leaves the estimate to the breaker. */
const nextAdmission = (model: Model): number | 'unknown' | undefined => {
  if (model.disposed || model.isolations.length > 0) return undefined;
  if (model.mode !== 'automatic' || model.state === 'CLOSED') return 0;
  return model.state === 'OPEN' ? Math.max(0, model.openUntil - model.now) : 'unknown';
};

const changeOf = (model: Model, change: Model['lastChange']): object | undefined =>
  change === undefined
    ? undefined
    : { from: change.from, to: change.to, reason: change.reason, agoMs: since(model, change.at) };

/** What `save()` should give; of a count window only how many outcomes it holds. */
export const savedView = (saved: ModelSaved): object => ({
  version: 1,
  state: saved.state,
  openForMs: saved.openForMs,
  closedForMs: saved.closedForMs,
  savedAt: saved.savedAt,
  consecutiveOpens: saved.k,
  windows: saved.windows.map(({ kind, entries }) =>
    kind === 'count-window'
      ? { kind, outcomes: entries.length }
      : { kind, slices: slicesOf(entries) },
  ),
});

type SavedEntries = ModelSaved['windows'][number]['entries'];

/** The entries of each age together, the youngest first. */
const slicesOf = (entries: SavedEntries): object[] => {
  const ages = [...new Set(entries.map(({ ageMs }) => ageMs))].toSorted((a, b) => a - b);
  return ages.map((ageMs) => {
    const slice = entries.filter((entry) => entry.ageMs === ageMs);
    return {
      ageMs,
      total: slice.length,
      failures: slice.filter(({ outcome }) => outcome === 'failure').length,
      slow: slice.filter(({ outcome }) => outcome === 'slow').length,
    };
  });
};
