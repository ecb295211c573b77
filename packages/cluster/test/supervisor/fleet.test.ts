import { describe, expect, it } from 'vitest';
import { READY, type Plan } from './support/fake-launcher.ts';
import { messageOf } from './support/message-of.ts';
import { VirtualCluster } from './support/virtual-cluster.ts';

const CRASH: Plan = { kind: 'crash', afterMs: 10, exitCode: 1 };

describe('a cluster that starts', () => {
  it('is running once every worker is ready', async () => {
    const cluster = new VirtualCluster();
    const started = cluster.supervisor.start(3);
    expect(cluster.supervisor.status()).toMatchObject({ state: 'starting', ready: 0, workers: 3 });
    await cluster.run(20);
    await started;
    expect(cluster.supervisor.status()).toMatchObject({ state: 'running', ready: 3 });
  });

  it('is given up with the reason once the restart budget is used up and none was ever ready', async () => {
    const cluster = new VirtualCluster({ restart: { budget: { restarts: 3 } } });
    cluster.launcher.plan = () => CRASH;
    const message = await messageOf(cluster.until(cluster.supervisor.start(2)));
    expect(message).toContain('could not be started');
    expect(message).toContain('exited with code 1');
    expect(cluster.launcher.processes).toHaveLength(5);
    expect(cluster.launcher.alive).toStrictEqual([]);
  });

  it('is given up at once where the port is in use', async () => {
    const cluster = new VirtualCluster();
    cluster.launcher.plan = () => ({ kind: 'port in use', afterMs: 10 });
    const message = await messageOf(cluster.until(cluster.supervisor.start(2)));
    expect(message).toContain('port 80 is in use');
    expect(cluster.launcher.processes).toHaveLength(2);
  });

  it('is given up where every worker exits with a fatal code', async () => {
    const cluster = new VirtualCluster();
    cluster.launcher.plan = () => ({ kind: 'crash', afterMs: 10, exitCode: 78 });
    const message = await messageOf(cluster.until(cluster.supervisor.start(2)));
    expect(message).toContain('exited with code 78');
    expect(cluster.launcher.processes).toHaveLength(2);
  });

  it('goes on without a slot whose worker exits with a fatal code, and says so', async () => {
    const cluster = new VirtualCluster();
    await cluster.start(2, (nth) =>
      nth === 2 ? { kind: 'crash', afterMs: 5, exitCode: 78 } : READY,
    );
    expect(cluster.supervisor.status()).toMatchObject({ state: 'degraded', ready: 1, workers: 2 });
    expect(cluster.typesOf('slotGivenUp')).toHaveLength(1);
  });

  it('ends a worker that is not ready in time, and says so', async () => {
    const cluster = new VirtualCluster({
      ready: { timeoutMs: 1_000 },
      restart: { budget: { restarts: 0 } },
    });
    cluster.launcher.plan = () => ({ kind: 'never' });
    const message = await messageOf(cluster.until(cluster.supervisor.start(1)));
    expect(message).toContain('was not ready within 1000 ms');
    expect(cluster.launcher.alive).toStrictEqual([]);
  });
});

