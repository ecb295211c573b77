import type { Side } from '../../harness/suite.ts';
import type { Protocol } from '../server/servers.ts';
import type { Prepare } from './prepare.ts';

/** What a contestant has to know of a scenario. */
interface Part {
  readonly id: string;
  readonly protocol: Protocol;
}

/** A contestant, loaded only into the process of its own server. */
export interface Contestant {
  readonly name: string;
  readonly side: Side;
  /** Whether it has a part in a scenario; peers are made for requests of HTTP/1.1 alone. */
  readonly takesPart: (part: Part) => boolean;
  readonly load: () => Promise<Prepare>;
}

const always = (): boolean => true;

const peer = (name: string, load: Contestant['load']): Contestant => ({
  name,
  side: 'peer',
  takesPart: ({ protocol }) => protocol === 'http1',
  load,
});

const holdfast = async (): Promise<Prepare> => (await import('./holdfast.ts')).prepare;
const announcing = async (): Promise<Prepare> => (await import('./holdfast.ts')).prepareToAnnounce;

export const contestants: readonly Contestant[] = [
  {
    name: 'no handler',
    side: 'bare',
    takesPart: always,
    load: async () => (await import('./no-handler.ts')).prepare,
  },
  {
    name: 'server.close()',
    side: 'bare',
    takesPart: always,
    load: async () => (await import('./server-close.ts')).prepare,
  },
  peer('close() + Connection: close', async () => (await import('./connection-close.ts')).prepare),
  peer('terminus', async () => (await import('./terminus.ts')).prepare),
  peer('stoppable', async () => (await import('./stoppable.ts')).prepare),
  peer('http-terminator', async () => (await import('./http-terminator.ts')).prepare),
  peer('close-with-grace', async () => (await import('./close-with-grace.ts')).prepare),
  peer('lightship', async () => (await import('./lightship.ts')).prepare),
  { name: 'Holdfast drain()', side: 'holdfast', takesPart: always, load: holdfast },
  {
    name: 'Holdfast, announcing',
    side: 'holdfast',
    takesPart: ({ id }) => id === 'fresh',
    load: announcing,
  },
];

/** Finds a contestant by its whole name. */
export const contestantNamed = (name: string): Contestant => {
  const found = contestants.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no contestant ${name}`);
  return found;
};
