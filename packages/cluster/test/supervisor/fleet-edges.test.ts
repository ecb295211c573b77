import { describe, expect, it, vi } from 'vitest';
import type { SupervisorEvent } from '@holdfast/cluster';
import { READY, type Plan } from './support/fake-launcher.ts';
import { messageOf } from './support/message-of.ts';
import { VirtualCluster } from './support/virtual-cluster.ts';

const FATAL: Plan = { kind: 'crash', afterMs: 10, exitCode: 78 };
const WORN = { requests: 1_000, inFlight: 0, rssBytes: 1, eventLoopUtilization: 0 };

describe('a stop', () => {
  const moments: readonly SupervisorEvent['type'][] = [
    'restartScheduled',
    'reloadStarted',
    'workerStarted',
    'workerLeaving',
  ];
  it.each(moments)('by whoever hears of %s ends all workers', async (moment) => {
    const cluster = new VirtualCluster();
    await cluster.start(2);
    let report: Promise<unknown> | undefined;
    cluster.supervisor.on(moment, () => {
      report ??= cluster.supervisor.stop();
    });
    if (moment === 'restartScheduled')
      cluster.launcher.processes[0]?.exit({ exitCode: 1, signal: null });
    else cluster.supervisor.reload().catch(() => undefined);
    await cluster.run(500);
    expect(cluster.launcher.alive).toStrictEqual([]);
    expect(report).toBeDefined();
    await report;
  });

  it('starts nobody for one who was to be replaced after a reload', async () => {
    const recycle = { requests: WORN.requests, jitter: 0 };
    const cluster = new VirtualCluster({ recycle, watchdog: { policy: 'report' } });
    await cluster.start(2);
    cluster.launcher.plan = (nth) => (nth === 3 ? { kind: 'never' } : READY);
    const reload = messageOf(cluster.supervisor.reload());
    const turn = (): Promise<unknown> => new Promise(setImmediate);
    await turn();
    const [, worn] = cluster.launcher.processes;
    worn?.tell({ holdfast: 'vitals', vitals: WORN });
    await turn();
    worn?.block();
    const stopped = cluster.supervisor.stop();
    // Whoever is killed is gone in a later turn, as with a system.
    await turn();
    await cluster.until(stopped);
    await expect(reload).resolves.toContain('was given up');
    expect(cluster.launcher.alive).toStrictEqual([]);
    expect(cluster.launcher.processes).toHaveLength(3);
  });

  it('in the turn in which the start is over leaves no standby', async () => {
    const cluster = new VirtualCluster({ standby: 1 });
    cluster.supervisor.on('workerReady', () => void cluster.supervisor.stop());
    const started = messageOf(cluster.supervisor.start(1));
    await cluster.run(500);
    await started;
    expect(cluster.launcher.alive).toStrictEqual([]);
  });

  it('before the start leaves nobody to be started', async () => {
    const cluster = new VirtualCluster();
    const report = await cluster.supervisor.stop();
    expect(report).toMatchObject({ clean: true, killed: 0 });
    const started = messageOf(cluster.supervisor.start(2));
    await expect(started).resolves.toContain('was stopped before it had started');
    expect(cluster.launcher.processes).toStrictEqual([]);
  });

  it('during the start lets those that serve end what they have begun', async () => {
    const cluster = new VirtualCluster();
    cluster.launcher.plan = (nth) => (nth === 1 ? READY : { kind: 'never' });
    const started = messageOf(cluster.supervisor.start(2));
    await cluster.run(20);
    const report = await cluster.until(cluster.supervisor.stop());
    expect(report).toMatchObject({ clean: true, killed: 0 });
    await expect(started).resolves.toContain('was stopped before it had started');
  });

  it('is clean also where a worker had to be killed long before', async () => {
    const cluster = new VirtualCluster();
    await cluster.start(1);
    cluster.launcher.processes[0]?.block();
    await cluster.run(100);
    expect(cluster.launcher.processes[0]?.isAlive).toBe(false);
    await expect(cluster.until(cluster.supervisor.stop())).resolves.toMatchObject({ clean: true });
  });
});

