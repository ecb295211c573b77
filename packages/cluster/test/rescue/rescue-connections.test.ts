import type { Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { ask, Fleet, kill, type Outcome } from './support/fleet.ts';

/** Far more than an answer takes, however busy the machine. */
const PATIENCE_MS = 10_000;

let requests = 0;

const askBoth = (
  fleet: Fleet,
  times: number,
  patience = AbortSignal.timeout(PATIENCE_MS),
): Promise<Outcome>[] =>
  Array.from({ length: times }, () => fleet.ports)
    .flat()
    .map((port) => ask(port, { id: `/${++requests}`, patience }));

/** Stands still with a connection of each server on its way to it, and dies. */
const freezeAndKill = async (
  fleet: Fleet,
  worker: Worker,
  patience?: AbortSignal,
): Promise<readonly Promise<Outcome>[]> => {
  worker.process.kill('SIGSTOP');
  const outcomes = askBoth(fleet, 4, patience);
  await sleep(150);
  await kill(worker);
  return outcomes;
};

const occurrences = (values: readonly string[], wanted: string): number =>
  values.filter((value) => value === wanted).length;

describe.runIf(process.platform !== 'win32')(
  'connections on their way to a worker that dies',
  () => {
    it('are lost by node:cluster alone, one of each server', async () => {
      await using fleet = new Fleet({ rescued: false });
      const [frozen] = await Promise.all([fleet.fork(), fleet.fork()]);
      const patience = new AbortController();
      const asked = await freezeAndKill(fleet, frozen, patience.signal);
      let settled = 0;
      for (const each of asked) void each.then(() => settled++);
      await vi.waitUntil(() => settled === 6, { timeout: PATIENCE_MS });
      await sleep(300);
      patience.abort();
      const outcomes = await Promise.all(asked);
      expect(occurrences(outcomes, 'hangs')).toBe(2);
      expect(occurrences(outcomes, 'answered')).toBe(6);
    });

    it('are answered by the other worker, each request carried out once', async () => {
      await using fleet = new Fleet({ rescued: true });
      const [frozen] = await Promise.all([fleet.fork(), fleet.fork()]);
      expect(await Promise.all(await freezeAndKill(fleet, frozen))).toEqual(
        Array.from({ length: 8 }, () => 'answered'),
      );
      expect(fleet.rescued).toBe(2);
      expect(new Set(fleet.carriedOut()).size).toBe(8);
      expect(fleet.carriedOut()).toHaveLength(8);
      // The dead worker has no turn any more.
      expect(await Promise.all(askBoth(fleet, 4))).not.toContain('hangs');
    });

    it('are reset where it was the last one, and its replacement has all that come later', async () => {
      await using fleet = new Fleet({ rescued: true });
      const frozen = await fleet.fork();
      frozen.process.kill('SIGSTOP');
      const outcomes = askBoth(fleet, 3);
      await sleep(150);
      await kill(frozen);
      expect(await Promise.all(outcomes)).toEqual(Array.from({ length: 6 }, () => 'reset'));
      expect(fleet.rescued).toBe(0);
      await fleet.fork();
      expect(await Promise.all(askBoth(fleet, 2))).toEqual(
        Array.from({ length: 4 }, () => 'answered'),
      );
    });

    it('never hang under load, and no request is carried out twice, whichever way workers leave', async () => {
      await using fleet = new Fleet({ rescued: true });
      let workers = await Promise.all([fleet.fork(), fleet.fork()]);
      const outcomes: Outcome[] = [];
      const end = new AbortController();
      const clients = Array.from({ length: 24 }, async () => {
        while (!end.signal.aborted) outcomes.push(...(await Promise.all(askBoth(fleet, 1))));
      });
      for (const way of ['SIGKILL', 'close-and-exit', 'disconnect', 'SIGKILL', 'close-and-exit']) {
        const [leaving, staying] = workers;
        if (leaving === undefined || staying === undefined) throw new Error('no workers');
        workers = [staying, await fleet.fork()];
        const gone = once(leaving, 'exit');
        if (way === 'SIGKILL') leaving.process.kill(way);
        else leaving.send(way);
        await gone;
      }
      await vi.waitUntil(() => occurrences(outcomes, 'answered') > 200, { timeout: PATIENCE_MS });
      end.abort();
      await Promise.all(clients);
      const carriedOut = fleet.carriedOut();
      expect(outcomes).not.toContain('hangs');
      expect(new Set(carriedOut).size).toBe(carriedOut.length);
      expect(occurrences(outcomes, 'answered')).toBeGreaterThan(200);
    }, 60_000);
  },
);
