import type { IncomingMessage } from 'node:http';
import { clockOf } from '../../options/time-and-chance.ts';
import {
  assertFunction,
  assertOptions,
  assertRecord,
  given,
  numberIn,
  oneOf,
  outOfRange,
  wrongType,
} from '../../options/validate.ts';
import type { CheckSettings } from './check.ts';
import type { HealthCheck, HealthKind, HealthOptions } from './health-types.ts';

export const KINDS: readonly HealthKind[] = ['liveness', 'readiness', 'startup'];

/** The options of `health` with their defaults. */
export interface HealthSettings {
  /** Undefined where nothing ever drains. */
  readonly draining: AbortSignal | undefined;
  readonly checks: readonly CheckSettings[];
  readonly paths: ReadonlyMap<string, HealthKind>;
  readonly detailsFor: (request: IncomingMessage) => unknown;
}

const pathOf = (option: string, path: string): string => {
  if (typeof path === 'string' && /^\/[^?#\s]*$/.test(path)) return path;
  throw wrongType(option, path, 'a path that begins with / and has no query');
};

const pathsOf = (options: HealthOptions): ReadonlyMap<string, HealthKind> => {
  const live = pathOf('livePath', given(options.livePath, '/livez'));
  const ready = pathOf('readyPath', given(options.readyPath, '/readyz'));
  const startup = pathOf('startupPath', given(options.startupPath, '/startupz'));
  if (ready === live) throw outOfRange('readyPath', ready, 'another path than livePath');
  if (startup === live || startup === ready)
    throw outOfRange('startupPath', startup, 'another path than livePath and readyPath');
  return new Map<string, HealthKind>([
    [live, 'liveness'],
    [ready, 'readiness'],
    [startup, 'startup'],
  ]);
};

type Times = Pick<CheckSettings, 'timeoutMs' | 'cacheMs'>;
type TimeOptions = Pick<HealthOptions, 'timeoutMs' | 'cacheMs'>;

const timesOf = (options: TimeOptions, prefix: string, otherwise: Times): Times => {
  const timeoutMs = given(options.timeoutMs, otherwise.timeoutMs);
  const cacheMs = given(options.cacheMs, otherwise.cacheMs);
  return {
    timeoutMs: numberIn(`${prefix}timeoutMs`, timeoutMs, { above: 0 }),
    cacheMs: numberIn(`${prefix}cacheMs`, cacheMs, { min: 0 }),
  };
};

const assertCheck = (option: string, check: HealthCheck): void => {
  if (typeof check !== 'object' || check === null)
    throw wrongType(option, check, 'a function or an object with run');
  assertOptions(option, check, ['run', 'kind', 'timeoutMs', 'cacheMs']);
  const run: unknown = Reflect.get(check, 'run');
  if (typeof run !== 'function') throw wrongType(`${option}.run`, run, 'a function');
};

const checkOf = (
  [name, check]: [string, HealthCheck | HealthCheck['run']],
  { clock, ...times }: Times & Pick<CheckSettings, 'clock'>,
): CheckSettings => {
  const option = `checks.${name}`;
  if (name === '') throw wrongType('checks', name, 'names that are not empty');
  if (typeof check === 'function')
    return { name, kind: 'readiness', clock, ...times, run: (signal) => check(signal) };
  assertCheck(option, check);
  return {
    name,
    kind: oneOf(`${option}.kind`, given(check.kind, 'readiness'), KINDS),
    clock,
    ...timesOf(check, `${option}.`, times),
    run: (signal) => check.run(signal),
  };
};

const drainingOf = (drain: HealthOptions['drain']): AbortSignal | undefined => {
  if (drain === undefined) return undefined;
  assertRecord('drain', drain);
  const { signal } = drain;
  if (!(signal instanceof AbortSignal)) throw wrongType('drain.signal', signal, 'an AbortSignal');
  return signal;
};

const KNOWN = [
  'drain',
  'checks',
  'detailsFor',
  'livePath',
  'readyPath',
  'startupPath',
  'timeoutMs',
  'cacheMs',
  'clock',
];

export const settingsOf = (options: HealthOptions): HealthSettings => {
  assertOptions('health', options, KNOWN);
  assertFunction('detailsFor', options.detailsFor);
  const checks = given(options.checks, {});
  assertRecord('checks', checks);
  const clock = clockOf(options.clock);
  const times = timesOf(options, '', { timeoutMs: 1_000, cacheMs: 1_000 });
  return {
    draining: drainingOf(options.drain),
    checks: Object.entries(checks).map((entry) => checkOf(entry, { clock, ...times })),
    paths: pathsOf(options),
    detailsFor: given(options.detailsFor, () => false),
  };
};
