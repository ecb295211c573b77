import type { Figures } from '../../harness/suite.ts';
import type { LaneCall } from './beside.ts';

/** Sends one command and gives what it is answered. */
export type Info = (section: string) => Promise<string>;

/** Made one after another, so that each round trip is a reading of its own to the server. */
const CALLS = 500;

const READS = /^total_reads_processed:(\d+)/m;
const COMMAND = /^cmdstat_([a-z|_]+):calls=(\d+)/gm;
/** What a script calls stands in the statistics beside what a client calls: only the script is counted. */
const SCRIPT = /^(evalsha|eval|fcall)(_ro)?$/;
/** What asking for the statistics itself takes. */
const ASKING = 'info';

interface Traffic {
  readonly reads: number;
  readonly commands: ReadonlyMap<string, number>;
}

const trafficOf = async (info: Info): Promise<Traffic> => {
  const commands = Array.from(
    (await info('commandstats')).matchAll(COMMAND),
    ([, name = '', calls]): [string, number] => [name, Number(calls)],
  );
  const reads = Number(READS.exec(await info('stats'))?.[1]);
  return { reads, commands: new Map(commands) };
};

const commandsBetween = (before: Traffic, after: Traffic): number => {
  let scripts = 0;
  let all = 0;
  for (const [name, calls] of after.commands) {
    const since = calls - (before.commands.get(name) ?? 0);
    if (name === ASKING) continue;
    if (SCRIPT.test(name)) scripts += since;
    all += since;
  }
  return scripts > 0 ? scripts : all;
};

/** Commands and round trips of one call, by what the server counts. */
export const measureTraffic = async (info: Info, call: LaneCall): Promise<Figures> => {
  const before = await trafficOf(info);
  for (let i = 0; i < CALLS; i++) await call(i % 2);
  const after = await trafficOf(info);
  // The second of the two questions before, and the first of those after.
  const ownReads = 2;
  return {
    commands: commandsBetween(before, after) / CALLS,
    trips: (after.reads - before.reads - ownReads) / CALLS,
  };
};
