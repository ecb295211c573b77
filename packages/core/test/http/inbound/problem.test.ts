import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HoldfastError, type HoldfastCode } from '../../../src/errors.ts';
import { rejectionOf } from '../../../src/http/inbound/problem.ts';
import { roll, spread } from '../../support/spread.ts';

const REDUCED = 'https://iana.org/assignments/http-problem-types#temporary-reduced-capacity';
const EXCEEDED = 'https://iana.org/assignments/http-problem-types#quota-exceeded';

const TABLE: Record<HoldfastCode, readonly [status: number, type: string]> = {
  HF_CIRCUIT_OPEN: [503, REDUCED],
  HF_CIRCUIT_ISOLATED: [503, REDUCED],
  HF_PROBE_LIMIT: [503, REDUCED],
  HF_BULKHEAD_FULL: [503, REDUCED],
  HF_LEASE_HELD: [503, REDUCED],
  HF_DRAINING: [503, REDUCED],
  HF_DISPOSED: [503, REDUCED],
  HF_RATE_LIMITED: [429, EXCEEDED],
  HF_TIMEOUT: [503, 'about:blank'],
  HF_HEDGE_LOST: [503, 'about:blank'],
  HF_DEADLINE_EXCEEDED: [504, 'about:blank'],
  HF_STORE_UNAVAILABLE: [503, 'about:blank'],
  HF_LEASE_LOST: [503, 'about:blank'],
  HF_SESSION_CONFLICT: [409, 'about:blank'],
  HF_SESSION_TOO_LARGE: [500, 'about:blank'],
};
const codes = Object.keys(TABLE) as HoldfastCode[];

it.each(codes)('%s has its status and its type of problem', (code) => {
  const { status, problem } = rejectionOf(new HoldfastError({ code, policy: 'x' }), () => 0);
  expect([status, problem.type]).toEqual(TABLE[code]);
  expect(problem.status).toBe(status);
});

it('tells neither names, but for those of rate limits, nor causes', () => {
  fc.assert(
    fc.property(fc.constantFrom(...codes), fc.nat(100_000), (code, retryAfterMs) => {
      const cause = new Error('secret upstream');
      const error = new HoldfastError({ code, policy: 'secret name', cause, retryAfterMs });
      const { headers, problem } = rejectionOf(error, () => 0.5);
      const told = JSON.stringify({ headers, problem: { ...problem, 'violated-policies': [] } });
      expect(told).not.toMatch(/secret|HF_/);
      expect(problem['violated-policies']).toEqual(
        code === 'HF_RATE_LIMITED' ? ['secret name'] : undefined,
      );
    }),
  );
});

it('asks to come back never too early, never at once, and at most a tenth later', () => {
  // A tenth of a few seconds is what rounding makes too much of.
  const waits = fc.oneof(spread(0, 100_000), spread(0, 1e7));
  fc.assert(
    fc.property(waits, roll, (retryAfterMs, chance) => {
      const error = new HoldfastError({ code: 'HF_CIRCUIT_OPEN', policy: 'x', retryAfterMs });
      const { headers, problem } = rejectionOf(error, () => chance);
      const seconds = Number(headers['Retry-After']);
      expect(Number.isInteger(seconds)).toBe(true);
      expect(seconds).toBeGreaterThanOrEqual(Math.max(1, retryAfterMs / 1_000));
      const least = Math.max(1, Math.ceil(retryAfterMs / 1_000));
      expect(seconds).toBeLessThanOrEqual(least + Math.max(1, least * 0.1));
      expect(problem.retryAfterMs ?? 0).toBeGreaterThanOrEqual(retryAfterMs);
    }),
  );
});

it('spreads those who come back', () => {
  const error = new HoldfastError({ code: 'HF_RATE_LIMITED', policy: 'x', retryAfterMs: 100_000 });
  const at = (chance: number) => rejectionOf(error, () => chance).headers['Retry-After'];
  expect([at(0), at(0.5), at(0.99)]).toEqual(['100', '105', '110']);
  const short = new HoldfastError({ code: 'HF_BULKHEAD_FULL', policy: 'x' });
  const soon = (chance: number) => rejectionOf(short, () => chance).headers['Retry-After'];
  expect([soon(0), soon(0.49), soon(0.5), soon(0.99)]).toEqual(['1', '1', '2', '2']);
});

it.each(['HF_RATE_LIMITED', 'HF_DEADLINE_EXCEEDED'] as const)(
  'does not ask to come back where that is in vain (%s)',
  (code) => {
    const { headers } = rejectionOf(new HoldfastError({ code, policy: 'x' }), () => 0);
    expect(headers).not.toHaveProperty('Retry-After');
  },
);
