import { once } from 'node:events';
import { createServer } from 'node:net';
import type { ClusterMetrics } from '@holdfast/cluster';
import { afterEach, describe, expect, it } from 'vitest';
import { askOnce, startLoad } from './support/load.ts';
import { freePort, PrimaryProcess } from './support/primary-process.ts';

const started: PrimaryProcess[] = [];

const start = async (options?: object, port?: number): Promise<PrimaryProcess> => {
  const primary = await PrimaryProcess.start(options, port);
  started.push(primary);
  return primary;
};

const LISTENING =
  "data:text/javascript,import { createServer } from 'node:http'; createServer().listen(0)";

const requestsIn = ({ families }: ClusterMetrics): number =>
  families
    .filter(({ name }) => name === 'holdfast_worker_requests_total')
    .flatMap(({ values }) => values)
    .reduce((sum, { value }) => sum + value, 0);

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

afterEach(async () => {
  for (const primary of started.splice(0)) await primary[Symbol.asyncDispose]();
});

describe('a supervised server that knows nothing of it', { timeout: 30_000 }, () => {
  it('loses no request over reloads, a worker that is told to end and a change of size, and ends cleanly', async () => {
    const primary = await start();
    const before = await primary.status();
    const load = startLoad(primary.port);
    await primary.call('reload', 'deploy');
    await primary.call('scale', 3);
    await primary.call('scale', 2);
    const { members } = await primary.status();
    const [first] = members;
    process.kill(first?.pid ?? 0, 'SIGTERM');
    await primary.event('workerExited', ({ pid }) => pid === first?.pid);
    primary.signal('SIGHUP');
    await primary.event('reloadCompleted', ({ reason }) => reason === 'SIGHUP');
    const seen = await load.stop();
    // Those that are gone have told all that they had counted; the others tell once a second.
    const counted = async (): Promise<number> =>
      requestsIn((await primary.call('metrics')) as ClusterMetrics);
    await expect.poll(counted, { timeout: 20_000, interval: 100 }).toBe(seen.served);
    const after = await primary.status();
    // It sends itself SIGTERM, twice in one breath.
    primary.signal('SIGUSR2');
    expect(seen.failures).toStrictEqual([]);
    expect(seen.served).toBeGreaterThan(100);
    expect(seen.pids.size).toBeGreaterThanOrEqual(6);
    expect(after).toMatchObject({ state: 'running', ready: 2, generation: 3, restarts: 1 });
    await expect(primary.exit()).resolves.toStrictEqual({ code: 0, signal: null });
    expect([...before.members, ...after.members].filter(({ pid }) => isAlive(pid))).toStrictEqual(
      [],
    );
  });

  it('fails only what is in flight on a worker that is killed, and has another one', async () => {
    const primary = await start({ standby: 1 });
    const { members } = await primary.status();
    const load = startLoad(primary.port);
    process.kill(members[0]?.pid ?? 0, 'SIGKILL');
    await primary.event('workerReady', ({ slot }) => slot === 0);
    const seen = await load.stop();
    expect(seen.failures.length).toBeLessThanOrEqual(8);
    expect(
      seen.failures.filter((failure) => !/ECONNRESET|socket hang up/.test(failure)),
    ).toStrictEqual([]);
    await expect(primary.status()).resolves.toMatchObject({ ready: 2, restarts: 1 });
  });

  it.each([
    ['crashes', 'this build is broken'],
    ['never listens', 'was not ready within 2500 ms'],
    ['fails later', 'this build fails later'],
  ] as const)('keeps its old workers where the new build %s', async (kind, why) => {
    const timeoutMs = kind === 'never listens' ? 2_500 : 10_000;
    // A server that is none of the program's, as an exporter of metrics has one.
    const execArgv = kind === 'never listens' ? ['--import', LISTENING] : [];
    const primary = await start({ ready: { timeoutMs, soakMs: 500 }, execArgv });
    const before = await primary.status();
    const load = startLoad(primary.port);
    primary.build(kind);
    await expect(primary.call('reload')).rejects.toThrow(why);
    const seen = await load.stop();
    const after = await primary.status();
    const pidsOf = ({ members }: typeof before): readonly number[] =>
      members.filter(({ state }) => state === 'ready').map(({ pid }) => pid);
    expect(seen.failures).toStrictEqual([]);
    expect(pidsOf(after)).toStrictEqual(pidsOf(before));
    primary.build('good');
  });

  it('is one clear error where the port is in use', async () => {
    const port = await freePort();
    const other = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    const primary = await start({}, port);
    const { code } = await primary.exit();
    other.close();
    expect(code).toBe(1);
    expect(primary.output).toContain('HF_START_FAILED');
    expect(primary.output).toMatch(new RegExp(`EADDRINUSE|${port}`));
  });

  it('ends at once at the second Ctrl-C', async () => {
    const primary = await start();
    const { members } = await primary.status();
    const hanging = askOnce(primary.port, '/hang').catch((error: unknown) => String(error));
    await askOnce(primary.port);
    primary.signal('SIGINT');
    await primary.event('stopping');
    const exit = primary.exit();
    // What a slow machine delivers together counts as one.
    const again = setInterval(() => primary.signal('SIGINT'), 300);
    await expect(exit).resolves.toStrictEqual({ code: 1, signal: null });
    clearInterval(again);
    await hanging;
    expect(members.filter(({ pid }) => isAlive(pid))).toStrictEqual([]);
  });
});
