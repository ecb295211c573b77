import { virtualClock } from '@holdfast/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../src/command-line.ts';
import { commandOf } from '../src/simulations/command-line.ts';
import { simulations } from '../src/simulations/index.ts';
import { Goodput } from '../src/simulations/metastable/goodput.ts';
import { inVirtualTime } from '../src/simulations/model/in-virtual-time.ts';
import { PoissonArrivals } from '../src/simulations/model/poisson.ts';
import { QueueingServer, type Ended, type Job } from '../src/simulations/model/queueing-server.ts';
import { streamsOf } from '../src/simulations/model/streams.ts';
import { atLeast, atMost } from '../src/simulations/report/claims.ts';
import type { Report, Table } from '../src/simulations/report/simulation.ts';
import { reportLines } from '../src/simulations/report/text.ts';
import { outage } from '../src/simulations/storm/outage.ts';
import { STACKS } from '../src/simulations/storm/stacks.ts';
import { mostWithin } from '../src/simulations/synchronised/comeback.ts';

describe('the queueing server', () => {
  interface Piece extends Job {
    readonly id: number;
    readonly arrivesAt: number;
  }

  interface Terms {
    readonly workers: number;
    readonly queueLimit: number;
    readonly stops: boolean;
  }

  interface Fate {
    readonly id: number;
    readonly fate: string;
    readonly at: number;
    readonly busyMs: number;
  }

  const termsArb = fc.record({
    workers: fc.integer({ min: 1, max: 4 }),
    queueLimit: fc.integer({ min: 0, max: 6 }),
    stops: fc.boolean(),
  });

  const piecesArb = fc
    .array(
      fc.record({
        gapMs: fc.integer({ min: 0, max: 12 }),
        workMs: fc.integer({ min: 1, max: 40 }),
        patienceMs: fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 60 })),
      }),
      { maxLength: 60 },
    )
    .map((drafts) => {
      let now = 0;
      return drafts.map(({ gapMs, workMs, patienceMs }, id): Piece => {
        now += gapMs;
        return { id, arrivesAt: now, workMs, expiresAt: now + patienceMs };
      });
    });

  const fateOf = ({ job, fate, at, busyMs }: Ended<Piece>): Fate => ({
    id: job.id,
    fate,
    at,
    busyMs,
  });

  const served = (terms: Terms, pieces: readonly Piece[]): Fate[] => {
    const server = new QueueingServer<Piece>(terms);
    const fates: Fate[] = [];
    for (const piece of pieces) {
      fates.push(...server.advance(piece.arrivesAt).map(fateOf));
      if (!server.offer(piece, piece.arrivesAt))
        fates.push({ id: piece.id, fate: 'refused', at: piece.arrivesAt, busyMs: 0 });
    }
    return [...fates, ...server.advance(1e9).map(fateOf)];
  };

  /**
   * The same without a queue, after Kiefer and Wolfowitz: first come, first served means that a piece
   * begins when it is there and the worker is free that is free first.
   */
  const expected = ({ workers, queueLimit, stops }: Terms, pieces: readonly Piece[]): Fate[] => {
    const freeAt = Array.from({ length: workers }, () => 0);
    const takenAt: number[] = [];
    return pieces.map(({ id, arrivesAt, workMs, expiresAt }): Fate => {
      const worker = freeAt.indexOf(Math.min(...freeAt));
      const takes = Math.max(arrivesAt, freeAt[worker]!);
      const ahead = takenAt.filter((at) => at > arrivesAt).length;
      if (takes > arrivesAt && ahead >= queueLimit)
        return { id, fate: 'refused', at: arrivesAt, busyMs: 0 };
      takenAt.push(takes);
      if (expiresAt <= takes) return { id, fate: 'expired', at: takes, busyMs: 0 };
      const stopsEarly = stops && expiresAt < takes + workMs;
      const at = stopsEarly ? expiresAt : takes + workMs;
      freeAt[worker] = at;
      return { id, fate: stopsEarly ? 'expired' : 'done', at, busyMs: at - takes };
    });
  };

  it('does every piece when the first free worker would, and refuses what finds the line full', () => {
    fc.assert(
      fc.property(termsArb, piecesArb, (terms, pieces) => {
        const fates = served(terms, pieces).toSorted((a, b) => a.id - b.id);
        expect(fates).toEqual(expected(terms, pieces));
      }),
      { numRuns: 500 },
    );
  });

  it('loses no work, does none twice and leaves nobody idle while something waits', () => {
    const changesArb = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(termsArb, piecesArb, changesArb, (terms, pieces, changes) => {
        const server = new QueueingServer<Piece>({ ...terms, slowdown: 1 });
        const [taken, ended] = [new Set<number>(), new Set<number>()];
        let lastAt = 0;
        const advance = (now: number): void => {
          for (const { job, at } of server.advance(now)) {
            expect(ended.has(job.id)).toBe(false);
            expect(at).toBeGreaterThanOrEqual(lastAt);
            lastAt = at;
            ended.add(job.id);
          }
          expect(taken.size).toBe(ended.size + server.running + server.waiting);
          const idle = Math.max(0, server.workers - server.running);
          expect(Math.min(idle, server.waiting)).toBe(0);
        };
        pieces.forEach((piece, index) => {
          server.workers = changes[index % changes.length]!;
          advance(piece.arrivesAt);
          if (server.offer(piece, piece.arrivesAt)) taken.add(piece.id);
          advance(piece.arrivesAt);
          expect(server.waiting).toBeLessThanOrEqual(terms.queueLimit);
        });
        server.workers = 1;
        advance(pieces.at(-1)?.arrivesAt ?? 0);
        advance(1e9);
        expect(ended).toEqual(taken);
      }),
    );
  });

  const piece = (id: number, workMs: number, expiresAt = Infinity): Piece => ({
    id,
    arrivesAt: 0,
    workMs,
    expiresAt,
  });

  it('is slower the longer the line is', () => {
    const server = new QueueingServer<Piece>({ workers: 1, queueLimit: 2, slowdown: 1 });
    for (const id of [0, 1, 2]) server.offer(piece(id, 10), 0);
    // 10 with nobody in the line, 15 with half a line behind, 10 again.
    expect(server.advance(100).map(({ at }) => at)).toEqual([10, 25, 35]);
  });

  it('begins nothing that has too little time left', () => {
    const server = new QueueingServer<Piece>({ workers: 1, queueLimit: 2, leastLeftMs: 5 });
    for (const [id, expiresAt] of [Infinity, 15, 16].entries())
      server.offer(piece(id, 10, expiresAt), 0);
    expect(server.advance(100).map(fateOf)).toEqual([
      { id: 0, fate: 'done', at: 10, busyMs: 10 },
      { id: 1, fate: 'expired', at: 10, busyMs: 0 },
      { id: 2, fate: 'done', at: 20, busyMs: 10 },
    ]);
  });
});