describe('a start', () => {
  it('is given up where no worker is ready in time', async () => {
    const cluster = new VirtualCluster({ ready: { timeoutMs: 1_000 } });
    cluster.launcher.plan = () => ({ kind: 'never' });
    const message = await messageOf(cluster.until(cluster.supervisor.start(2)));
    expect(message).toContain('was not ready within 1000 ms');
    expect(cluster.clock.now()).toBeLessThan(5_000);
  });

  it('is given up after five failures in a row, however slow they are', async () => {
    const cluster = new VirtualCluster();
    cluster.launcher.plan = () => ({ kind: 'crash', afterMs: 20_000, exitCode: 1 });
    const message = await messageOf(cluster.until(cluster.supervisor.start(1)));
    expect(message).toContain('exited with code 1');
    expect(cluster.launcher.processes).toHaveLength(5);
  });

  it('is given up where the only one that was ready ends for good', async () => {
    const cluster = new VirtualCluster({ restart: { fatalExitCodes: [1, 78] } });
    cluster.launcher.plan = (nth) =>
      nth === 1 ? { kind: 'ready then crash', afterMs: 5, crashMs: 1 } : FATAL;
    await expect(messageOf(cluster.until(cluster.supervisor.start(2)))).resolves.toContain(
      'exited with code',
    );
    expect(cluster.supervisor.status().state).toBe('stopped');
  });
});

describe('a slot that was given up', () => {
  const givenUp = async (): Promise<VirtualCluster> => {
    const cluster = new VirtualCluster();
    await cluster.start(2, (nth) => (nth === 2 ? FATAL : READY));
    return cluster;
  };

  it('stays so after a reload that failed', async () => {
    const cluster = await givenUp();
    cluster.launcher.plan = (nth) => (nth > 3 ? FATAL : READY);
    await messageOf(cluster.until(cluster.supervisor.reload()));
    await cluster.run(5_000);
    expect(cluster.supervisor.status()).toMatchObject({ state: 'degraded', ready: 1 });
    expect(cluster.launcher.processes).toHaveLength(4);
  });

  it('has a worker again after a reload that succeeds, or a change of size', async () => {
    const cluster = await givenUp();
    await cluster.until(cluster.supervisor.scale(2));
    await cluster.run(50);
    expect(cluster.supervisor.status()).toMatchObject({ state: 'running', ready: 2 });
  });
});

describe('standbys', () => {
  it('that leave are handed out to nobody', async () => {
    const cluster = new VirtualCluster({ standby: 1 });
    await cluster.start(1);
    await cluster.run(20);
    const [worker, spare] = cluster.launcher.processes;
    spare?.leave('signal');
    worker?.exit({ exitCode: 1, signal: null });
    await cluster.run(30);
    expect(spare?.received.some(({ holdfast }) => holdfast === 'activate')).toBe(false);
    expect(cluster.supervisor.status().ready).toBe(1);
  });

  it('of a program that exits with a fatal code are not started again', async () => {
    const cluster = new VirtualCluster({ standby: 1 });
    await cluster.start(1);
    cluster.launcher.processes[1]?.exit({ exitCode: 78, signal: null });
    await cluster.run(60_000, 100);
    expect(cluster.launcher.processes).toHaveLength(2);
  });

  it('that fail leave half of the budget to workers that have requests', async () => {
    const cluster = new VirtualCluster({ standby: 1, restart: { budget: { restarts: 4 } } });
    await cluster.start(1);
    for (let death = 0; death < 20; death++) {
      await cluster.run(2_000, 50);
      cluster.launcher.alive
        .find(({ launch }) => launch.slot === undefined)
        ?.exit({ exitCode: 1, signal: null });
    }
    expect(cluster.supervisor.status().restartsLeft).toBeGreaterThanOrEqual(2);
  });
});

