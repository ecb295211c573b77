import * as model from './breaker-model.ts';
import type { AbortKind, Ending, Model, Ticket } from './breaker-model.ts';
import { acquireWaiting, runSync, startCall, tryAcquire } from './handle.ts';
import type { Entrance, Handle, Said } from './handle.ts';
import { newCaller, resultOf } from './results.ts';
import type { Rig } from './rig.ts';

/** One command: does the same to the model and to the breaker. */
export interface Step {
  readonly name: string;
  /** Whether the command means anything now. */
  possible?(m: Model): boolean;
  run(m: Model, rig: Rig): void;
  /** How long the command lets pass: the runner then moves both clocks. */
  passes?(m: Model): number;
}

export const tryAcquireStep = (): Step => ({
  name: 'tryAcquire()',
  run: (m, rig) => {
    model.acquire(m);
    tryAcquire(rig);
  },
});

export const acquireStep = (): Step => ({
  name: 'acquire()',
  run: (m, rig) => {
    model.acquire(m, true);
    acquireWaiting(rig);
  },
});

export const executeStep = (entrance: Entrance, said: Said): Step => ({
  name: `${entrance}(${said})`,
  run: (m, rig) => {
    model.acquire(m, true);
    startCall(rig, entrance, said);
  },
});

export const executeSyncStep = (ending: Ending): Step => ({
  name: `executeSync(${JSON.stringify(ending)})`,
  run: (m, rig) => {
    const ticket = model.acquire(m);
    if (ticket.status === 'admitted') model.settle(m, ticket, ending);
    runSync(rig, ending);
  },
});

const pick = (m: Model, index: number, wanted: (ticket: Ticket) => boolean): Ticket | undefined => {
  const candidates = m.tickets.filter(wanted);
  return candidates[index % Math.max(1, candidates.length)];
};

const handleOf = (rig: Rig, ticket: Ticket): Handle => {
  const handle = rig.handles[ticket.id];
  if (handle === undefined) throw new Error(`the breaker knows no call ${ticket.id}`);
  return handle;
};

export type PermitEnding =
  | { readonly by: 'success' | 'ignore' | 'dispose' }
  | { readonly by: 'failure'; readonly openForMs?: number };

const endingOf = (ending: PermitEnding): Ending => {
  if (ending.by === 'success') return { kind: 'permit-success' };
  return ending.by === 'failure'
    ? { ...ending, kind: 'permit-failure' }
    : { kind: 'permit-ignore' };
};

/** The numbers of the tickets that are permits: only the rig knows, so the model is asked by id. */
export const settlePermitStep = (index: number, ending: PermitEnding, again: boolean): Step => ({
  name: `permit(${index}).${JSON.stringify(ending)}${again ? ' again' : ''}`,
  run: (m, rig) => {
    const ticket = pick(m, index, ({ id, status }) => {
      const wanted = again ? status === 'settled' : status === 'admitted';
      return wanted && isPermit(rig, id);
    });
    if (ticket === undefined) return;
    model.settle(m, ticket, endingOf(ending));
    const handle = handleOf(rig, ticket);
    handle.status = 'settled';
    if (ending.by === 'dispose') handle.permit?.[Symbol.dispose]();
    else if (ending.by === 'failure') handle.permit?.failure(new Error('down'), ending.openForMs);
    else handle.permit?.[ending.by]();
  },
});

/** The breaker judges what the permit's owner saw, by the signal of its caller if there is one. */
export const rejectPermitStep = (
  index: number,
  ending: Ending,
  aborted: AbortKind | undefined,
): Step => ({
  name: `permit(${index}).reject(${JSON.stringify(ending)}${aborted === undefined ? '' : `, ${aborted}`})`,
  run: (m, rig) => {
    const ticket = pick(m, index, ({ id, status }) => status === 'admitted' && isPermit(rig, id));
    if (ticket === undefined) return;
    const caller = newCaller();
    const told = askable(m, aborted);
    if (told !== undefined) caller.abort(told);
    ticket.aborted = told;
    const tookMs = m.now - ticket.startedAt;
    model.settle(m, ticket, ending);
    const handle = handleOf(rig, ticket);
    handle.status = 'settled';
    const result = resultOf(ending, tookMs, caller.signal);
    if (!result.ok) handle.permit?.reject(result.error, { signal: caller.signal });
  },
});

const isPermit = (rig: Rig, id: number): boolean => rig.handles[id]?.permit !== undefined;

/** Whether an outer timeout policy is "the caller" is left open, so that is not asked. */
const askable = <Kind extends AbortKind | undefined>(m: Model, kind: Kind): Kind | 'abort' =>
  kind === 'hf-timeout' && m.settings.callerTimeout === 'ignore' ? 'abort' : kind;

export const settleCallStep = (index: number, ending: Ending): Step => ({
  name: `call(${index}) ends ${JSON.stringify(ending)}`,
  run: (m, rig) => {
    const ticket = pick(
      m,
      index,
      ({ id, status }) => status === 'admitted' && rig.handles[id]?.end !== undefined,
    );
    if (ticket === undefined) return;
    const tookMs = m.now - ticket.startedAt;
    // Without a deadline nobody measured how long the call ran, so nobody can blame it by that.
    const told: Ending =
      ending.kind === 'deadline' && !handleOf(rig, ticket).withDeadline ? HEDGE : ending;
    model.settle(m, ticket, told);
    handleOf(rig, ticket).end?.(told, tookMs);
  },
});

const HEDGE: Ending = { kind: 'hedge-lost' };

export const abortStep = (index: number, kind: AbortKind, waiting: boolean): Step => ({
  name: `abort(${waiting ? 'waiting ' : ''}${index}, ${kind})`,
  run: (m, rig) => {
    const status = waiting ? 'waiting' : 'admitted';
    const ticket = pick(
      m,
      index,
      (each) =>
        each.status === status &&
        each.aborted === undefined &&
        rig.handles[each.id]?.abort !== undefined,
    );
    if (ticket === undefined) return;
    const told = askable(m, kind);
    ticket.aborted = told;
    model.abandon(m, ticket.id);
    handleOf(rig, ticket).abort?.(told);
  },
});

export type Passing =
  | { readonly ms: number }
  | {
      readonly to: 'break' | 'lease' | 'ramp' | 'wait' | 'stable' | 'slice' | 'streak';
      readonly plusMs: number;
    };

export const advanceStep = (passing: Passing): Step => ({
  name: `advance(${JSON.stringify(passing)})`,
  run: () => undefined,
  passes: (m) =>
    'ms' in passing ? passing.ms : Math.max(0, untilMoment(m, passing.to) + passing.plusMs),
});

/** How long until the moment at which a rule changes its answer. */
const untilMoment = (m: Model, to: Exclude<Passing, { ms: number }>['to']): number => {
  const moments = {
    break: m.openUntil,
    lease: m.probing?.unsettled[0]?.leaseEndsAt,
    ramp: m.ramp === undefined ? undefined : m.ramp.startedAt + m.ramp.overMs,
    wait: m.waiting[0]?.waitEndsAt,
    stable: m.closedAt + m.settings.open.stableForMs,
    slice: (Math.floor(m.now / 100) + 1) * 100,
    streak: m.streak.lengthenedAt + 10,
  };
  return (moments[to] ?? m.now) - m.now;
};

export const jumpWallStep = (ms: number): Step => ({
  name: `wall clock jumps ${ms}`,
  run: (m, rig) => {
    m.wall += ms;
    rig.clock.jumpWall(ms);
  },
});
