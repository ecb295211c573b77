import { INNER_TIMEOUT_MS, OUTER_TIMEOUT_MS, type Settings } from './settings.ts';
import { inOrder, line, slotsTaken, type Arrival, type Model, type Ticket } from './state.ts';

const INSTANT: Readonly<Record<string, string>> = {
  value: 'value',
  thenable: 'value',
  throws: 'error',
  rejects: 'error',
};

/** A call or a permit is asked for. */
export const arrive = (model: Model, arrival: Arrival): void => {
  const { now, settings } = model;
  const newcomer: Ticket = {
    ...arrival,
    id: model.tickets.length,
    status: 'new',
    slot: false,
    running: false,
    late: false,
    waitEnds: Math.min(now + settings.maxWaitMs, arrival.deadline ?? Infinity),
    outerDue: arrival.way === 'under' ? now + OUTER_TIMEOUT_MS : Infinity,
    innerDue: Infinity,
  };
  model.tickets.push(newcomer);
  if (arrival.deadline !== undefined && arrival.deadline <= now) expire(model, newcomer);
  else if (!model.disposed && slotsTaken(model) < settings.concurrency) {
    admit(model, newcomer);
    endInstants(model, [newcomer]);
  } else if (arrival.way === 'try' || model.disposed) refuse(model, newcomer);
  else standInLine(model, newcomer);
};

/** Of all who would wait, the last in order goes where there is one too many. */
const standInLine = (model: Model, newcomer: Ticket): void => {
  const { settings } = model;
  const everybody = inOrder([...line(model), newcomer], settings.order);
  newcomer.status = 'waiting';
  const last = everybody.at(-1);
  if (everybody.length > settings.queue && last !== undefined) refuse(model, last);
};

const refuse = (model: Model, ticket: Ticket): void => {
  const code = model.disposed ? 'HF_DISPOSED' : 'HF_BULKHEAD_FULL';
  model.refused++;
  if (!model.disposed) model.told.push(code);
  ticket.status = code;
};

const expire = (model: Model, ticket: Ticket): void => {
  model.expired++;
  if (!model.disposed) model.told.push('HF_DEADLINE_EXCEEDED');
  ticket.status = 'HF_DEADLINE_EXCEEDED';
};

const admit = (model: Model, ticket: Ticket): void => {
  model.admitted++;
  ticket.slot = true;
  ticket.status = 'inside';
  if (ticket.way === 'acquire' || ticket.way === 'try') return;
  ticket.running = true;
  model.started.push(ticket.id);
  if (ticket.way === 'over') ticket.innerDue = model.now + INNER_TIMEOUT_MS;
};

/** Gives free slots to those who wait; returns who got one. */
const fill = (model: Model): Ticket[] => {
  const served: Ticket[] = [];
  while (!model.disposed && slotsTaken(model) < model.settings.concurrency) {
    const [first] = line(model);
    if (first === undefined) break;
    admit(model, first);
    served.push(first);
  }
  return served;
};

/** Work that ends as soon as it runs makes room for the next at once. */
const endInstants = (model: Model, admitted: readonly Ticket[]): void => {
  const begun = [...admitted];
  for (const ticket of begun) {
    const answer = ticket.running ? INSTANT[ticket.work] : undefined;
    if (answer === undefined) continue;
    ticket.status = answer;
    ticket.running = false;
    ticket.slot = false;
    begun.push(...fill(model));
  }
};

const serve = (model: Model): void => endInstants(model, fill(model));

/** The work of a call comes to its end. */
export const end = (model: Model, ticket: Ticket, answer: string): void => {
  ticket.running = false;
  ticket.late = false;
  if (ticket.status === 'inside') ticket.status = answer;
  ticket.slot = false;
  serve(model);
};

export const release = (model: Model, ticket: Ticket): void => {
  ticket.status = 'released';
  ticket.slot = false;
  serve(model);
};

export const abort = (model: Model, ticket: Ticket): void => {
  if (ticket.status === 'waiting') {
    model.aborted++;
    ticket.status = 'aborted';
  } else if (ticket.running && ticket.work === 'heeds') end(model, ticket, 'aborted');
};

/** A timeout ends a call. Work that does not heed it runs on, with its slot or without. */
const timeOut = (model: Model, ticket: Ticket): void => {
  const waited = ticket.status === 'waiting';
  ticket.status = 'HF_TIMEOUT';
  if (waited) model.aborted++;
  else if (ticket.work === 'heeds') end(model, ticket, '');
  else {
    ticket.late = true;
    ticket.slot = model.settings.holdUntil === 'finished';
    serve(model);
  }
};

const isLive = ({ status }: Ticket): boolean => status === 'waiting' || status === 'inside';

/** When time alone next changes something for a call. */
const nextOf = (ticket: Ticket): number => {
  if (!isLive(ticket)) return Infinity;
  const own = ticket.status === 'waiting' ? ticket.waitEnds : ticket.innerDue;
  return Math.min(own, ticket.outerDue);
};

export const pass = (model: Model, ms: number): void => {
  const until = model.now + ms;
  for (;;) {
    const [next] = model.tickets.toSorted((one, other) => nextOf(one) - nextOf(other));
    if (next === undefined || nextOf(next) > until) break;
    model.now = nextOf(next);
    if (next.status === 'inside' || next.outerDue === model.now) timeOut(model, next);
    else if (next.deadline === model.now) expire(model, next);
    else refuse(model, next);
  }
  model.now = until;
};

export const update = (model: Model, change: Partial<Settings>): void => {
  model.settings = { ...model.settings, ...change };
  const served = fill(model);
  for (const ticket of line(model).slice(model.settings.queue).toReversed()) refuse(model, ticket);
  endInstants(model, served);
};

export const dispose = (model: Model): void => {
  model.disposed = true;
  for (const ticket of line(model).toReversed()) refuse(model, ticket);
};
