import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ClusterError,
  controlClient,
  prometheusText,
  supervise,
  type Supervisor,
  type SupervisorEvents,
} from '@holdfast/cluster';
import client from 'prom-client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ask, freePort } from './support/ask.ts';
import { run } from './support/run.ts';

// What docs/cluster.md shows, with one supervisor for most of it.

const folder = mkdtempSync(join(tmpdir(), 'holdfast-docs-'));
const controlPath = join(folder, 'control.sock');
const logged: string[] = [];
const log = {
  info: (text: string): unknown => logged.push(text),
  error: (text: string): unknown => logged.push(text),
};

let supervisor: Supervisor;
let port: number;

beforeAll(async () => {
  port = await freePort();
  const env = { PORT: String(port) };

  supervisor = await supervise({
    exec: new URL('fixtures/shop.ts', import.meta.url),
    env,
    name: 'shop',
    workers: 2,
    ready: { on: 'told', timeoutMs: 10_000, soakMs: 50 },
    restart: { budget: { restarts: 5, windowMs: 60_000 } },
    shutdown: { lingerMs: 500, deadlineMs: 8_000 },
    watchdog: { blockedAfterMs: 400 },
    controlPath,
  });
});

afterAll(async () => {
  await supervisor.stop();
  rmSync(folder, { recursive: true });
});

const next = <Name extends keyof SupervisorEvents>(name: Name): Promise<SupervisorEvents[Name]> =>
  new Promise((resolve) => {
    const listening = supervisor.on(name, (event) => {
      listening[Symbol.dispose]();
      resolve(event);
    });
  });

describe('a cluster', { timeout: 20_000 }, () => {
  it('tells how it is', () => {
    const { state, ready, workers, restartsLeft, members } = supervisor.status();
    log.info(`${state}: ${ready} of ${workers} ready, ${restartsLeft} restarts left`);
    for (const member of members)
      log.info(`slot ${member.slot ?? '-'}, pid ${member.pid}: ${member.state}`);

    expect(logged[0]).toBe('running: 2 of 2 ready, 5 restarts left');
    expect(logged[1]).toMatch(/^slot 0, pid \d+: ready$/);
  });

  it('sends to its workers, and asks one', async () => {
    supervisor.broadcast('prices', [
      ['tea', 3],
      ['coffee', 4],
    ]);
    const price = await supervisor.request(0, 'price-of', 'tea', { timeoutMs: 1_000 });

    expect(price).toBe(3);
  });

  it('has one limit for all its workers', async () => {
    const answers: string[] = [];
    for (let left = 4; left > 0; left--) answers.push(await ask(port, '/search'));
    expect(answers).toEqual(['found', 'found', 'found', 'refused']);
  });

  it('counts for all its workers, and answers probes', async () => {
    await ask(port, '/orders');
    await ask(port, '/orders');
    expect(await ask(port, '/readyz')).toBe('{"status":"pass"}');

    const metrics = await supervisor.metrics();
    const text = await prometheusText(metrics, client);

    expect(text).toMatch(/^shop_orders_total 2$/m);
    expect(text).toMatch(/^holdfast_cluster_workers_ready\{cluster="shop"\} 2$/m);
  });

  it('replaces a worker that stands still, and tells where', async () => {
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);

    supervisor.on('workerBlocked', ({ slot, blockedMs, stack = 'in native code' }) => {
      log.error(`slot ${slot} has stood still for ${blockedMs} ms\n${stack}`);
    });

    const ready = next('workerReady');
    const answer = ask(port, '/block').catch(() => 'failed');
    await ready;
    expect(await answer).toBe('failed');
    expect(logged.at(-1)).toMatch(/stood still for \d+ ms\n\s+at block \(.*shop\.ts:\d+/);
    expect(written.mock.calls.map(([text]) => String(text)).join('')).toMatch(
      /^\[\d\] \[holdfast\] process \d+ \(slot \d\): the event loop has stood still for \d+ ms \(in JavaScript\):\n/m,
    );
    written.mockRestore();
  });

  it('replaces a worker that does not trust itself', async () => {
    const leaving = next('workerLeaving');
    const ready = next('workerReady');
    expect(await ask(port, '/count')).toBe('leaving');
    expect(await leaving).toMatchObject({ reason: 'asked', detail: 'the stock does not add up' });
    await ready;
  });

  it('is told what to do from elsewhere', async () => {
    const control = await controlClient(controlPath);
    try {
      await control.scale(1);
      const { workers, generation } = await control.status();
      log.info(`${workers} worker of generation ${generation}`);
    } finally {
      await control[Symbol.asyncDispose]();
    }

    expect(logged.at(-1)).toBe('1 worker of generation 1');
    const { exitCode } = run('reload.ts', {}, controlPath, 'release 41');
    expect(await exitCode).toBe(0);
    expect(supervisor.status()).toMatchObject({ generation: 2, ready: 1 });
  });

  it('reloads, or says why not', async () => {
    try {
      const { generation, replaced, tookMs } = await supervisor.reload('release 42');
      log.info(`generation ${generation}: ${replaced} workers in ${Math.round(tookMs)} ms`);
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      log.error(error.message); // reload "release 42" was given up, 0 of 2 workers were replaced: …
    }

    expect(logged.at(-1)).toMatch(/^generation 3: 1 workers in/);
  });
});
