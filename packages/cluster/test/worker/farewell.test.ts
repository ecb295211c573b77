import type { DrainReport } from '@holdfast/core/lifecycle';
import { expect, it } from 'vitest';
import { farewellOf, type Outcome } from '../../src/worker/farewell.ts';

const report: DrainReport = {
  name: 'd',
  reason: 'r',
  tookMs: 1,
  clean: true,
  cut: { requests: 0, connections: 0, sessions: 0, upgraded: 0 },
  teardown: [{ name: 'db', outcome: 'done', tookMs: 1 }],
};

const outcome: Outcome = { reports: [report, report], rawSockets: 0, inFlight: 0, tookMs: 5 };

it('has nothing to say of a drain that was clean', () => {
  expect(farewellOf(outcome)).toStrictEqual({ clean: true, tookMs: 5, open: [] });
});

it('names what was cut and what teardown was not done, and what the event loop still has', () => {
  const unclean: DrainReport = {
    ...report,
    clean: false,
    cut: { requests: 2, connections: 1, sessions: 1, upgraded: 3 },
    teardown: [...report.teardown, { name: 'cache', outcome: 'timed-out', tookMs: 1 }],
  };
  const { clean, open } = farewellOf({ ...outcome, reports: [report, unclean], rawSockets: 1 });
  expect(clean).toBe(false);
  expect(open.slice(0, 6)).toStrictEqual([
    '2 requests cut',
    '1 connection cut',
    '1 session of HTTP/2 cut',
    '3 upgraded connections cut',
    'teardown "cache" timed-out',
    '1 socket cut',
  ]);
  for (const each of open.slice(6)) expect(each).toMatch(/^\w+ × \d+$/);
});

it('is not clean where the drain was not over, or raw sockets were cut', () => {
  expect(farewellOf({ ...outcome, rawSockets: 2 })).toMatchObject({ clean: false });
  const { clean, open } = farewellOf({ ...outcome, reports: undefined, inFlight: 4 });
  expect(clean).toBe(false);
  expect(open.slice(0, 2)).toStrictEqual(['the drain was not over', '4 requests cut']);
});
