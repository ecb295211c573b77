import cluster from 'node:cluster';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClusterError, rescueConnections, supervise } from '@holdfast/cluster';
import { describe, expect, it } from 'vitest';
import { settingsOf } from '../../src/supervisor/settings.ts';
import { ask, freePort } from './support/ask.ts';
import { run } from './support/run.ts';

// What docs/cluster.md and docs/from-pm2.md show of how a cluster starts, and docs/scaling.md of what comes before.

const fixture = (name: string): URL => new URL(`fixtures/${name}`, import.meta.url);

describe('one process', () => {
  it('tells how busy its event loop is', async () => {
    const traffic = async (): Promise<void> => {
      await sleep(20);
      const busyUntil = performance.now() + 60;
      while (performance.now() < busyUntil);
      await sleep(20);
    };

    const delay = monitorEventLoopDelay({ resolution: 10 });
    delay.enable();
    const before = performance.eventLoopUtilization();
    await traffic(); // a minute of it, and real
    const { utilization } = performance.eventLoopUtilization(before);
    const p99Ms = delay.percentile(99) / 1e6;

    expect(utilization).toBeGreaterThan(0);
    expect(utilization).toBeLessThanOrEqual(1);
    expect(p99Ms).toBeGreaterThan(20);
  });
});

describe('the first cluster', { timeout: 20_000 }, () => {
  it('serves, replaces a worker, reloads at SIGHUP and leaves at SIGTERM with 0', async () => {
    const port = await freePort();
    const { child, exitCode, printed } = run('main.ts', {
      PORT: String(port),
      HOLDFAST_WORKERS: '1',
    });
    expect(await printed('workerReady')).toContain('"slot":0');
    expect(await ask(port)).toMatch(/^process \d+$/);
    child.kill('SIGHUP');
    expect(await printed('reloadCompleted')).toContain('"reason":"SIGHUP"');
    child.kill('SIGTERM');
    expect(await exitCode).toBe(0);
  });
});

describe('a cluster that cannot start', { timeout: 20_000 }, () => {
  const exitCodeOf = (error: unknown): number => {
    const worker = error instanceof ClusterError ? error.cause : undefined;
    return worker instanceof ClusterError && worker.worker?.exitCode === 78 ? 78 : 1;
  };

  it('says why', async () => {
    const error: unknown = await supervise({ exec: fixture('misconfigured.ts'), workers: 1 }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({
      code: 'HF_START_FAILED',
      message: expect.stringMatching(/no worker became ready: .* exited with code 78$/),
    });
    expect([exitCodeOf(error), exitCodeOf(new Error('other'))]).toEqual([78, 1]);
  });
});

describe('an ecosystem file of pm2', { timeout: 20_000 }, () => {
  it('is these options', async () => {
    const port = await freePort();
    process.env['PORT'] = String(port);

    const supervisor = await supervise({
      name: 'shop',
      exec: fixture('server.ts'),
      workers: 2,
      execArgv: ['--enable-source-maps'],
      env: { NODE_ENV: 'production' },
      ready: { timeoutMs: 10_000 },
      restart: {
        backoff: { baseMs: 100 },
        stableAfterMs: 30_000,
        budget: { restarts: 10, windowMs: 60_000 },
        fatalExitCodes: [78],
      },
      recycle: { rssBytes: 500 * 2 ** 20 },
      shutdown: { deadlineMs: 10_000 },
    });

    expect(await ask(port)).toMatch(/^process \d+$/);
    expect(await supervisor.stop()).toMatchObject({ clean: true, killed: 0 });
  });
});

describe('a cluster of node:cluster itself', { timeout: 20_000 }, () => {
  it('has its connections rescued, too', async () => {
    cluster.setupPrimary({ exec: fixture('server.ts').pathname });

    const worker = cluster.fork();
    rescueConnections(worker);

    await once(worker, 'listening');
    const exit = once(worker, 'exit');
    worker.kill();
    await exit;
    expect(worker.isDead()).toBe(true);
  });
});

describe('the unit of systemd and the image', () => {
  const page = (path: string): string => readFileSync(`docs/${path}`, 'utf8');
  const unit = page('deploy/holdfast-app.service');

  it('leave more time than the supervisor takes by default', () => {
    const { deadlineMs, killAfterMs } = settingsOf({ exec: 'main.js' }).shutdown;
    const seconds = [
      /^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1],
      /--stop-timeout (\d+)/.exec(page('deploy/Dockerfile'))?.[1],
    ];
    for (const each of seconds)
      expect(Number(each) * 1_000).toBeGreaterThanOrEqual(deadlineMs + killAfterMs + 2_000);
  });

  it('say what docs/from-pm2.md quotes', () => {
    const quoted =
      /```ini\n(?<lines>[\s\S]*?)```/.exec(page('from-pm2.md'))?.groups?.['lines'] ?? '';
    expect(unit.split('\n')).toEqual(expect.arrayContaining(quoted.trim().split('\n')));
    expect(quoted).toContain('KillMode=mixed');
  });
});
