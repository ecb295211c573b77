import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { READY, type FakeProcess, type Plan } from './support/fake-launcher.ts';
import { VirtualCluster } from './support/virtual-cluster.ts';

const MOST_SLOTS = 4;
const BUDGET = { restarts: 4, windowMs: 20_000 };

const VITALS = { requests: 1, inFlight: 0, rssBytes: 1, eventLoopUtilization: 0 };

const plan: fc.Arbitrary<Plan> = fc.oneof(
  fc.record({ kind: fc.constant('ready'), afterMs: fc.nat(200) } as const),
  fc.record({
    kind: fc.constant('crash'),
    afterMs: fc.nat(200),
    exitCode: fc.constantFrom(0, 1, 137),
  } as const),
  fc.record({
    kind: fc.constant('ready then crash'),
    afterMs: fc.nat(100),
    crashMs: fc.nat(3_000),
  } as const),
  fc.constant<Plan>({ kind: 'never' }),
);

const step = fc.oneof(
  fc.record({ do: fc.constant('wait'), ms: fc.constantFrom(1, 20, 500, 5_000) } as const),
  fc.record({
    do: fc.constantFrom('crash', 'leave', 'fail', 'block', 'unblock'),
    which: fc.nat(9),
  } as const),
  fc.record({
    do: fc.constant('scale'),
    workers: fc.integer({ min: 1, max: MOST_SLOTS }),
  } as const),
  fc.record({ do: fc.constantFrom('reload', 'stop', 'tell') } as const),
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const act = (process: FakeProcess, deed: string): void => {
  if (deed === 'crash') process.exit({ exitCode: 1, signal: null });
  if (deed === 'leave') process.leave('signal');
  if (deed === 'fail') process.leave('error');
  if (deed === 'block') process.block();
  if (deed === 'unblock') process.unblock();
};

const take = async (cluster: VirtualCluster, { do: deed, ...rest }: Step): Promise<void> => {
  const { supervisor, launcher } = cluster;
  if ('ms' in rest) await cluster.run(rest.ms, rest.ms > 100 ? 50 : 5);
  if ('workers' in rest) supervisor.scale(rest.workers).catch(() => undefined);
  if (deed === 'tell')
    for (const process of launcher.ready) process.tell({ holdfast: 'vitals', vitals: VITALS });
  if (deed === 'reload') supervisor.reload().catch(() => undefined);
  if (deed === 'stop') await cluster.until(supervisor.stop());
  if ('which' in rest) {
    const process = launcher.alive[rest.which % Math.max(1, launcher.alive.length)];
    if (process !== undefined) act(process, deed);
  }
};

/** How many restarts stood in one window at most, as an onlooker counts them. */
const mostInWindow = (times: readonly number[], windowMs: number): number =>
  Math.max(0, ...times.map((end) => times.filter((at) => at <= end && end - at < windowMs).length));

/** Without reloads and changes of size all but the first three are restarts. */
const restartsOf = (cluster: VirtualCluster, steps: readonly Step[]): readonly number[] =>
  steps.some(({ do: deed }) => deed === 'reload' || deed === 'scale' || deed === 'tell')
    ? []
    : cluster.launcher.processes.slice(3).map(({ startedAt }) => startedAt);

describe('a cluster to which anything happens', () => {
  it('never restarts more often than its budget allows, never has more than two workers to a slot, and always comes to rest', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 25 }),
        fc.array(plan, { minLength: 1, maxLength: 8 }),
        fc.nat(),
        fc.constantFrom(0, 300),
        async (steps, plans, seed, soakMs) => {
          const cluster = new VirtualCluster(
            {
              restart: { budget: BUDGET, stableAfterMs: 2_000 },
              ready: { timeoutMs: 1_000, soakMs },
              recycle: { ageMs: 8_000 },
            },
            seed,
          );
          await cluster.start(3);
          cluster.launcher.plan = (nth) => plans[nth % plans.length] ?? READY;
          for (const each of steps) {
            await take(cluster, each);
            const staying = cluster.launcher.alive.filter((process) => !process.isLeaving);
            expect(staying.length).toBeLessThanOrEqual(2 * MOST_SLOTS);
          }
          cluster.launcher.plan = () => READY;
          await cluster.run(2 * BUDGET.windowMs, 100);
          const { state, ready, workers } = cluster.supervisor.status();
          const restful =
            state === 'stopped' ? { state, ready: 0 } : { state: 'running', ready: workers };
          expect({ state, ready }).toStrictEqual(restful);
          expect(cluster.launcher.ready).toHaveLength(ready);
          expect(mostInWindow(restartsOf(cluster, steps), BUDGET.windowMs)).toBeLessThanOrEqual(
            BUDGET.restarts,
          );
          await cluster.until(cluster.supervisor.stop());
          expect(cluster.launcher.alive).toStrictEqual([]);
          expect(cluster.clock.pendingTimers).toBe(0);
        },
      ),
      { numRuns: 100 },
    );
  });
});
