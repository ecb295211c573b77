import type { Clock, Random } from '@holdfast/core';
import {
  assertFunction,
  assertOptions,
  booleanOf,
  clockOf,
  given,
  nameOf,
  numberIn,
  oneOf,
  randomOf,
  wrongType,
} from '@holdfast/core/adapter';
import {
  storeLimitsOf,
  type SharedStoreOptions,
  type StoreLimits,
} from '../ipc-store/store-limits.ts';
import { controlPathOf } from '../control/control-path.ts';
import { programOf, type ProgramSettings } from './program-settings.ts';
import { restartOf, type RestartSettings } from './restart-settings.ts';
import { shutdownOf, type ShutdownSettings } from './shutdown-settings.ts';
import type {
  Distribution,
  ReadyOptions,
  RecycleOptions,
  SuperviseOptions,
  WatchdogOptions,
} from './supervise-options.ts';
import type { SupervisorEvent } from './supervisor-events.ts';

/** Options of `supervise`, checked and filled in. */
export interface Settings extends ProgramSettings {
  readonly name: string;
  readonly workers: SuperviseOptions['workers'];
  readonly distribution: Distribution;
  readonly standby: number;
  readonly ready: {
    readonly on: 'listening' | 'told';
    readonly timeoutMs: number;
    readonly soakMs: number;
  };
  readonly restart: RestartSettings;
  readonly shutdown: ShutdownSettings;
  readonly recycle: RecycleOptions;
  readonly watchdog:
    | { readonly blockedAfterMs: number; readonly policy: 'report' | 'replace' }
    | undefined;
  readonly signals: boolean;
  readonly output: 'prefix' | 'inherit';
  readonly heapShare: number | false;
  readonly controlPath: string | undefined;
  readonly store: StoreLimits | undefined;
  readonly log: (line: string) => void;
  readonly onEvent: (event: SupervisorEvent) => void;
  readonly clock: Clock;
  readonly random: Random;
}

const KNOWN: readonly (keyof SuperviseOptions)[] = [
  'exec',
  'args',
  'execArgv',
  'env',
  'name',
  'workers',
  'distribution',
  'standby',
  'ready',
  'restart',
  'shutdown',
  'recycle',
  'watchdog',
  'signals',
  'output',
  'heapShare',
  'controlPath',
  'store',
  'log',
  'onEvent',
  'clock',
  'random',
];

/** More would not start on any machine; a typing error is likelier. */
const MOST_WORKERS = 1_024;

const workersOf = (workers: SuperviseOptions['workers']): SuperviseOptions['workers'] => {
  if (workers === undefined || workers === 'auto' || typeof workers === 'function') return workers;
  if (typeof workers === 'string')
    throw wrongType('workers', workers, 'a number, "auto" or a function');
  return countOf('workers', workers, 1);
};

export const countOf = (option: string, count: unknown, min: number): number =>
  numberIn(option, count, { whole: true, min, max: MOST_WORKERS });

const readyOf = (options: ReadyOptions): Settings['ready'] => {
  assertOptions('ready', options, ['on', 'timeoutMs', 'soakMs']);
  return {
    on: oneOf('ready.on', given(options.on, 'listening'), ['listening', 'told']),
    timeoutMs: numberIn('ready.timeoutMs', given(options.timeoutMs, 30_000), { above: 0 }),
    soakMs: numberIn('ready.soakMs', given(options.soakMs, 0), { min: 0 }),
  };
};

const recycleOf = (options: RecycleOptions): RecycleOptions => {
  assertOptions('recycle', options, ['ageMs', 'requests', 'rssBytes', 'jitter']);
  const { ageMs, requests, rssBytes, jitter } = options;
  if (ageMs !== undefined) numberIn('recycle.ageMs', ageMs, { above: 0 });
  if (requests !== undefined) numberIn('recycle.requests', requests, { whole: true, min: 1 });
  if (rssBytes !== undefined) numberIn('recycle.rssBytes', rssBytes, { above: 0 });
  if (jitter !== undefined) numberIn('recycle.jitter', jitter, { min: 0, below: 1 });
  return options;
};

const watchdogOf = (options: WatchdogOptions | false): Settings['watchdog'] => {
  if (options === false) return undefined;
  assertOptions('watchdog', options, ['blockedAfterMs', 'policy']);
  const afterMs = given(options.blockedAfterMs, 5_000);
  return {
    blockedAfterMs: numberIn('watchdog.blockedAfterMs', afterMs, { min: 100, max: 86_400_000 }),
    policy: oneOf('watchdog.policy', given(options.policy, 'replace'), ['report', 'replace']),
  };
};

const storeOf = (options: SharedStoreOptions | false): Settings['store'] => {
  if (options === false) return undefined;
  assertOptions('store', options, ['maxKeys', 'maxBytes']);
  return storeLimitsOf(options);
};

const heapShareOf = (share: number | false): number | false =>
  share === false ? false : numberIn('heapShare', share, { above: 0, max: 1 });

const ignore = (): void => undefined;

const logOf = ({ log }: SuperviseOptions, name: string): Settings['log'] => {
  if (log === false) return ignore;
  assertFunction('log', log);
  return log ?? ((line) => void process.stderr.write(`[${name}] ${line}\n`));
};

const onEventOf = (onEvent: SuperviseOptions['onEvent']): Settings['onEvent'] => {
  assertFunction('onEvent', onEvent);
  return onEvent ?? ignore;
};

/** Checks the options and fills in their defaults. */
export const settingsOf = (options: SuperviseOptions): Settings => {
  assertOptions('supervise', options, KNOWN);
  const { controlPath } = options;
  const name = nameOf('name', given(options.name, 'cluster'));
  return {
    ...programOf(options),
    name,
    workers: workersOf(options.workers),
    distribution: oneOf('distribution', given(options.distribution, 'round-robin'), [
      'round-robin',
      'kernel',
      'reuseport',
    ]),
    standby: countOf('standby', given(options.standby, 0), 0),
    ready: readyOf(given(options.ready, {})),
    restart: restartOf(given(options.restart, {})),
    shutdown: shutdownOf(given(options.shutdown, {})),
    recycle: recycleOf(given(options.recycle, {})),
    watchdog: watchdogOf(given(options.watchdog, {})),
    signals: booleanOf('signals', given(options.signals, true)),
    output: oneOf('output', given(options.output, 'prefix'), ['prefix', 'inherit']),
    heapShare: heapShareOf(given(options.heapShare, 0.75)),
    controlPath: controlPath === undefined ? undefined : controlPathOf('controlPath', controlPath),
    store: storeOf(given(options.store, {})),
    log: logOf(options, name),
    onEvent: onEventOf(options.onEvent),
    clock: clockOf(options.clock),
    random: randomOf(options.random),
  };
};
