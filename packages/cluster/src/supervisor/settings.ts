import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock, Random } from '@holdfast/core';
import {
  assertFunction,
  assertOptions,
  assertRecord,
  booleanOf,
  clockOf,
  given,
  nameOf,
  numberIn,
  oneOf,
  outOfRange,
  randomOf,
  wrongType,
} from '@holdfast/core/adapter';
import { storeLimitsOf, type StoreLimits } from '../ipc-store/store-limits.ts';
import { controlPathOf } from '../control/control-path.ts';
import { restartOf, type RestartSettings } from './restart-settings.ts';
import { shutdownOf, type ShutdownSettings } from './shutdown-settings.ts';
import type {
  Distribution,
  ReadyOptions,
  RecycleOptions,
  SharedStoreOptions,
  SuperviseOptions,
  SupervisorEvent,
  WatchdogOptions,
} from './types.ts';

export interface Settings {
  readonly exec: string;
  readonly args: readonly string[];
  readonly execArgv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
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

const textOf = (option: string, text: unknown): string => {
  const name = nameOf(option, text);
  // No process can be started with it.
  if (name.includes('\0')) throw outOfRange(option, name, 'a string without NUL');
  return name;
};

const execOf = (exec: unknown): string => {
  const allowed = 'a path or a file: URL';
  if (!(exec instanceof URL) && !String(exec).startsWith('file:'))
    return resolve(textOf('exec', exec));
  const url = new URL(String(exec));
  if (url.protocol !== 'file:') throw outOfRange('exec', url.href, allowed);
  return fileURLToPath(url);
};

const textsOf = (option: string, texts: readonly string[]): readonly string[] => {
  if (!Array.isArray(texts)) throw wrongType(option, texts, 'an array of strings');
  return texts.map((text: unknown) => (text === '' ? '' : textOf(option, text)));
};

/** The program that this process was given on its command line is none for workers. */
const withoutProgram = (execArgv: readonly string[]): readonly string[] => {
  const at = execArgv.findIndex((each) => /^(?:-e|-p|-pe|--eval|--print)$/.test(each));
  return at === -1 ? execArgv : [...execArgv.slice(0, at), ...execArgv.slice(at + 2)];
};

const envOf = (env: NonNullable<SuperviseOptions['env']>): Settings['env'] => {
  assertRecord('env', env);
  if (Symbol.iterator in env) throw wrongType('env', env, 'an object of strings');
  for (const [variable, value] of Object.entries(env))
    if (value !== undefined && value !== '') textOf(`env.${variable}`, value);
  return env;
};

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
  const { ageMs, requests, rssBytes } = options;
  if (ageMs !== undefined) numberIn('recycle.ageMs', ageMs, { above: 0 });
  if (requests !== undefined) numberIn('recycle.requests', requests, { whole: true, min: 1 });
  if (rssBytes !== undefined) numberIn('recycle.rssBytes', rssBytes, { above: 0 });
  numberIn('recycle.jitter', given(options.jitter, 0.2), { min: 0, below: 1 });
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
    exec: execOf(options.exec),
    args: textsOf('args', given(options.args, [])),
    execArgv: textsOf('execArgv', given(options.execArgv, withoutProgram(process.execArgv))),
    env: envOf(given(options.env, {})),
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
