import type { Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ask, Fleet, kill, type Outcome } from './support/fleet.ts';

const PATIENCE_MS = 600;

let requests = 0;

const askBoth = (fleet: Fleet, times: number): Promise<Outcome>[] =>
  Array.from({ length: times }, () => fleet.ports)
    .flat()
    .map((port) => ask(port, { id: `/${++requests}`, patienceMs: PATIENCE_MS }));

/** Stands still with a connection of each server on its way to it, and dies. */
const freezeAndKill = async (fleet: Fleet, worker: Worker): Promise<Outcome[]> => {
  worker.process.kill('SIGSTOP');
  const outcomes = askBoth(fleet, 4);
  await sleep(150);
  await kill(worker);
  return Promise.all(outcomes);
};

const occurrences = (values: readonly string[], wanted: string): number =>
  values.filter((value) => value === wanted).length;

describe.runIf(process.platform !== 'win32')(
  'connections on their way to a worker that dies',
  () => {
    it('are lost by node:cluster alone, one of each server', async () => {
      await using fleet = new Fleet({ rescued: false });
      const [frozen] = await Promise.all([fleet.fork(), fleet.fork()]);
      const outcomes = await freezeAndKill(fleet, frozen);
      expect(occurrences(outcomes, 'hangs')).toBe(2);
      expect(occurrences(outcomes, 'answered')).toBe(6);
    });

    it('are answered by the other worker, each request carried out once', async () => {
      await using fleet = new Fleet({ rescued: true });
      const [frozen] = await Promise.all([fleet.fork(), fleet.fork()]);
      expect(await freezeAndKill(fleet, frozen)).toEqual(
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
      end.abort();
      await Promise.all(clients);
      const carriedOut = fleet.carriedOut();
      expect(outcomes).not.toContain('hangs');
      expect(new Set(carriedOut).size).toBe(carriedOut.length);
      expect(occurrences(outcomes, 'answered')).toBeGreaterThan(200);
    }, 10_000);
  },
);
