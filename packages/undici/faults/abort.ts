import { setTimeout as sleep } from 'node:timers/promises';
import { LONGEST_STAGE_MS, STAGES, type Heard, type Stage } from './abort-stages.ts';
import { APIS, type Api } from './callers.ts';
import { isWithoutHttp2, type Cell, type Expected, type Versions } from './cell.ts';
import { after } from './cells/rows.ts';
import { Client } from './client.ts';
import type { FaultServer } from './fault-server.ts';
import { within } from './within.ts';

// The caller gives up, at each stage of a call.

/** How the caller gives up. */
type Way = 'AbortController' | 'AbortSignal.timeout';

const WAYS: readonly Way[] = ['AbortController', 'AbortSignal.timeout'];

/** Long enough for every stage to be reached before; the stages are waited for. */
const TIMEOUT_MS = 500;

const signalOf = async (way: Way, { reached }: Stage): Promise<[AbortSignal, () => void]> => {
  if (way === 'AbortController') {
    const controller = new AbortController();
    if (reached === undefined) controller.abort();
    return [controller.signal, () => controller.abort()];
  }
  const signal = AbortSignal.timeout(reached === undefined ? 0 : TIMEOUT_MS);
  if (reached === undefined) await within(LONGEST_STAGE_MS, () => signal.aborted);
  return [signal, () => undefined];
};

const giveUp = async (client: Client, stage: Stage, way: Way): Promise<string> => {
  const [signal, abort] = await signalOf(way, stage);
  const heard: Heard = { headers: false, chunk: false };
  const call = client.call({
    signal,
    onHeaders: () => {
      heard.headers = true;
    },
    onChunk: () => {
      heard.chunk = true;
    },
  });
  const { reached } = stage;
  if (reached !== undefined) {
    const there = await within(LONGEST_STAGE_MS, () => reached(client, heard));
    if (!there || signal.aborted) client.complain('the stage was not reached in time');
    await sleep(10);
    abort();
  }
  return call;
};

/** The dispatcher serves whoever comes next. */
const checkNext = async (client: Client, server: FaultServer): Promise<void> => {
  const recorded = client.records;
  const url = `http://127.0.0.1:${server.ports.http}/200/next${client.path}`;
  const next = await client.call({}, url, 'request');
  if (next !== '200 said') client.complain(`the next call saw ${next}`);
  client.records = recorded;
};

/** Undici itself loses the reason of a signal that was aborted before a `stream` or `pipeline`. */
const errorsOf = ({ status, reached }: Stage, way: Way, api: Api): readonly string[] => {
  const name = way === 'AbortController' ? 'AbortError' : 'TimeoutError';
  if (status !== undefined) return after(status, [name]);
  const lost = reached === undefined && (api === 'stream' || api === 'pipeline');
  return [lost ? 'UND_ERR_ABORTED' : name];
};

const expectedOf = (stage: Stage, way: Way, api: Api): Expected => {
  const { arrives, records, sockets, plan: made } = stage;
  // A body that cannot be sent twice waits for no second attempt: the answer is the caller's at once.
  const unrepeatable = api === 'pipeline' && made.fault === '503';
  const [abort, timeout] = records;
  return {
    sees: unrepeatable ? ['503 said'] : errorsOf(stage, way, api),
    records: way === 'AbortController' ? abort : timeout,
    arrives,
    retries: made.fault === '503' && !unrepeatable ? 1 : 0,
    sockets,
  };
};

const cellOf = (stage: Stage, way: Way, api: Api, versions: Versions): Cell => ({
  fault: `abort: ${stage.stage}, ${way}`,
  api,
  expected: expectedOf(stage, way, api),
  run: async (server) => {
    const label = `${stage.stage}-${way}`.replaceAll(/\W+/g, '-');
    const allowH2 = !isWithoutHttp2(api, versions);
    const client = new Client(server, { ...stage.plan, api, label, sockets: stage.sockets });
    const undo = await stage.before?.(client, { server, allowH2 });
    const sees = await giveUp(client, stage, way);
    undo?.();
    if (stage.dead !== true) await checkNext(client, server);
    return client.finish(sees);
  },
});

/** The caller gives up at each stage of a call, in both ways, through each API. */
export const abortCells = (versions: Versions): readonly Cell[] =>
  STAGES.flatMap((stage) =>
    WAYS.flatMap((way) => APIS.map((api) => cellOf(stage, way, api, versions))),
  );
