import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import { Server as NetServer } from 'node:net';
import { constants } from 'node:os';
import type { Duplex } from 'node:stream';
import { clockOf } from '../../options/time-and-chance.ts';
import {
  assertFunction,
  assertOptions,
  given,
  nameOf,
  numberIn,
  outOfRange,
  wrongType,
} from '../../options/validate.ts';
import type { Clock } from '../../runtime/clock.ts';
import { sayGoodbye } from './goodbye.ts';
import type { DrainableServer, DrainOptions, DrainStartOptions } from './types.ts';

/** Options of a drain, checked and filled in. */
export interface DrainSettings {
  readonly name: string;
  readonly signals: readonly NodeJS.Signals[];
  readonly announceMs: number;
  readonly lingerMs: number;
  readonly deadlineMs: number;
  readonly onUpgraded: (socket: Duplex, request: IncomingMessage) => void;
  readonly upgradedSpreadMs: number;
  readonly clock: Clock;
}

const KNOWN = [
  'name',
  'signals',
  'announceMs',
  'lingerMs',
  'deadlineMs',
  'onUpgraded',
  'upgradedSpreadMs',
  'clock',
];

const SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT'];
const LINGER_MS = 1_500;
const DEADLINE_MS = 10_000;

/** No process can hear these. */
const DEAF: ReadonlySet<string> = new Set(['SIGKILL', 'SIGSTOP']);

const signalsOf = (signals: DrainOptions['signals']): readonly NodeJS.Signals[] => {
  if (signals === undefined) return SIGNALS;
  if (signals === false) return [];
  const allowed = 'names of signals that a process can hear, or false';
  if (!Array.isArray(signals)) throw wrongType('signals', signals, allowed);
  for (const signal of signals) {
    if (typeof signal !== 'string') throw wrongType('signals', signal, allowed);
    if (!Object.hasOwn(constants.signals, signal) || DEAF.has(signal))
      throw outOfRange('signals', signal, allowed);
  }
  return [...new Set(signals)];
};

export type Times = Pick<DrainSettings, 'announceMs' | 'lingerMs' | 'deadlineMs'>;

type GivenTimes = Pick<DrainOptions, keyof Times>;

/**
 * The times of a drain that has less time than it was made with: announcing takes half of it at most, and lingering half
 * of what is left then.
 */
export const shortened = (own: Times, options: DrainStartOptions): Times => {
  assertOptions('start', options, ['deadlineMs', 'announceMs']);
  const asked = numberIn('deadlineMs', given(options.deadlineMs, own.deadlineMs), { above: 0 });
  const announced = numberIn('announceMs', given(options.announceMs, own.announceMs), { min: 0 });
  const times = { ...own, announceMs: Math.min(own.announceMs, announced) };
  if (asked >= own.deadlineMs) return times;
  const announceMs = Math.min(times.announceMs, asked / 2);
  return {
    announceMs,
    lingerMs: Math.min(times.lingerMs, (asked - announceMs) / 2),
    deadlineMs: asked,
  };
};

/** Checks them and fills in the defaults; `within` stands before the names of options in what is thrown. */
export const drainTimesOf = (options: GivenTimes, within = ''): Times => {
  const deadlineMs = numberIn(`${within}deadlineMs`, given(options.deadlineMs, DEADLINE_MS), {
    above: 0,
  });
  const announceMs = numberIn(`${within}announceMs`, given(options.announceMs, 0), { min: 0 });
  const usual = Math.min(LINGER_MS, Math.max(0, deadlineMs - announceMs) / 2);
  const lingerMs = numberIn(`${within}lingerMs`, given(options.lingerMs, usual), { min: 0 });
  const before = announceMs + lingerMs;
  if (before >= deadlineMs) {
    const allowed = `more than announceMs and lingerMs, ${before}`;
    throw outOfRange(`${within}deadlineMs`, deadlineMs, allowed);
  }
  return { announceMs, lingerMs, deadlineMs };
};

export const settingsOf = (options: DrainOptions): DrainSettings => {
  assertOptions('drain', options, KNOWN);
  assertFunction('onUpgraded', options.onUpgraded);
  const times = drainTimesOf(options);
  const spreadMs = given(options.upgradedSpreadMs, times.lingerMs);
  return {
    ...times,
    name: nameOf('name', given(options.name, 'drain')),
    signals: signalsOf(options.signals),
    onUpgraded: given(options.onUpgraded, sayGoodbye),
    upgradedSpreadMs: numberIn('upgradedSpreadMs', spreadMs, { min: 0, max: times.deadlineMs }),
    clock: clockOf(options.clock),
  };
};

export const isHttp1 = (server: DrainableServer): server is HttpServer | HttpsServer =>
  !('updateSettings' in server);

/**
 * Whether `drain` knows how to end it: a server of `node:http`, `node:https` or `node:http2`. They are known by what
 * they alone have: the last exports no classes, and to import the others loads all of undici (15 ms and more), which
 * the start of a worker would wait for though its program need not.
 */
export const isDrainable = (server: unknown): server is DrainableServer =>
  server instanceof NetServer && ('maxHeadersCount' in server || 'updateSettings' in server);

/** Throws unless it is a server of HTTP. */
export function assertServer(server: unknown): asserts server is DrainableServer {
  if (!isDrainable(server))
    throw wrongType('server', server, 'a server of node:http, node:https or node:http2');
}

/** The servers of a drain: one or several, each once. */
export const serversOf = (
  servers: DrainableServer | readonly DrainableServer[],
): readonly DrainableServer[] => {
  const list: readonly unknown[] = Array.isArray(servers) ? servers : [servers];
  const sound = new Set<DrainableServer>();
  for (const server of list) {
    assertServer(server);
    sound.add(server);
  }
  return [...sound];
};
