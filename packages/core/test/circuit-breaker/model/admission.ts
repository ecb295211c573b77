import type { RefusalCode } from '../../../src/errors.ts';
import { emit } from './state.ts';
import type { Model, Ticket } from './state.ts';
import { endRampWhenOver, judgeProbes, toHalfOpen, trip } from './transitions.ts';

export const newTicket = (model: Model): Ticket => {
  const ticket: Ticket = {
    id: model.tickets.length,
    status: 'waiting',
    generation: model.generation,
    probe: false,
    recorded: true,
    startedAt: model.now,
    leaseEndsAt: Infinity,
    revoked: false,
    waitEndsAt: Infinity,
    aborted: undefined,
    code: undefined,
    retryAfterMs: undefined,
  };
  model.tickets.push(ticket);
  return ticket;
};

/** Decides on a newcomer: those who wait go before it. */
export const decide = (model: Model, ticket: Ticket, mayWait: boolean): void => {
  serveWaiting(model);
  answer(model, ticket, mayWait);
};

const answer = (model: Model, ticket: Ticket, mayWait: boolean): void => {
  if (model.disposed) return refuse(model, ticket, 'HF_DISPOSED');
  if (model.isolations.length > 0) return refuse(model, ticket, 'HF_CIRCUIT_ISOLATED');
  if (model.mode === 'disabled') return admitUnrecorded(model, ticket);
  if (model.state === 'OPEN' && model.now >= model.openUntil) toHalfOpen(model);
  lookAtTime(model);
  if (model.state === 'CLOSED') return admit(model, ticket);
  if (model.state === 'OPEN') return turnAway(model, ticket, 'HF_CIRCUIT_OPEN');
  return answerHalfOpen(model, ticket, mayWait);
};

const answerHalfOpen = (model: Model, ticket: Ticket, mayWait: boolean): void => {
  if (model.ramp !== undefined) return drawForRamp(model, ticket);
  if (slotIsFree(model)) return admitProbe(model, ticket);
  if (mayWait && mayJoinTheLine(model)) return wait(model, ticket);
  return turnAway(model, ticket, 'HF_PROBE_LIMIT');
};

/** What time alone, or an update, has changed in HALF_OPEN. */
export const lookAtTime = (model: Model): void => {
  endRampWhenOver(model);
  expireLeases(model);
  judgeProbes(model);
};

const admit = (model: Model, ticket: Ticket): void => {
  ticket.status = 'admitted';
  ticket.generation = model.generation;
  ticket.startedAt = model.now;
  model.counters.admitted++;
  model.inFlight++;
};

const admitUnrecorded = (model: Model, ticket: Ticket): void => {
  admit(model, ticket);
  ticket.recorded = false;
  model.counters.unrecorded++;
};

const admitProbe = (model: Model, ticket: Ticket): void => {
  admit(model, ticket);
  ticket.probe = true;
  ticket.leaseEndsAt = model.now + model.settings.halfOpen.leaseMs;
  model.probing?.unsettled.push(ticket);
};

const refuse = (model: Model, ticket: Ticket, code: RefusalCode): void => {
  ticket.status = 'refused';
  ticket.code = code;
  ticket.retryAfterMs = retryAfter(model, code);
  model.counters.refused++;
  model.lastRefusal = { code, at: model.now };
  emit(model, 'refusal', code, ticket.retryAfterMs);
};

/** What `automatic` refuses, `shadow` only counts. */
const turnAway = (model: Model, ticket: Ticket, code: RefusalCode): void => {
  if (model.mode !== 'shadow') return refuse(model, ticket, code);
  admitUnrecorded(model, ticket);
  model.counters.wouldRefuse++;
  emit(model, 'wouldRefuse', code);
};

const retryAfter = (model: Model, code: RefusalCode): number | undefined => {
  if (code === 'HF_CIRCUIT_OPEN') return Math.max(0, model.openUntil - model.now);
  if (code !== 'HF_PROBE_LIMIT') return undefined;
  const { ramp, probing } = model;
  const leaseEnds = probing?.unsettled.map(({ leaseEndsAt }) => leaseEndsAt) ?? [];
  const end = ramp === undefined ? Math.min(...leaseEnds) : ramp.startedAt + ramp.overMs;
  return Math.min(Math.max(0, end - model.now), model.settings.open.baseMs);
};

const drawForRamp = (model: Model, ticket: Ticket): void => {
  if (model.ramp === undefined) return;
  const { from, startedAt, overMs } = model.ramp;
  const share = from + ((1 - from) * (model.now - startedAt)) / overMs;
  if (model.random() < share) admit(model, ticket);
  else turnAway(model, ticket, 'HF_PROBE_LIMIT');
};

const slotIsFree = (model: Model): boolean => {
  const { probing } = model;
  if (probing === undefined) return false;
  const { concurrency, probes } = model.settings.halfOpen;
  const unsettled = probing.unsettled.length;
  return unsettled < concurrency && probing.successes + unsettled < probes;
};

const mayJoinTheLine = (model: Model): boolean => {
  const { overflow } = model.settings.halfOpen;
  return model.mode === 'automatic' && overflow !== false && model.waiting.length < overflow.max;
};

const wait = (model: Model, ticket: Ticket): void => {
  const { overflow } = model.settings.halfOpen;
  if (overflow === false) return;
  ticket.waitEndsAt = model.now + overflow.waitMs;
  model.waiting.push(ticket);
};

/** Revokes probes whose lease is over: evidence of a hang, or just a slot to give back. */
const expireLeases = (model: Model): void => {
  const { probing } = model;
  const { onLeaseExpiry } = model.settings.halfOpen;
  const expired = probing?.unsettled.filter((ticket) => model.now >= ticket.leaseEndsAt) ?? [];
  if (probing === undefined || expired.length === 0) return;
  for (const ticket of expired) {
    ticket.revoked = true;
    emit(model, 'lease', ticket.leaseEndsAt - ticket.startedAt, onLeaseExpiry);
  }
  probing.unsettled = probing.unsettled.filter((ticket) => !ticket.revoked);
  if (onLeaseExpiry === 'reopen') trip(model, 'lease-expired');
};

/** The first in line take the slots there are; what happened to the circuit happens to all of them. */
export const serveWaiting = (model: Model): void => {
  if (model.waiting.length > 0) lookAtTime(model);
  while (model.waiting.length > 0 && !mustWaitOn(model)) {
    const [first, ...rest] = model.waiting;
    model.waiting = rest;
    if (first !== undefined) serve(model, first);
  }
};

const isInForce = (model: Model): boolean =>
  model.mode === 'automatic' && model.isolations.length === 0 && !model.disposed;

const mustWaitOn = (model: Model): boolean =>
  isInForce(model) && model.probing !== undefined && !slotIsFree(model);

const serve = (model: Model, ticket: Ticket): void => {
  // Those who waited when the circuit opened are refused, however short the break is.
  if (isInForce(model) && model.state === 'OPEN') refuse(model, ticket, 'HF_CIRCUIT_OPEN');
  else answer(model, ticket, false);
};

/** Refuses the waiting call whose patience is over. */
export const endWait = (model: Model, ticket: Ticket): void => {
  model.waiting = model.waiting.filter((other) => other !== ticket);
  refuse(model, ticket, 'HF_PROBE_LIMIT');
};
