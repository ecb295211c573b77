import type { FaultServer } from './fault-server.ts';

/** What one cell of the matrix saw. */
export interface Observation {
  /** What the caller of each call got: `200 paid`, an error's code, or `200 then` and the code. */
  readonly sees: string;
  /** What the circuit recorded, in order: S(uccess), F(ailure), I(gnored). */
  readonly records: string;
  /** Requests that the server saw. */
  readonly arrives: number;
  /** Further attempts that were made or waited for. */
  readonly retries: number;
  /** How long the second request waited for the first one's answer to be over. */
  readonly wait: Wait;
  /** How long the circuit opened for, in milliseconds; undefined when it stayed closed. */
  readonly opensForMs: number | undefined;
  /** Permits and places in queues that are taken when all is over. */
  readonly permits: number;
  /** Connections that the server still had then, and after the agent had closed. */
  readonly sockets: number;
  readonly left: number;
  /** Listeners on the caller's signal. */
  readonly listeners: number;
  /** What went wrong around the call. */
  readonly trouble: string;
}

export type Wait = 'none' | 'at once' | 'after 1 s' | 'other';

/** What has to be seen. Permits, sockets left, listeners and trouble are always to be none. */
export interface Expected {
  /** Any one of these. */
  readonly sees: readonly string[];
  readonly records: string;
  readonly arrives: number;
  /** Default: none. */
  readonly retries?: number | undefined;
  /** Default: not looked at. */
  readonly wait?: Wait | undefined;
  /** Default: none, the circuit stays closed. */
  readonly opensForMs?: number | undefined;
  /** At most as many, before the agent is closed. Default 1. */
  readonly sockets?: number | undefined;
}

/** What a run is on. */
export interface Versions {
  /** Major and minor: 22.19. */
  readonly node: string;
  /** Major: 7 or 8. */
  readonly undici: number;
}

/** The fetch of an older Node has handlers that know no HTTP/2; undici 8 then leaves it out. */
export const isWithoutHttp2 = (api: string, { node, undici }: Versions): boolean =>
  api === 'global fetch' && undici === 8 && Number.parseFloat(node) < 26;

export interface Cell {
  readonly fault: string;
  readonly api: string;
  readonly expected: Expected;
  run(server: FaultServer): Promise<Observation>;
}

/** Names what differs between what was seen and what is documented; empty when nothing does. */
export const differences = (seen: Observation, expected: Expected): readonly string[] => {
  const { sees, wait, retries = 0, sockets = 1 } = expected;
  const wrong: string[] = [];
  const compare = (what: string, is: unknown, wanted: unknown): void => {
    if (is !== wanted) wrong.push(`${what} ${String(is)}, not ${String(wanted)}`);
  };
  if (!sees.includes(seen.sees)) wrong.push(`saw "${seen.sees}", not "${sees.join('" or "')}"`);
  compare('recorded', seen.records, expected.records);
  compare('requests', seen.arrives, expected.arrives);
  compare('retries', seen.retries, retries);
  if (wait !== undefined) compare('second request', seen.wait, wait);
  compare('opened for', seen.opensForMs, expected.opensForMs);
  compare('permits in flight', seen.permits, 0);
  if (seen.sockets > sockets) wrong.push(`sockets ${seen.sockets}, at most ${sockets}`);
  compare('sockets left', seen.left, 0);
  compare('listeners left', seen.listeners, 0);
  if (seen.trouble !== '') wrong.push(seen.trouble);
  return wrong;
};