describe('the parts', () => {
  it('draws arrivals at the mean rate, however often it is asked', () => {
    const [often, once] = [1, 1].map((seed) => new PoissonArrivals(50, streamsOf(seed)()));
    let count = 0;
    for (let now = 7; now <= 700_000; now += 7) count += often!.countUntil(now);
    expect(count).toBe(once!.countUntil(700_000));
    // Five standard deviations.
    expect(Math.abs(count - 35_000)).toBeLessThan(5 * Math.sqrt(35_000));
  });

  it('lets every promise reaction run before time goes on', async () => {
    const clock = virtualClock();
    const seen: number[] = [];
    const reactTwenty = async (): Promise<void> => {
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      seen.push(clock.now());
    };
    await inVirtualTime(clock, { stepMs: 5, untilMs: 100 }, (now) => {
      void reactTwenty();
      return now < 15;
    });
    expect(seen).toEqual([5, 10, 15]);
  });

  it('finds the most in any window', () => {
    const timesArb = fc
      .array(fc.integer({ min: 0, max: 200 }))
      .map((times) => times.toSorted((a, b) => a - b));
    fc.assert(
      fc.property(timesArb, fc.integer({ min: 1, max: 50 }), (times, lengthMs) => {
        const counts = times.map(
          (to) => times.filter((at) => at > to - lengthMs && at <= to).length,
        );
        expect(mostWithin(times, lengthMs)).toBe(Math.max(0, ...counts));
      }),
    );
  });

  it('calls a dependency recovered only when it stays so', () => {
    const summaryOf = (perSecond: readonly number[]) => {
      const goodput = new Goodput(perSecond.length);
      for (const [second, successes] of perSecond.entries()) {
        for (let call = 0; call < 100; call++) goodput.made(second * 1_000 + call);
        for (let call = 0; call < successes; call++) goodput.succeeded(second * 1_000 + call);
      }
      return goodput.summary({ begins: 1, ends: 3 }, [2_999, 3_000, 3_001]);
    };
    expect(summaryOf([100, 10, 30, 95, 94, 95, 100])).toMatchObject({
      recoveredAfter: 2,
      inTrigger: 0.2,
      requestsPerCall: 2 / 400,
    });
    expect(summaryOf([100, 10, 96, 100]).recoveredAfter).toBe(0);
    expect(summaryOf([100, 10, 20, 100, 94]).recoveredAfter).toBe(Infinity);
  });

  it('lets a budget alone through what its terms say', async () => {
    const rate = 10;
    const { load } = await outage({ clients: 5, callsPerSecond: rate }, STACKS.budget, 11);
    // A fifth, the floor of 3/s, and 10 s of both that were saved.
    const steady = 1.2 + 3 / rate;
    expect(load.afterwards).toBeCloseTo(steady, 1);
    expect(load.firstTenSeconds).toBeCloseTo(steady + 0.2 + 3 / rate, 1);
    expect(load.whole).toBeCloseTo(steady + (0.2 + 3 / rate) / 6, 1);
  });
});

