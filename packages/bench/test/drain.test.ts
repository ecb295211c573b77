import { describe, expect, it } from 'vitest';
import { UsageError } from '../src/command-line.ts';
import { takeAnswer } from '../src/drain/clients/http1-answer.ts';
import { commandOf } from '../src/drain/command-line.ts';
import { contestants } from '../src/drain/contestants/index.ts';
import { claimsOf } from '../src/drain/report/claims.ts';
import { tallyOf } from '../src/drain/report/tally.ts';
import { scenarioClaims, scenarioLines } from '../src/drain/report/text.ts';
import { scenarios } from '../src/drain/scenarios.ts';
import { chosen } from '../src/drain/selection.ts';
import type { Trial } from '../src/drain/trial.ts';

const trialOf = (trial: Partial<Trial> = {}): Trial => ({
  requests: 100,
  lost: 0,
  refused: 0,
  exitMs: 40,
  afterLastMs: 10,
  code: 0,
  ...trial,
});

const oks = (trials: readonly Trial[], from: 'signal' | 'last answer'): boolean[] =>
  claimsOf(tallyOf(trials), { from, atMostMs: 500 }).map(({ ok }) => ok);

describe('the tally of trials', () => {
  it('adds up what was sent and lost, and takes the middle and the most of the times', () => {
    const trials = [
      trialOf({ lost: 2, exitMs: 10, afterLastMs: 1 }),
      trialOf({ refused: 3, exitMs: 30, afterLastMs: 2 }),
      trialOf({ lost: 1, exitMs: 90, afterLastMs: 9 }),
    ];
    expect(tallyOf(trials)).toEqual({
      trials: 3,
      requests: 300,
      lost: 3,
      refused: 3,
      stayed: 0,
      unclean: 0,
      exit: { median: 30, most: 90 },
      afterLast: { median: 2, most: 9 },
    });
  });

  it('counts a process that outstays its clients apart from one that ends badly', () => {
    const stays = trialOf({ exitMs: undefined, afterLastMs: undefined, code: null });
    const tally = tallyOf([stays, trialOf({ code: 1 }), trialOf({ code: null }), trialOf()]);
    expect(tally).toMatchObject({ stayed: 1, unclean: 2, exit: { median: 40, most: 40 } });
    expect(tallyOf([stays])).toMatchObject({ stayed: 1, exit: undefined, afterLast: undefined });
  });
});

describe('what Holdfast promises', () => {
  it('holds where nothing is lost and every process ends well and in time', () => {
    expect(oks([trialOf(), trialOf({ refused: 5, exitMs: 900 })], 'last answer')).toEqual([
      true,
      true,
      true,
    ]);
  });

  it.each<[string, Partial<Trial>, boolean[]]>([
    ['one lost request', { lost: 1 }, [false, true, true]],
    ['an exit with code 1', { code: 1 }, [true, false, true]],
    ['a process that a signal ended', { code: null }, [true, false, true]],
    ['one that comes too late', { exitMs: 501 }, [true, true, false]],
    ['one that stays', { exitMs: undefined, code: null }, [true, false, true]],
  ])('is broken by %s among ten trials', (_, trial, held) => {
    const others = Array.from({ length: 9 }, () => trialOf());
    expect(oks([...others, trialOf(trial)], 'signal')).toEqual(held);
  });

  it('is broken where nothing was tried', () => {
    expect(oks([trialOf({ requests: 0 })], 'signal')).toEqual([false, true, true]);
    expect(oks([], 'signal')).toEqual([false, false, false]);
  });
});

describe('the table', () => {
  const [scenario] = scenarios;
  if (scenario === undefined) throw new Error('no scenario');
  const tally = tallyOf([trialOf({ requests: 1_234 }), trialOf({ exitMs: 60 })]);

  it('has a line for everybody, with a dash for who has no part', () => {
    const rows = [
      { name: 'peer', tallies: [tally, undefined] },
      { name: scenario.promisedBy, tallies: [tally, tally] },
    ];
    const claims = scenarioClaims(scenario, ['22', '24'], rows);
    const lines = scenarioLines(scenario, ['22', '24'], { rows, claims });
    expect(lines[3]).toMatch(/^peer +0 +- +1,334 +0 +50 \(60\) +- +10 \(10\) +- +0$/);
    expect(lines.filter((line) => line.startsWith('held'))).toHaveLength(3);
    expect(lines.at(-3)).toBe('held    nothing lost: 0 of 1,334 (Node 22), 0 of 1,334 (Node 24)');
  });

  it('says so where one Node breaks a promise', () => {
    const lossy = tallyOf([trialOf({ lost: 1 })]);
    const rows = [{ name: scenario.promisedBy, tallies: [tally, lossy] }];
    const claims = scenarioClaims(scenario, ['22', '24'], rows);
    expect(claims.map(({ ok }) => ok)).toEqual([false, true, true]);
  });

  it('says who stays', () => {
    const stays = trialOf({ exitMs: undefined, afterLastMs: undefined, code: null });
    const rows = [{ name: 'peer', tallies: [tallyOf([stays]), tallyOf([stays, trialOf()])] }];
    const lines = scenarioLines(scenario, ['22', '24'], { rows, claims: [] });
    expect(lines.at(-1)).toMatch(/ stays +40 \(40\), stays 1 x +- +10 \(10\) +0$/);
  });
});

describe('the scenarios', () => {
  it('have ids of their own, and promises of somebody who takes part', () => {
    expect(new Set(scenarios.map(({ id }) => id)).size).toBe(scenarios.length);
    for (const scenario of scenarios) {
      const promising = contestants.find(({ name }) => name === scenario.promisedBy);
      expect(promising?.takesPart(scenario)).toBe(true);
    }
  });
});

describe('the command line', () => {
  it('makes ten trials of everything, and two with --quick', () => {
    expect(commandOf([])).toEqual({ only: '', node: '', trials: 10 });
    expect(commandOf(['--quick', '--only', 'Busy', '--node', '22'])).toEqual({
      only: 'busy',
      node: '22',
      trials: 2,
    });
  });

  it.each([['--trials=3'], ['busy'], ['--only']])('refuses %s', (arg) => {
    expect(() => commandOf([arg])).toThrow(UsageError);
  });

  it('chooses scenarios by their ids, or else contestants by their names', () => {
    const all = { scenarios, contestants };
    expect(chosen(all, '')).toEqual(all);
    expect(chosen(all, 'bus')).toEqual({ ...all, scenarios: scenarios.slice(0, 1) });
    const holdfast = chosen(all, 'holdfast');
    expect(holdfast.scenarios).toBe(scenarios);
    expect(holdfast.contestants.every(({ side }) => side === 'holdfast')).toBe(true);
    expect(() => chosen(all, 'nobody')).toThrow(UsageError);
  });
});

describe('the reader of answers', () => {
  const plain = 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\nConnection: close\r\n\r\nabc';
  const chunked =
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n';

  it('waits for the whole of it, wherever it is cut', () => {
    for (const text of [plain, chunked])
      for (let at = 0; at < text.length; at++)
        expect(takeAnswer(text.slice(0, at))).toBeUndefined();
  });

  it('reads status, body, the end of the connection and what comes after', () => {
    expect(takeAnswer(`${plain}more`)).toEqual({
      status: 200,
      closes: true,
      body: 'abc',
      rest: 'more',
    });
    expect(takeAnswer(`${chunked}more`)).toMatchObject({
      closes: false,
      body: 'abc',
      rest: 'more',
    });
  });
});
