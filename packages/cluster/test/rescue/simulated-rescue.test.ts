import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KEYS, SimulatedCluster, turn } from './support/simulated-cluster.ts';

const key = fc.constantFrom(...KEYS);
const who = fc.nat(5);

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('connect'), key }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constantFrom('work', 'read'), who }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('close'), who, key }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('dismiss'), who }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('die'), who, exitsFirst: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('fork') }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const script = fc.array(step, { maxLength: 40 });

const started = (): SimulatedCluster => {
  const cluster = new SimulatedCluster();
  cluster.fork();
  cluster.fork();
  return cluster;
};

const play = async (cluster: SimulatedCluster, next: Step, immortal?: number): Promise<void> => {
  if (next.type === 'fork') return cluster.fork();
  if (!('who' in next)) return cluster.connect(next.key);
  const at = next.who % cluster.workers.length;
  const worker = cluster.workers[at];
  if (worker === undefined || !worker.isAlive) return;
  if (next.type === 'work') return worker.readOne();
  if (next.type === 'read') return worker.child.readAll();
  if (at === immortal) return;
  if ('key' in next) return worker.closeServer(next.key);
  if ('exitsFirst' in next) return worker.die(next.exitsFirst);
  cluster.dismiss(worker);
};

const endAll = async ({ workers }: SimulatedCluster, immortal?: number): Promise<void> => {
  for (const [at, worker] of workers.entries())
    if (worker.isAlive && at !== immortal) await worker.die(at % 2 === 0);
};

describe('connections of a simulated cluster', () => {
  it('are each taken by one worker where one of them stays, whatever the others do', async () => {
    const staying = 1;
    await fc.assert(
      fc.asyncProperty(script, async (steps) => {
        const cluster = started();
        for (const next of steps) await play(cluster, next, staying);
        await endAll(cluster, staying);
        cluster.settle();
        expect(cluster.timesTaken()).toEqual(cluster.connections.map(() => 1));
        await endAll(cluster);
      }),
      { numRuns: 500 },
    );
  });

  it('are either taken by one worker or closed where all of them go: none waits for ever', async () => {
    await fc.assert(
      fc.asyncProperty(script, async (steps) => {
        const cluster = started();
        for (const next of steps) await play(cluster, next);
        await endAll(cluster);
        for (const { timesTaken, isClosed } of cluster.connections)
          expect(timesTaken + Number(isClosed)).toBe(1);
      }),
      { numRuns: 500 },
    );
  });

  it('stay with a worker that has left the cluster for as long as it lives', async () => {
    const cluster = started();
    const [leaving] = cluster.workers;
    cluster.connect('first');
    leaving?.child.reachEnd();
    await turn();
    cluster.settle();
    expect(cluster.timesTaken()).toEqual([0]);
    let rescuedAtExit;
    leaving?.worker.on('exit', () => (rescuedAtExit = leaving.rescue.rescued));
    leaving?.child.exit();
    expect(rescuedAtExit).toBe(1);
    cluster.settle();
    expect(cluster.timesTaken()).toEqual([1]);
    await endAll(cluster);
  });

  it('keep the worker where the channel only waits for it to be read', async () => {
    const cluster = started();
    const [leaving] = cluster.workers;
    let disconnects = 0;
    leaving?.worker.on('disconnect', () => disconnects++);
    cluster.connect('first');
    leaving?.child.disconnect();
    await turn();
    expect(disconnects).toBe(0);
    leaving?.child.reachEnd();
    await turn();
    expect(disconnects).toBe(1);
    await endAll(cluster);
  });
});
