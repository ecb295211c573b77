import { assertOptions, numberIn, oneOf, wrongType } from '../options/validate.ts';
import { CountWindow } from './count-window.ts';
import type { Machine } from './machine.ts';
import { TimeWindow } from './time-window.ts';
import { TripMeter, type Window } from './trip-meter.ts';
import type { SavedCircuit, SavedWindow } from './types.ts';
import { FAILURE, SLOW, SUCCESS, type Outcome } from './window.ts';

/** One letter an outcome: success, failure, slow. */
const LETTERS = 'sfl';
const OUTCOMES: Readonly<Record<string, Outcome>> = { s: SUCCESS, f: FAILURE, l: SLOW };

const saveWindow = (window: Window, now: number): SavedWindow => {
  if (window instanceof CountWindow) {
    const letters = Array.from(window.outcomes(), (outcome) => LETTERS.charAt(outcome));
    return { kind: 'count-window', outcomes: letters.join('') };
  }
  const slices = window.contents(now).map(({ middleMs, ...counts }) => ({
    ageMs: now - middleMs,
    ...counts,
  }));
  return { kind: 'time-window', slices };
};

/** State, rest of the break, k and windows, as plain JSON. Not mode, isolations or options. */
export const save = (machine: Machine): SavedCircuit => {
  const { clock } = machine.settings;
  const now = clock.now();
  const closed = machine.state === 'CLOSED';
  return {
    version: 1,
    state: closed ? 'CLOSED' : 'OPEN',
    openForMs: machine.state === 'OPEN' ? Math.max(0, machine.openUntil - now) : 0,
    closedForMs: closed ? now - machine.closedAt : 0,
    savedAt: clock.wallNow(),
    consecutiveOpens: machine.consecutiveOpens,
    windows: machine.meter.windows.map((window) => saveWindow(window, now)),
  };
};

const NOT_NEGATIVE = { min: 0 } as const;
const COUNT = { min: 0, whole: true } as const;

const KEYS = [
  'version',
  'state',
  'openForMs',
  'closedForMs',
  'savedAt',
  'consecutiveOpens',
  'windows',
];

const recordOf = (
  where: string,
  value: unknown,
  keys: readonly string[],
): Record<string, unknown> => {
  assertOptions(where, value, keys);
  return Object.fromEntries(Object.entries(Object(value)));
};

const arrayOf = (where: string, value: unknown): readonly unknown[] => {
  if (!Array.isArray(value)) throw wrongType(where, value, 'an array');
  return value;
};

const parseSlice = (
  value: unknown,
): { ageMs: number; total: number; failures: number; slow: number } => {
  const where = 'saved.windows.slices';
  const slice = recordOf(where, value, ['ageMs', 'total', 'failures', 'slow']);
  const total = numberIn(`${where}.total`, slice['total'], COUNT);
  const failures = numberIn(`${where}.failures`, slice['failures'], { ...COUNT, max: total });
  const slow = numberIn(`${where}.slow`, slice['slow'], { ...COUNT, max: total - failures });
  return { ageMs: numberIn(`${where}.ageMs`, slice['ageMs'], {}), total, failures, slow };
};

const parseTimeWindow = (value: unknown): SavedWindow => {
  const { slices } = recordOf('saved.windows', value, ['kind', 'slices']);
  const all = arrayOf('saved.windows.slices', slices).map(parseSlice);
  return { kind: 'time-window', slices: all };
};

const parseCountWindow = (value: unknown): SavedWindow => {
  const { outcomes } = recordOf('saved.windows', value, ['kind', 'outcomes']);
  if (typeof outcomes !== 'string' || !/^[sfl]*$/.test(outcomes)) {
    throw wrongType('saved.windows.outcomes', outcomes, `a string of the letters ${LETTERS}`);
  }
  return { kind: 'count-window', outcomes };
};

const parseWindow = (value: unknown): SavedWindow => {
  const { kind } = recordOf('saved.windows', value, ['kind', 'outcomes', 'slices']);
  if (kind === 'time-window') return parseTimeWindow(value);
  if (kind === 'count-window') return parseCountWindow(value);
  throw wrongType('saved.windows.kind', kind, '"count-window" or "time-window"');
};

/** Checks what `restore` was given; throws on anything unknown. */
export const parseSavedCircuit = (value: unknown): SavedCircuit => {
  const saved = recordOf('saved', value, KEYS);
  if (saved['version'] !== 1) throw wrongType('saved.version', saved['version'], '1');
  return {
    version: 1,
    state: oneOf('saved.state', saved['state'] as 'CLOSED' | 'OPEN', ['CLOSED', 'OPEN']),
    openForMs: numberIn('saved.openForMs', saved['openForMs'], NOT_NEGATIVE),
    closedForMs: numberIn('saved.closedForMs', saved['closedForMs'], NOT_NEGATIVE),
    savedAt: numberIn('saved.savedAt', saved['savedAt'], {}),
    consecutiveOpens: numberIn('saved.consecutiveOpens', saved['consecutiveOpens'], COUNT),
    windows: arrayOf('saved.windows', saved['windows']).map(parseWindow),
  };
};

const fill = (window: Window, saved: SavedWindow, now: number, elapsedMs: number): void => {
  if (window instanceof CountWindow && saved.kind === 'count-window') {
    for (const letter of saved.outcomes) window.record(OUTCOMES[letter] ?? SUCCESS);
  }
  if (window instanceof TimeWindow && saved.kind === 'time-window') {
    for (const { ageMs, ...counts } of saved.slices) {
      window.restore({ middleMs: now - ageMs - elapsedMs, ...counts }, now);
    }
  }
};

/** Takes over what `save` gave. */
export const restore = (machine: Machine, saved: SavedCircuit): void => {
  const { clock, trip, open } = machine.settings;
  const now = clock.now();
  const elapsedMs = Math.max(0, clock.wallNow() - saved.savedAt);
  const meter = new TripMeter(trip);
  for (const [index, window] of meter.windows.entries()) {
    const contents = saved.windows[index];
    if (contents !== undefined) fill(window, contents, now, elapsedMs);
  }
  machine.meter = meter;
  const restMs = Math.min(open.maxMs, Math.max(0, saved.openForMs - elapsedMs));
  // Calls in flight become late even where the state stays the same.
  if (saved.state === machine.state) machine.generation++;
  else if (saved.state === 'CLOSED') machine.close('restored', now);
  else machine.openFor(restMs, 'restored', now);
  machine.openUntil = now + restMs;
  machine.closedAt = now - saved.closedForMs - elapsedMs;
  machine.consecutiveOpens = saved.consecutiveOpens;
  machine.openedBy = undefined;
};
