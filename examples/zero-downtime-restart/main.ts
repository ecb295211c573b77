import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { supervise, type SupervisorEvent } from '@holdfast/cluster';
import { exitCodeOf, printed, type Story } from '../inbound-tour/story.ts';
import type { Sight, Sights } from './load.ts';

// A plain server in two workers, under load: three reloads, and one worker that is told to go. Nobody notices.

const WORKERS = 2;
const RELOADS = 3;
const LONGEST_MS = 60_000;

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
};

/** Clients in a process of their own; the function that is given ends them, and tells what they saw. */
const startLoad = (port: number): (() => Promise<Sights>) => {
  const load = fork(new URL('load.ts', import.meta.url), [String(port)]);
  return async () => {
    const sights = once(load, 'message', { signal: AbortSignal.timeout(5_000) });
    load.send('enough');
    const [seen]: unknown[] = await sights;
    // It is our own program.
    return seen as Sights;
  };
};

/** As an operator does it, past the supervisor. Resolves once it is gone and another is in its place. */
const sendAway = async (pid: number, events: AsyncIterable<SupervisorEvent>): Promise<void> => {
  const awaited = new Set(['workerExited', 'workerReady']);
  process.kill(pid, 'SIGTERM');
  for await (const { type } of events) {
    awaited.delete(type);
    if (awaited.size === 0) return;
  }
};

const row = (cells: readonly (string | number)[]): string =>
  cells
    .map((cell, at) => (at === 0 ? String(cell).padEnd(24) : String(cell).padStart(10)))
    .join('');

const rowOf = (name: string, { requests, failed, slowestMs, answeredBy }: Sight): string =>
  row([name, requests, failed, `${Math.round(slowestMs)} ms`, answeredBy.length]);

const storyOf = ({ keepAlive, oneEach }: Sights, isClean: boolean): Story => {
  const workers = new Set([...keepAlive.answeredBy, ...oneEach.answeredBy]);
  return {
    title: `${RELOADS} reloads and a SIGTERM, under load`,
    lines: [
      row(['clients', 'requests', 'failed', 'slowest', 'workers']),
      rowOf('with keep-alive', keepAlive),
      rowOf('one connection each', oneEach),
      ...new Set([...keepAlive.errors, ...oneEach.errors]),
    ],
    claims: [
      { text: 'no request failed', holds: keepAlive.failed + oneEach.failed === 0 },
      {
        text: 'every worker was replaced at each reload, and the one that was told to go once more',
        holds: workers.size === WORKERS * (RELOADS + 1) + 1,
      },
      { text: 'every worker left by itself at the end', holds: isClean },
    ],
  };
};

setTimeout(() => process.exit(1), LONGEST_MS).unref();

const port = await freePort();
const supervisor = await supervise({
  exec: new URL('server.ts', import.meta.url),
  workers: WORKERS,
  env: { PORT: String(port) },
});
const endLoad = startLoad(port);
await sleep(500);
for (let build = 1; build <= RELOADS; build++) {
  const { replaced, tookMs } = await supervisor.reload(`build ${build}`);
  console.log(`build ${build}: ${replaced} workers replaced in ${Math.round(tookMs)} ms`);
}
const [member] = supervisor.status().members;
if (member !== undefined) await sendAway(member.pid, supervisor.events());
await sleep(500);
const sights = await endLoad();
const { clean } = await supervisor.stop();
const story = storyOf(sights, clean);
console.log(printed(story));
process.exitCode = exitCodeOf([story]);
