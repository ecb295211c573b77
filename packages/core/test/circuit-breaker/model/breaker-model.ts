/**
 * A circuit breaker as a list of outcomes with times and plain fields, written from the design alone
 * and sharing no code with the real one. Windows are computed by filtering the list at every look.
 */
export {
  abandon,
  acquire,
  dispose,
  isolate,
  open,
  release,
  reset,
  setMode,
  update,
} from './controls.ts';
export type { ModelIsolation } from './controls.ts';
export { advance, nextMoment } from './passing-time.ts';
export { restore, save } from './saving.ts';
export type { ModelSaved } from './saving.ts';
export { settle } from './settlement.ts';
export { createModel } from './state.ts';
export type { AbortKind, Model, Ticket } from './state.ts';
export type { Ending, Tag } from './verdict.ts';
export { modelExplanation, modelSnapshot, savedView } from './view.ts';
