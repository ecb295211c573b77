import { operate } from './operation.ts';
import type { Model } from './state.ts';
import { endStreak, toClosed, toOpen } from './transitions.ts';
import type { WindowSettings } from './settings.ts';
import { entriesAt, middleAt, emptyWindows } from './windows.ts';
import type { Entry, ModelWindow, Recorded } from './windows.ts';

/** A saved outcome; one of a time window is as old as the middle of its slice. */
interface SavedEntry {
  readonly ageMs: number;
  readonly outcome: Recorded;
}

export interface ModelSaved {
  readonly state: 'CLOSED' | 'OPEN';
  readonly openForMs: number;
  readonly closedForMs: number;
  readonly savedAt: number;
  readonly k: number;
  readonly windows: readonly {
    readonly kind: WindowSettings['kind'];
    readonly entries: readonly SavedEntry[];
  }[];
}

export const save = (model: Model): ModelSaved => ({
  state: model.state === 'CLOSED' ? 'CLOSED' : 'OPEN',
  openForMs: model.state === 'OPEN' ? Math.max(0, model.openUntil - model.now) : 0,
  closedForMs: model.state === 'CLOSED' ? model.now - model.closedAt : 0,
  savedAt: model.wall,
  k: model.k,
  windows: model.windows.map((window) => ({
    kind: window.rule.kind,
    entries: entriesAt(window, model.now).map(({ at, outcome }) => ({
      ageMs: ageOf(window.rule, at, model.now),
      outcome,
    })),
  })),
});

const ageOf = (rule: WindowSettings, at: number, now: number): number =>
  now - (rule.kind === 'count-window' ? at : middleAt(rule, at));

export const restore = (model: Model, saved: ModelSaved): void =>
  operate(model, () => {
    const passed = Math.max(0, model.wall - saved.savedAt);
    model.k = saved.k;
    model.windows = restoredWindows(model, saved, passed);
    if (saved.state === 'OPEN') {
      const left = Math.max(0, saved.openForMs - passed);
      toOpen(model, 'restored', Math.min(model.settings.open.maxMs, left));
      endStreak(model);
    } else {
      toClosed(model, 'restored');
      model.closedAt = model.now - saved.closedForMs - passed;
    }
  });

/** Each window rule gets what the rule at its place saved, if that was of the same kind. */
const restoredWindows = (model: Model, saved: ModelSaved, passed: number): ModelWindow[] =>
  emptyWindows(model.settings.rules).map(({ rule }, place) => {
    const match = saved.windows[place];
    const contents = match?.kind === rule.kind ? match.entries : [];
    // No outcome lies in the future, though the middle of the slice that ran may.
    const entries: Entry[] = contents.map(({ ageMs, outcome }) => ({
      at: Math.min(model.now, model.now - ageMs - passed),
      outcome,
    }));
    return { rule, entries: entriesAt({ rule, entries }, model.now) };
  });