describe('the report', () => {
  const seeds = [3, 5, 8];

  it('judges a claim by its worst seed, and names it', () => {
    const measured = { seeds, values: [1, 1.4, 1.2] };
    expect(atMost(1.4, 'load', measured)).toMatchObject({ ok: true, worst: 1.4, worstSeed: 5 });
    expect(atMost(1.3, 'load', measured)).toMatchObject({ ok: false, worstSeed: 5 });
    expect(atLeast(1, 'load', measured)).toMatchObject({ ok: true, worst: 1, worstSeed: 3 });
    expect(atLeast(1.1, 'load', measured)).toMatchObject({ ok: false, worstSeed: 3 });
    expect(atMost(9, 'load', { seeds, values: [1, Number.NaN, 2] }).ok).toBe(false);
  });

  it('prints medians with their range, charts and claims', () => {
    const report: Report = {
      title: 'Storm',
      assumptions: ['All is well.'],
      tables: [
        {
          title: 'Load',
          of: 'policy',
          columns: [
            { heading: 'load', decimals: 1 },
            { heading: 'back after', decimals: 0 },
          ],
          rows: [
            {
              name: 'bare',
              figures: [
                [3.01, 2.99, 3],
                [Infinity, Infinity, Infinity],
              ],
            },
            {
              name: 'budget',
              figures: [
                [1.2, 1.4, 1.3],
                [4, Infinity, Infinity],
              ],
            },
          ],
        },
      ],
      charts: [
        { title: 'Calls', everyMs: 500, top: 8, series: [{ name: 'a', values: [0, 0.1, 4, 9] }] },
      ],
      claims: [atMost(1.3, 'budget: load', { seeds, values: [1.2, 1.4, 1.3] })],
    };
    expect(reportLines('storm', report)).toEqual([
      '',
      'Storm [storm]',
      '  All is well.',
      '',
      'Load',
      'policy            load        back after',
      'bare               3.0             never',
      'budget  1.3 (1.2..1.4)  never (4..never)',
      '',
      'Calls (a column is 500 ms, a full one 8 or more)',
      'a  | ▁▄█|',
      '',
      'claim         worst seed  measured      required',
      'budget: load           5      1.40  at most 1.30  MISSED',
    ]);
  });
});

describe('the command line', () => {
  const names = ['storm', 'deadlines'];

  it('reads what to simulate and with which seed', () => {
    expect(commandOf([], names)).toEqual({ only: undefined, seeds: [1, 2, 3, 4, 5], json: false });
    expect(commandOf(['--only', 'storm', '--seed', '42', '--json'], names)).toEqual({
      only: 'storm',
      seeds: [42],
      json: true,
    });
  });

  it.each([
    [['--only', 'rain'], 'rain'],
    [['--seed', '-1'], '--seed'],
    [['--seed', '1.5'], '1.5'],
    [['--seed', ''], '--seed'],
    [['--seed', '4294967296'], '4294967296'],
    [['--seeds', '3'], '--seeds'],
    [['storm'], 'storm'],
  ])('refuses %j, naming the reason', (args, reason) => {
    expect(() => commandOf(args, names)).toThrow(UsageError);
    expect(() => commandOf(args, names)).toThrow(reason);
  });
});

describe.each([...simulations])('%s', (_name, simulate) => {
  const ofSeed = (tables: readonly Table[], place: number): number[] =>
    tables.flatMap(({ rows }) =>
      rows.flatMap(({ figures }) => figures.map((perSeed) => perSeed[place] ?? Number.NaN)),
    );

  it('keeps every claim, and gives the same for the same seed', { timeout: 60_000 }, async () => {
    const { claims, tables } = await simulate([11, 12, 11], 'claims');
    expect(claims.length).toBeGreaterThan(2);
    expect(claims.filter(({ ok }) => !ok)).toEqual([]);
    expect(ofSeed(tables, 2)).toEqual(ofSeed(tables, 0));
    expect(ofSeed(tables, 1)).not.toEqual(ofSeed(tables, 0));
  });
});
