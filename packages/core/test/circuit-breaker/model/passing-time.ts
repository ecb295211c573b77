import { endWait, lookAtTime } from './admission.ts';
import { operate } from './operation.ts';
import type { Model } from './state.ts';
import { toHalfOpen } from './transitions.ts';

/** When something happens by itself next; Infinity when nothing will. */
export const nextMoment = (model: Model): number => {
  if (model.disposed) return Infinity;
  const eager = model.settings.eager && model.mode !== 'disabled';
  const leases =
    eager || model.waiting.length > 0
      ? (model.probing?.unsettled.map(({ leaseEndsAt }) => leaseEndsAt) ?? [])
      : [];
  const waits = model.waiting.map(({ waitEndsAt }) => waitEndsAt);
  return Math.min(Infinity, ...leases, ...waits, eager ? eagerMoment(model) : Infinity);
};

const eagerMoment = (model: Model): number => {
  if (model.state === 'OPEN') return model.openUntil;
  if (model.ramp !== undefined) return model.ramp.startedAt + model.ramp.overMs;
  return Infinity;
};

/** Lets time pass, and at each moment lets happen what is due. */
export const advance = (model: Model, ms: number): void => {
  const end = model.now + ms;
  for (let next = nextMoment(model); next <= end; next = nextMoment(model)) {
    moveTo(model, Math.max(model.now, next));
    operate(model, () => whatIsDue(model));
  }
  moveTo(model, end);
};

const moveTo = (model: Model, now: number): void => {
  model.wall += now - model.now;
  model.now = now;
};

const whatIsDue = (model: Model): void => {
  const eager = model.settings.eager && model.mode !== 'disabled';
  if (eager && model.state === 'OPEN' && model.now >= model.openUntil) toHalfOpen(model);
  if (eager || model.waiting.length > 0) lookAtTime(model);
  for (const ticket of model.waiting.filter(({ waitEndsAt }) => model.now >= waitEndsAt)) {
    if (ticket.status === 'waiting') endWait(model, ticket);
  }
};
