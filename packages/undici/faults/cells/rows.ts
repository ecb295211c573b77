import { APIS, type Api } from '../callers.ts';
import type { Cell, Expected, Versions } from '../cell.ts';
import { Client, type Plan, type Wish } from '../client.ts';

/** A fault, and what has to be seen of it through every API. */
export interface Row extends Expected {
  readonly fault: string;
  /** Where it differs for `pipeline`. What is sent twice elsewhere is sent once there in any case. */
  readonly pipeline?: Partial<Expected> | undefined;
  /** Where it differs on undici 7, and why is said there. */
  readonly undici7?: Partial<Expected> | undefined;
  /** Default: the five of the matrix. */
  readonly apis?: readonly Api[] | undefined;
  /** How the row is called; default: as the fault. */
  readonly title?: string | undefined;
  readonly plan?: Omit<Plan, 'fault' | 'api'> | undefined;
  /** One call each, after the one before is over and its connection idle. Default: one. */
  readonly calls?: readonly Wish[] | undefined;
  /** Cells that no such version can have. */
  readonly impossible?: ((api: Api, versions: Versions) => boolean) | undefined;
}

/** Either of them, as the same reset arrives on different versions of Node and moments of the socket. */
export const LOST = ['ECONNRESET', 'UND_ERR_SOCKET'];

/** Limits for an origin that hangs before its headers, whose two attempts the timeout ends … */
export const HANGS = { timeout: { timeoutMs: 400 }, deadline: { deadlineMs: 2_000 } };

/** … and after them, whose only attempt the deadline ends. */
export const HANGS_LATER = { timeout: { timeoutMs: 2_000 }, deadline: { deadlineMs: 2_000 } };

/** The same after a status. */
export const after = (status: number, codes: readonly string[]): readonly string[] =>
  codes.map((code) => `${status} then ${code}`);

/** Long enough for the origin to close what it closes once it is idle. */
const IDLE_MS = 80;

/** A body that is a stream cannot be sent again: of all attempts only the first one is made. */
const once = (expected: Expected): Expected =>
  expected.arrives === 2 && expected.records.length === 2
    ? { ...expected, arrives: 1, records: expected.records.charAt(0), wait: 'none' }
    : expected;

const expectedOf = (row: Row, api: Api, { undici }: Versions): Expected => {
  const { sees, records, arrives, wait, opensForMs, sockets } = row;
  const general = { sees, records, arrives, wait, opensForMs, sockets };
  const there = undici === 7 ? { ...general, ...row.undici7 } : general;
  const expected = api === 'pipeline' ? { ...once(there), ...row.pipeline } : there;
  // Each attempt is an outcome of its own.
  const retries = Math.max(0, expected.records.length - (row.calls?.length ?? 1));
  return { retries, ...expected };
};

const sleep = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

const cellOf = (row: Row, api: Api, versions: Versions): Cell => {
  const { fault, title = fault, plan, calls = [{}] } = row;
  const expected = expectedOf(row, api, versions);
  return {
    fault: title,
    api,
    expected,
    run: async (server) => {
      const label = title.replaceAll(/[^\w-]+/g, '-');
      const client = new Client(server, { ...plan, fault, api, label, sockets: expected.sockets });
      const seen: string[] = [];
      for (const wish of calls) {
        if (seen.length > 0) await sleep(IDLE_MS);
        seen.push(await client.call(wish));
      }
      return client.finish(seen.join(' | '));
    },
  };
};

/** A cell for each row and API that these versions can have. */
export const cellsOf = (rows: readonly Row[], versions: Versions): readonly Cell[] =>
  rows.flatMap((row) =>
    (row.apis ?? APIS)
      .filter((api) => row.impossible?.(api, versions) !== true)
      .map((api) => cellOf(row, api, versions)),
  );
