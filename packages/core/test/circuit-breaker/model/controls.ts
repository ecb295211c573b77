import type { CircuitMode } from '../../../src/circuit-breaker/types.ts';
import { decide, newTicket } from './admission.ts';
import type { SettingsPatch } from './settings.ts';
import { operate } from './operation.ts';
import { emit } from './state.ts';
import type { Model, Ticket } from './state.ts';
import {
  drawBreak,
  emptyAllWindows,
  halfOpenToOpen,
  noProbes,
  toClosed,
  toOpen,
} from './transitions.ts';
import { carriedOver } from './windows.ts';

/** Asks for leave. Only who `mayWait` is put into the waiting line. */
export const acquire = (model: Model, mayWait = false): Ticket =>
  operate(model, () => {
    const ticket = newTicket(model);
    decide(model, ticket, mayWait);
    return ticket;
  });

/** What `isolate` hands out. */
export interface ModelIsolation {
  readonly reason: string;
}

export const isolate = (model: Model, reason: string): ModelIsolation =>
  operate(model, () => {
    const isolation = { reason };
    model.isolations = [...model.isolations, isolation];
    if (model.isolations.length === 1) {
      model.generation++;
      // Calls in flight are late from now on, and what the probes said leads nowhere.
      if (model.probing !== undefined) model.probing = noProbes();
    }
    if (model.isolations.length === 1) emitIsolations(model);
    return isolation;
  });

/** Ends one isolation; ending it again does nothing. */
export const release = (model: Model, isolation: ModelIsolation): void =>
  operate(model, () => {
    if (!model.isolations.includes(isolation)) return;
    model.isolations = model.isolations.filter((other) => other !== isolation);
    if (model.disposed || model.isolations.length > 0) return;
    emitIsolations(model);
    if (model.state === 'HALF_OPEN') halfOpenToOpen(model, 'released');
    else model.generation++;
  });

const emitIsolations = (model: Model): void => {
  const reasons = model.isolations.map(({ reason }) => reason);
  emit(model, 'isolation', reasons.length > 0, reasons);
};

export const setMode = (model: Model, mode: CircuitMode): void =>
  operate(model, () => {
    const from = model.mode;
    if (from === mode) return;
    model.mode = mode;
    emit(model, 'mode', from, mode);
    if (from !== 'automatic') return startAfresh(model);
    if (model.state === 'HALF_OPEN') halfOpenToOpen(model, 'mode-changed');
    else model.generation++;
  });

const startAfresh = (model: Model): void => {
  model.k = 0;
  emptyAllWindows(model);
  toClosed(model, 'reset');
};

/** Opens for `ms`, or as long as the next break would be. */
export const open = (model: Model, ms?: number): void =>
  operate(model, () => {
    const breakMs = ms ?? drawBreak(model);
    if (model.state === 'OPEN') model.openUntil = model.now + breakMs;
    else toOpen(model, 'opened', breakMs);
  });

export const reset = (model: Model): void => operate(model, () => startAfresh(model));

/** No operation: what it changes is seen by the next one. */
export const update = (model: Model, patch: SettingsPatch): void => {
  operate(model, () => {
    const { settings } = model;
    model.settings = {
      ...settings,
      ...patch,
      open: { ...settings.open, ...patch.open },
      halfOpen: { ...settings.halfOpen, ...patch.halfOpen },
    };
    if (patch.rules !== undefined) {
      model.windows = carriedOver(model.windows, patch.rules, model.now);
    }
  });
};

/** After it, nothing is emitted but what the waiting calls are told. */
export const dispose = (model: Model): void => {
  operate(model, () => {
    if (model.disposed) return;
    model.disposed = true;
    model.generation++;
  });
  model.silent = true;
};

/** The caller of a waiting call gives up. */
export const abandon = (model: Model, id: number): void => {
  const ticket = model.waiting.find((other) => other.id === id);
  if (ticket === undefined) return;
  model.waiting = model.waiting.filter((other) => other !== ticket);
  ticket.status = 'aborted';
};