describe('a worker that dies', () => {
  it('is replaced in the same turn the first time, and after a growing delay from then on', async () => {
    const cluster = new VirtualCluster({ restart: { backoff: { jitter: 'none' } } });
    await cluster.start(1, (nth) =>
      nth < 4 ? { kind: 'ready then crash', afterMs: 10, crashMs: 100 } : READY,
    );
    await cluster.run(2_000);
    const delays = cluster
      .typesOf('restartScheduled')
      .map((event) => 'delayMs' in event && event.delayMs);
    expect(delays).toStrictEqual([0, 100, 200]);
    expect(cluster.supervisor.status()).toMatchObject({ state: 'running', ready: 1, restarts: 3 });
  });

  it('is the first to fail again after one that was ready for long', async () => {
    const cluster = new VirtualCluster({
      restart: { stableAfterMs: 1_000, backoff: { jitter: 'none' } },
    });
    await cluster.start(1);
    for (let round = 0; round < 3; round++) {
      await cluster.run(1_100);
      cluster.launcher.ready[0]?.exit({ exitCode: null, signal: 'SIGKILL' });
    }
    await cluster.run(50);
    const delays = cluster
      .typesOf('restartScheduled')
      .map((event) => 'delayMs' in event && event.delayMs);
    expect(delays).toStrictEqual([0, 0, 0]);
  });

  it('waits for the budget where that is used up, loudly, and is replaced then', async () => {
    const cluster = new VirtualCluster({
      restart: { budget: { restarts: 2, windowMs: 10_000 }, backoff: { baseMs: 0 } },
    });
    await cluster.start(2, (nth) =>
      nth === 1 || nth > 4 ? READY : { kind: 'ready then crash', afterMs: 5, crashMs: 100 },
    );
    await cluster.run(1_000);
    expect(cluster.supervisor.status()).toMatchObject({
      state: 'degraded',
      ready: 1,
      restartsLeft: 0,
    });
    expect(cluster.typesOf('budgetExhausted')).toHaveLength(1);
    await cluster.run(10_000);
    expect(cluster.supervisor.status()).toMatchObject({ state: 'running', ready: 2 });
  });

  it('is replaced by a standby, and another standby is started', async () => {
    const cluster = new VirtualCluster({ standby: 1 });
    await cluster.start(2);
    const spare = cluster.launcher.processes[2];
    cluster.launcher.ready[0]?.exit({ exitCode: 1, signal: null });
    await cluster.run(20);
    expect(spare?.received).toStrictEqual([{ holdfast: 'activate', slot: 0 }]);
    expect(cluster.supervisor.status()).toMatchObject({ ready: 2, standby: 1 });
    expect(cluster.launcher.processes).toHaveLength(4);
  });

  it('is replaced before it has gone where it says that it leaves', async () => {
    const cluster = new VirtualCluster();
    await cluster.start(2);
    const [first] = cluster.launcher.processes;
    first?.leave('signal');
    await cluster.run(25);
    expect(cluster.launcher.ready).toHaveLength(2);
    expect(first?.isDraining).toBe(false);
    expect(cluster.launcher.alive).toHaveLength(3);
    await cluster.run(200);
    expect(cluster.launcher.alive.map(({ id }) => id)).toStrictEqual([2, 3]);
    expect(cluster.typesOf('workerExited')).toMatchObject([{ clean: true, slot: 0 }]);
  });

  it('is killed where it is not gone a while after its deadline', async () => {
    const cluster = new VirtualCluster({ shutdown: { deadlineMs: 1_000, killAfterMs: 500 } });
    await cluster.start(1);
    const [worker] = cluster.launcher.processes;
    if (worker !== undefined) worker.drainMs = Infinity;
    const report = await cluster.until(cluster.supervisor.stop());
    expect(report).toMatchObject({ clean: false, killed: 1 });
    expect(report.tookMs).toBeGreaterThanOrEqual(1_500);
    expect(cluster.supervisor.status().state).toBe('stopped');
  });
});

describe('a reload', () => {
  it('replaces one worker after the other, the new one before the old', async () => {
    const cluster = new VirtualCluster();
    await cluster.start(3);
    const reload = cluster.supervisor.reload('deploy');
    let most = 0;
    let least = Infinity;
    const watch = async (): Promise<void> => {
      while (cluster.supervisor.status().state === 'reloading') {
        most = Math.max(most, cluster.launcher.alive.length);
        least = Math.min(least, cluster.launcher.ready.length);
        await cluster.run(1, 1);
      }
    };
    await cluster.run(1, 1);
    await watch();
    await expect(reload).resolves.toMatchObject({ generation: 2, replaced: 3 });
    expect({ most, least }).toStrictEqual({ most: 4, least: 3 });
    expect(cluster.launcher.alive.map(({ launch }) => launch.generation)).toStrictEqual([2, 2, 2]);
  });

  const broken: readonly (readonly [string, Plan, string])[] = [
    ['crashes at its start', CRASH, 'exited with code 1'],
    ['never becomes ready', { kind: 'never' }, 'was not ready within 30000 ms'],
    [
      'crashes after it was ready',
      { kind: 'ready then crash', afterMs: 10, crashMs: 200 },
      'exited with code 1',
    ],
  ];
  it.each(broken)(
    'is given up where the new program %s, and the old workers are left alone',
    async (_title, plan, why) => {
      const cluster = new VirtualCluster({ ready: { soakMs: 1_000 } });
      await cluster.start(2);
      cluster.launcher.plan = () => plan;
      const message = await messageOf(cluster.until(cluster.supervisor.reload()));
      expect(message).toContain('0 of 2 workers were replaced');
      expect(message).toContain(why);
      await cluster.run(20_000, 100);
      expect(
        cluster.launcher.alive.map(({ id, isDraining }) => ({ id, isDraining })),
      ).toStrictEqual([
        { id: 1, isDraining: false },
        { id: 2, isDraining: false },
      ]);
      expect(cluster.supervisor.status()).toMatchObject({
        state: 'running',
        ready: 2,
        restarts: 0,
      });
    },
  );

  it('runs once more for all who asked while one was under way', async () => {
    const cluster = new VirtualCluster();
    await cluster.start(1);
    const first = cluster.supervisor.reload('first');
    await cluster.run(5);
    const second = cluster.supervisor.reload('second');
    const third = cluster.supervisor.reload('third');
    const reports = await cluster.until(Promise.all([first, second, third]));
    expect(reports.map(({ generation }) => generation)).toStrictEqual([2, 3, 3]);
    expect(cluster.launcher.processes).toHaveLength(3);
  });

  it('is given up by a stop', async () => {
    const cluster = new VirtualCluster();
    await cluster.start(2);
    const message = messageOf(cluster.supervisor.reload());
    await cluster.run(5);
    await cluster.until(cluster.supervisor.stop());
    await expect(message).resolves.toContain('has been stopped');
    expect(cluster.launcher.alive).toStrictEqual([]);
  });

  it('takes standbys of the old program for nobody', async () => {
    const cluster = new VirtualCluster({ standby: 1 });
    await cluster.start(2);
    await cluster.until(cluster.supervisor.reload());
    await cluster.run(200);
    expect(cluster.launcher.alive.map(({ launch }) => launch.generation)).toStrictEqual([2, 2, 2]);
    expect(cluster.supervisor.status()).toMatchObject({ standby: 1, ready: 2 });
  });
});