describe('other edges', () => {
  it('a signal to the whole process group starts no other worker', async () => {
    const cluster = new VirtualCluster();
    await cluster.start(2);
    for (const process of cluster.launcher.alive) process.leave('signal');
    await cluster.run(5);
    await cluster.until(cluster.supervisor.stop());
    expect(cluster.launcher.processes).toHaveLength(2);
  });

  it('a worker that wants to go goes where nobody can take its place', async () => {
    const cluster = new VirtualCluster({ restart: { budget: { restarts: 0 } } });
    await cluster.start(2);
    cluster.launcher.processes[0]?.leave('asked');
    await cluster.run(200);
    expect(cluster.launcher.alive.map(({ id }) => id)).toStrictEqual([2]);
    expect(cluster.supervisor.status()).toMatchObject({ state: 'degraded', ready: 1 });
  });

  it('a worker that wants to go serves on while successors fail, and while a reload has another one start', async () => {
    const cluster = new VirtualCluster({ restart: { backoff: { jitter: 'none' } } });
    await cluster.start(1);
    const [first] = cluster.launcher.processes;
    cluster.launcher.plan = (nth) =>
      nth === 2 ? { kind: 'crash', afterMs: 10, exitCode: 1 } : READY;
    first?.leave('signal');
    await cluster.run(21);
    const reload = cluster.supervisor.reload();
    for (let step = 0; step < 40; step++) {
      await cluster.run(5);
      expect(cluster.launcher.ready.length).toBeGreaterThanOrEqual(1);
    }
    await cluster.until(reload);
    await cluster.run(200);
    expect(first?.isAlive).toBe(false);
    expect(cluster.supervisor.status()).toMatchObject({ state: 'running', ready: 1 });
  });

  it('a worker that has closed its channel is replaced at once', async () => {
    const cluster = new VirtualCluster();
    await cluster.start(1);
    cluster.launcher.processes[0]?.closeChannel();
    expect(cluster.launcher.processes).toHaveLength(2);
    await cluster.run(50);
    expect(cluster.supervisor.status().ready).toBe(1);
  });

  it('a worn worker of a slot that is no more is replaced by nobody', async () => {
    const cluster = new VirtualCluster({ recycle: { requests: 1_000, jitter: 0 } });
    await cluster.start(3);
    const scaled = cluster.supervisor.scale(2);
    cluster.launcher.processes[2]?.tell({ holdfast: 'vitals', vitals: WORN });
    await cluster.until(scaled);
    await cluster.run(500);
    expect(cluster.launcher.alive.map(({ id }) => id)).toStrictEqual([1, 2]);
  });

  it('an error at the start that ends with a fatal code is not tried again', async () => {
    const cluster = new VirtualCluster();
    cluster.launcher.plan = () => ({ kind: 'never' });
    const started = messageOf(cluster.supervisor.start(1));
    const [worker] = cluster.launcher.processes;
    worker?.tell({
      holdfast: 'leaving',
      reason: 'error',
      detail: 'Error: no configuration',
      isServing: false,
    });
    worker?.exit({ exitCode: 78, signal: null });
    await cluster.run(50);
    await expect(started).resolves.toContain('Error: no configuration');
    expect(cluster.launcher.processes).toHaveLength(1);
  });

  it('failures of a worker that was adopted are counted once', async () => {
    const cluster = new VirtualCluster();
    await cluster.start(1);
    cluster.launcher.plan = () => ({ kind: 'crash', afterMs: 100, exitCode: 1 });
    const reload = messageOf(cluster.until(cluster.supervisor.reload()));
    await cluster.run(20);
    cluster.launcher.processes[0]?.exit({ exitCode: 1, signal: null });
    cluster.launcher.plan = () => READY;
    await reload;
    await cluster.run(500);
    expect(cluster.typesOf('restartScheduled')).toMatchObject([{ failures: 1, delayMs: 0 }]);
    expect(cluster.supervisor.status()).toMatchObject({ state: 'running', ready: 1 });
  });

  it('a function of the user that throws changes nothing', async () => {
    const warnings = vi.spyOn(process, 'emitWarning').mockReturnValue();
    const broken = (): never => {
      throw new Error('broken');
    };
    const cluster = new VirtualCluster({ log: broken, onEvent: broken });
    cluster.supervisor.on('workerExited', broken);
    await cluster.start(1);
    cluster.launcher.processes[0]?.exit({ exitCode: 1, signal: null });
    await cluster.run(100);
    expect(cluster.supervisor.status().ready).toBe(1);
    const told = warnings.mock.calls.map(([warning]) => String(warning).split(':')[0]);
    expect(new Set(told)).toStrictEqual(new Set(['onEvent threw', 'log threw', 'listener threw']));
    warnings.mockRestore();
  });
});

