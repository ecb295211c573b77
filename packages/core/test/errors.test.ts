import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type * as errors from '../src/errors.ts';
import { HoldfastError, isRefusal, isRejection, type HoldfastCode } from '../src/errors.ts';

const REFUSALS = [
  'HF_CIRCUIT_OPEN',
  'HF_CIRCUIT_ISOLATED',
  'HF_PROBE_LIMIT',
  'HF_BULKHEAD_FULL',
  'HF_RATE_LIMITED',
  'HF_DISPOSED',
] as const;
const OTHERS = ['HF_TIMEOUT', 'HF_DEADLINE_EXCEEDED', 'HF_HEDGE_LOST'] as const;

const errorWith = (code: HoldfastCode): HoldfastError =>
  new HoldfastError({ code, policy: 'payments' });

/** A second copy of the module, as two versions of the package in one process would be. */
const loadCopy = async (): Promise<typeof errors> => {
  const copy = '../src/errors.ts?copy';
  return (await import(/* @vite-ignore */ copy)) as typeof errors;
};

const throws = (): never => {
  throw new Error('hostile');
};

describe('a rejection', () => {
  it.each(REFUSALS)('with %s is a refusal: the call was never sent', (code) => {
    expect([isRejection(errorWith(code)), isRefusal(errorWith(code))]).toEqual([true, true]);
  });

  it.each(OTHERS)('with %s is no refusal', (code) => {
    expect([isRejection(errorWith(code)), isRefusal(errorWith(code))]).toEqual([true, false]);
  });

  it('is recognised across two copies of the package', async () => {
    const copy = await loadCopy();
    const [ours, theirs] = ['HF_CIRCUIT_OPEN', 'HF_TIMEOUT'].map((code) => [
      errorWith(code as HoldfastCode),
      new copy.HoldfastError({ code: code as HoldfastCode, policy: 'payments' }),
    ]) as [HoldfastError[], HoldfastError[]];
    expect(copy.HoldfastError).not.toBe(HoldfastError);
    for (const error of [...ours, ...theirs]) {
      expect([isRejection(error), copy.isRejection(error)]).toEqual([true, true]);
    }
    expect(ours.map(isRefusal)).toEqual([true, true]);
    expect(ours.map(copy.isRefusal)).toEqual([true, true]);
    expect(theirs.map(isRefusal)).toEqual([false, false]);
  });

  it('is a real error, of its class and with its name', () => {
    const error = errorWith('HF_TIMEOUT');
    expect(error).toBeInstanceOf(Error);
    expect(error).toBeInstanceOf(HoldfastError);
    expect(error.name).toBe('HoldfastError');
    expect(Object.prototype.toString.call(error)).toBe('[object Error]');
  });

  it('can be made where the program has frozen what stacks are made of', () => {
    const before = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
    Object.defineProperty(Error, 'stackTraceLimit', { writable: false });
    try {
      expect(errorWith('HF_CIRCUIT_OPEN').message).toContain('is open');
    } finally {
      Object.defineProperty(Error, 'stackTraceLimit', { ...before });
    }
  });

  it('has no frames in its stack, and leaves the limit of the process as it was', () => {
    const before = Error.stackTraceLimit;
    expect(errorWith('HF_CIRCUIT_OPEN').stack).not.toContain('\n    at ');
    expect(Error.stackTraceLimit).toBe(before);
    expect(new Error('other').stack).toContain('\n    at ');
  });

  it('carries what it was made of, and no cause where there is none', () => {
    const cause = new Error('ECONNREFUSED');
    const error = new HoldfastError({
      code: 'HF_CIRCUIT_OPEN',
      policy: 'payments',
      retryAfterMs: 420,
      cause,
    });
    expect(error).toMatchObject({ code: 'HF_CIRCUIT_OPEN', policy: 'payments', retryAfterMs: 420 });
    expect(error.cause).toBe(cause);
    expect(errorWith('HF_TIMEOUT').cause).toBeUndefined();
  });

  it('is a new one each time', () => {
    expect(errorWith('HF_TIMEOUT')).not.toBe(errorWith('HF_TIMEOUT'));
  });

  it('shows its message where errors are printed', () => {
    const error = new HoldfastError({
      code: 'HF_CIRCUIT_OPEN',
      policy: 'payments',
      retryAfterMs: 420,
    });
    expect(String(error)).toBe('HoldfastError: circuit "payments" is open; retry in 420 ms');
    expect(inspect(error)).toContain('circuit "payments" is open; retry in 420 ms');
    expect(error.stack).toContain('circuit "payments" is open; retry in 420 ms');
  });
});

describe('the message of a rejection', () => {
  it.each([...REFUSALS, ...OTHERS])('names the policy for %s', (code) => {
    expect(errorWith(code).message).toContain('"payments"');
  });

  it('says what happened in words and numbers', () => {
    const details = { policy: 'payments', retryAfterMs: 419.2, afterMs: 1_000.4 };
    const messages = [...REFUSALS, ...OTHERS].map(
      (code) =>
        new HoldfastError({
          code,
          policy: details.policy,
          ...(code.match(/TIMEOUT|DEADLINE/) ? { afterMs: details.afterMs } : {}),
          ...(code === 'HF_CIRCUIT_OPEN' ? { retryAfterMs: details.retryAfterMs } : {}),
        }).message,
    );
    expect(messages).toMatchInlineSnapshot(`
      [
        "circuit "payments" is open; retry in 420 ms",
        "circuit "payments" is isolated",
        "circuit "payments" is half-open and admits no further call",
        "bulkhead "payments" is full",
        "rate limit "payments" is used up",
        "policy "payments" is disposed",
        "timeout "payments": the call did not settle within 1000 ms",
        ""payments": the deadline of the call passed within 1000 ms",
        "hedge "payments": another attempt answered first",
      ]
    `);
  });

  it('rounds the time to come back up, so that nobody comes back too early', () => {
    const error = new HoldfastError({ code: 'HF_CIRCUIT_OPEN', policy: 'p', retryAfterMs: 0.1 });
    expect(error.message).toBe('circuit "p" is open; retry in 1 ms');
  });
});

describe('what is no rejection', () => {
  const answersEverything = new Proxy({}, { get: () => 'yes', has: () => true });
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a text', 'HF_CIRCUIT_OPEN'],
    ['a number', 5],
    ['a function', () => undefined],
    ['an error', new Error('HF_CIRCUIT_OPEN')],
    ['an error with our code', Object.assign(new Error('x'), { code: 'HF_CIRCUIT_OPEN' })],
    ['an error with our name', Object.assign(new Error('x'), { name: 'HoldfastError' })],
    ['an object without a prototype', Object.create(null)],
    ['a proxy whose get throws', new Proxy({}, { get: throws })],
    ['a proxy whose has throws', new Proxy({}, { has: throws })],
    ['a proxy that answers everything', answersEverything],
    ['a revoked proxy', revoked.proxy],
  ])('is %s', (_, value) => {
    expect([isRejection(value), isRefusal(value)]).toEqual([false, false]);
  });
});