describe('a change of size', () => {
  it('adds workers, and lets the last ones go', async () => {
    const cluster = new VirtualCluster();
    await cluster.start(2);
    await cluster.until(cluster.supervisor.scale(4));
    expect(cluster.supervisor.status()).toMatchObject({ workers: 4, ready: 4 });
    await cluster.until(cluster.supervisor.scale(1));
    expect(cluster.launcher.alive.map(({ id }) => id)).toStrictEqual([1]);
    expect(cluster.supervisor.status()).toMatchObject({ workers: 1, ready: 1, restarts: 0 });
  });

  it('changes nothing where the new workers fail', async () => {
    const cluster = new VirtualCluster();
    await cluster.start(1);
    cluster.launcher.plan = () => CRASH;
    await expect(messageOf(cluster.until(cluster.supervisor.scale(2)))).resolves.toContain(
      'slot 1',
    );
    await cluster.run(2_000);
    expect(cluster.supervisor.status()).toMatchObject({ state: 'running', workers: 1, ready: 1 });
    expect(cluster.launcher.alive).toHaveLength(1);
  });
});

describe('a blocked worker', () => {
  it('is killed once another is ready', async () => {
    const cluster = new VirtualCluster();
    await cluster.start(2);
    cluster.launcher.processes[0]?.block();
    expect(cluster.launcher.processes[0]?.isAlive).toBe(true);
    await cluster.run(50);
    expect(cluster.launcher.alive.map(({ id }) => id)).toStrictEqual([2, 3]);
    expect(cluster.supervisor.status()).toMatchObject({ ready: 2, restarts: 1 });
  });

  it('is let go politely where it has come to itself meanwhile', async () => {
    const cluster = new VirtualCluster();
    await cluster.start(1);
    cluster.launcher.processes[0]?.block();
    cluster.launcher.processes[0]?.unblock();
    await cluster.run(200);
    expect(cluster.launcher.processes[0]?.isDraining).toBe(true);
    expect(cluster.launcher.alive.map(({ id }) => id)).toStrictEqual([2]);
  });

  it('is replaced one at a time, and each within the budget', async () => {
    const cluster = new VirtualCluster({ restart: { budget: { restarts: 2, windowMs: 10_000 } } });
    await cluster.start(3);
    for (const process of cluster.launcher.processes.slice(0, 3)) process.block();
    expect(cluster.launcher.processes).toHaveLength(4);
    await cluster.run(1_000);
    expect(cluster.launcher.processes).toHaveLength(5);
    expect(cluster.typesOf('budgetExhausted')).toHaveLength(1);
    await cluster.run(10_000, 20);
    expect(cluster.launcher.alive.map(({ id }) => id)).toStrictEqual([4, 5, 6]);
  });

  it('is ended where its successor fails, which is a failure of its slot', async () => {
    const cluster = new VirtualCluster();
    await cluster.start(1);
    cluster.launcher.plan = (nth) => (nth === 2 ? CRASH : READY);
    cluster.launcher.processes[0]?.block();
    await cluster.run(1_000);
    expect(cluster.launcher.alive.map(({ id }) => id)).toStrictEqual([3]);
    expect(cluster.typesOf('restartScheduled')).toMatchObject([
      { cause: 'blocked', failures: 0 },
      { cause: 'crash', failures: 1 },
    ]);
  });

  it('that is gone leaves the slot waiting for the budget, as it waited itself', async () => {
    const cluster = new VirtualCluster({ restart: { budget: { restarts: 0, windowMs: 60_000 } } });
    await cluster.start(2);
    cluster.launcher.processes[0]?.block();
    await cluster.run(30_000, 100);
    cluster.launcher.processes[0]?.exit({ exitCode: 1, signal: null });
    await cluster.run(35_000, 100);
    expect(cluster.supervisor.status()).toMatchObject({ state: 'degraded', ready: 1 });
  });

  it('is only told of where that is asked for', async () => {
    const cluster = new VirtualCluster({ watchdog: { policy: 'report' } });
    await cluster.start(1);
    cluster.launcher.processes[0]?.block();
    await cluster.run(1_000);
    expect(cluster.launcher.processes).toHaveLength(1);
    expect(cluster.typesOf('workerBlocked')).toMatchObject([{ stack: 'at spin', slot: 0 }]);
  });
});