describe('standbys', () => {
  it('cost a restart each where they fail', async () => {
    const budget = { restarts: 4, windowMs: 60_000 };
    const cluster = new VirtualCluster({ standby: 8, restart: { budget } });
    await cluster.start(1);
    await cluster.run(100);
    const started = cluster.launcher.processes.length;
    for (let turn = 0; turn < 100; turn++) {
      const standbys = cluster.launcher.alive.filter(({ launch }) => launch.slot === undefined);
      for (const each of standbys) each.exit({ exitCode: 1, signal: null });
      await cluster.run(500, 100);
    }
    const { restarts } = cluster.supervisor.status();
    expect(restarts).toBeLessThanOrEqual(budget.restarts);
    expect(cluster.launcher.processes.length - started).toBe(restarts);
  });

  it('have not failed where a reload dismisses them, and announce nothing', async () => {
    const cluster = new VirtualCluster({ standby: 2, shutdown: { announceMs: 5_000 } });
    await cluster.start(1);
    await cluster.run(100);
    const standbys = cluster.launcher.alive.filter(({ launch }) => launch.slot === undefined);
    await cluster.until(cluster.supervisor.reload());
    await cluster.run(100);
    for (const { received } of standbys)
      expect(received).toContainEqual(expect.objectContaining({ announce: false }));
    const spare = cluster.launcher.alive.find(({ launch }) => launch.slot === undefined);
    const { length } = cluster.launcher.processes;
    spare?.exit({ exitCode: 1, signal: null });
    await cluster.run(5);
    expect(cluster.launcher.processes).toHaveLength(length + 1);
  });

  it('are as old as their time in the slot', async () => {
    const cluster = new VirtualCluster({ standby: 1, recycle: { ageMs: 600_000, jitter: 0 } });
    await cluster.start(1);
    await cluster.run(600_000, 1_000);
    for (let turn = 0; turn < 5; turn++) {
      for (const each of cluster.launcher.ready) each.tell({ holdfast: 'vitals', vitals: WORN });
      await cluster.run(1_000, 20);
    }
    const left = cluster.events.filter(
      (event) => event.type === 'workerLeaving' && event.reason === 'recycle',
    );
    expect(left).toHaveLength(1);
  });
});

describe('a slot that was given up', () => {
  it('does not end the cluster while a reload brings it another worker', async () => {
    const cluster = new VirtualCluster();
    await cluster.start(2);
    cluster.launcher.processes[0]?.exit({ exitCode: 78, signal: null });
    await cluster.run(20);
    cluster.launcher.plan = () => ({ kind: 'ready', afterMs: 500 });
    const reload = cluster.supervisor.reload('the fix');
    await cluster.run(100);
    cluster.launcher.processes[1]?.exit({ exitCode: 78, signal: null });
    await expect(cluster.until(reload)).resolves.toMatchObject({ replaced: 2 });
    expect(cluster.supervisor.status()).toMatchObject({ state: 'running', ready: 2 });
  });

  it('is waited for by the scale that tries it again', async () => {
    const cluster = new VirtualCluster();
    await cluster.start(2);
    cluster.launcher.processes[0]?.exit({ exitCode: 78, signal: null });
    await cluster.run(20);
    cluster.launcher.plan = () => ({ kind: 'crash', afterMs: 500, exitCode: 78 });
    const failed = messageOf(cluster.until(cluster.supervisor.scale(2)));
    await expect(failed).resolves.toContain('exited with code 78');
  });
});

describe('a worker that wants to go', () => {
  it('and fails meanwhile has failed', async () => {
    const cluster = new VirtualCluster();
    await cluster.start(1);
    cluster.launcher.plan = () => ({ kind: 'ready', afterMs: 5_000 });
    const [worker] = cluster.launcher.processes;
    worker?.leave('signal');
    await cluster.run(10);
    worker?.leave('error');
    worker?.exit({ exitCode: 1, signal: null });
    await cluster.run(30);
    expect(cluster.typesOf('restartScheduled')).toMatchObject([{ cause: 'crash', failures: 1 }]);
  });

  it('has not made its slot fail where a reload takes over', async () => {
    const cluster = new VirtualCluster();
    await cluster.start(1);
    cluster.launcher.plan = () => ({ kind: 'ready', afterMs: 300 });
    cluster.launcher.processes[0]?.leave('signal');
    await cluster.run(50);
    await cluster.until(cluster.supervisor.reload());
    await cluster.run(400);
    cluster.launcher.ready[0]?.exit({ exitCode: 1, signal: null });
    await cluster.run(10);
    expect(cluster.typesOf('restartScheduled').at(-1)).toMatchObject({ failures: 1, delayMs: 0 });
  });
});

it('a worker that goes on while its replacement waits for the budget is no reason to say degraded', async () => {
  const cluster = new VirtualCluster({ restart: { budget: { restarts: 0 } } });
  await cluster.start(2);
  cluster.launcher.processes[0]?.block();
  await cluster.run(100);
  cluster.launcher.processes[0]?.unblock();
  expect(cluster.supervisor.status()).toMatchObject({ state: 'running', ready: 2 });
});