describe('a worn worker', () => {
  it('is replaced as in a reload, one at a time', async () => {
    const cluster = new VirtualCluster({ recycle: { requests: 1_000, jitter: 0 } });
    await cluster.start(2);
    const vitals = { requests: 1_000, inFlight: 0, rssBytes: 1, eventLoopUtilization: 0 };
    for (const process of cluster.launcher.processes.slice(0, 2)) {
      process.tell({ holdfast: 'vitals', vitals: { ...vitals, requests: 999 } });
      process.tell({ holdfast: 'vitals', vitals });
      process.tell({ holdfast: 'vitals', vitals });
    }
    await cluster.run(15);
    expect(cluster.launcher.processes).toHaveLength(3);
    await cluster.run(500);
    expect(cluster.launcher.alive.map(({ id }) => id)).toStrictEqual([3, 4]);
    expect(cluster.supervisor.status()).toMatchObject({ ready: 2, restarts: 0 });
  });
});

describe('requests to workers', () => {
  it('are answered, refused, or rejected as the worker goes or stays silent', async () => {
    const cluster = new VirtualCluster();
    await cluster.start(1);
    const [worker] = cluster.launcher.processes;
    const { supervisor } = cluster;
    const answered = supervisor.request(0, 'sum', [1, 2]);
    const failed = messageOf(supervisor.request(0, 'sum'));
    const silent = messageOf(cluster.until(supervisor.request(0, 'sum', null, { timeoutMs: 100 })));
    const asked = worker?.received.flatMap((each) =>
      each.holdfast === 'request' ? [each.id] : [],
    );
    worker?.tell({ holdfast: 'answer', id: asked?.[0] ?? 0, value: 3 });
    worker?.tell({ holdfast: 'failure', id: asked?.[1] ?? 0, detail: 'no handler' });
    await expect(answered).resolves.toBe(3);
    await expect(failed).resolves.toContain('no handler');
    await expect(silent).resolves.toContain('did not answer within 100 ms');
    const gone = messageOf(supervisor.request(0, 'sum'));
    worker?.exit({ exitCode: 1, signal: null });
    await expect(gone).resolves.toContain('left before it answered');
    await expect(messageOf(supervisor.request(0, 'holdfast:metrics'))).resolves.toContain('own');
    await expect(messageOf(supervisor.request(7, 'sum'))).resolves.toContain('slot 7');
  });

  it('are answered by nobody but the worker that was asked', async () => {
    const cluster = new VirtualCluster();
    await cluster.start(2);
    const [first, second] = cluster.launcher.processes;
    const answer = cluster.supervisor.request(0, 'sum');
    second?.tell({ holdfast: 'answer', id: 1, value: 'forged' });
    first?.tell({ holdfast: 'answer', id: 1, value: 'true' });
    await expect(answer).resolves.toBe('true');
  });
});
