import fc from 'fast-check';
import { describe, expect, it, onTestFinished, test, vi } from 'vitest';
import {
  parseHttpDate,
  parseRetryAfter,
  retry,
  type RetryEvents,
  type RetryOptions,
} from '../../src/index.ts';
import { recorded } from '../support/calls.ts';
import { expectInvalid } from '../support/invalid-option.ts';
import { RecordingClock } from '../support/recording-clock.ts';
import { roll, spread } from '../support/spread.ts';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

const two = (value: number, filler = '0'): string => String(value).padStart(2, filler);

/** The three forms of RFC 9110, 5.6.7, put together from the parts of a date. */
const FORMS = {
  'IMF-fixdate': (date: Date): string =>
    `${short(date)}, ${two(date.getUTCDate())} ${month(date)} ${date.getUTCFullYear()} ${time(date)} GMT`,
  'RFC 850': (date: Date): string =>
    `${DAYS[date.getUTCDay()]}, ${two(date.getUTCDate())}-${month(date)}-${two(date.getUTCFullYear() % 100)} ${time(date)} GMT`,
  asctime: (date: Date): string =>
    `${short(date)} ${month(date)} ${two(date.getUTCDate(), ' ')} ${time(date)} ${date.getUTCFullYear()}`,
};

const short = (date: Date): string => String(DAYS[date.getUTCDay()]).slice(0, 3);
const month = (date: Date): string => String(MONTHS[date.getUTCMonth()]);
const time = (date: Date): string =>
  [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()]
    .map((part) => two(part))
    .join(':');

/** Whole seconds, in years that two digits tell without a doubt. */
const moment = fc
  .integer({ min: Date.UTC(1980, 0) / 1_000, max: Date.UTC(2049, 0) / 1_000 })
  .map((seconds) => seconds * 1_000);
const form = fc.constantFrom<(keyof typeof FORMS)[]>('IMF-fixdate', 'RFC 850', 'asctime');
const space = fc.constantFrom('', ' ', '\t', '  ');

describe('an HTTP date', () => {
  it('is read in each of its three forms, to the second', () => {
    const property = fc.property(moment, form, space, space, (ms, name, before, after) => {
      expect(parseHttpDate(before + FORMS[name](new Date(ms)) + after)).toBe(ms);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it.each([
    'Sun, 06 Nov 1994 08:49:37 GMT',
    'Sunday, 06-Nov-94 08:49:37 GMT',
    'Sun Nov  6 08:49:37 1994',
  ])('is read as the RFC writes it: %s', (text) => {
    expect(new Date(parseHttpDate(text)).toISOString()).toBe('1994-11-06T08:49:37.000Z');
  });

  it('is one of Greenwich wherever we are', () => {
    vi.stubEnv('TZ', 'America/New_York');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(new Date(0).getTimezoneOffset()).toBe(300);
    for (const write of Object.values(FORMS))
      expect(parseHttpDate(write(new Date(1e12)))).toBe(1e12);
  });

  it.each([
    '',
    'soon',
    '784111777',
    '1994-11-06T08:49:37Z',
    '1994-11-06',
    'Sun, 06 Nov 1994 08:49:37 CET',
    'Sun, 06 Nov 1994 08:49:37 +0100',
    'Sun, 06 Nov 1994 08:49:37',
    'Sun, 6 Nov 1994 08:49:37 GMT',
    'Sun, 06 Foo 1994 08:49:37 GMT',
    'Sun, 00 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 25:49:37 GMT',
    'Sunday, 06-Nov-1994 08:49:37 GMT',
    'Sun Nov 06 08:49:37 GMT 1994',
    'x Sun, 06 Nov 1994 08:49:37 GMT',
  ])('is not %j', (text) => {
    expect(parseHttpDate(text)).toBeNaN();
  });
});

describe('a Retry-After field', () => {
  it('of whole seconds is as many milliseconds, whenever it was sent', () => {
    const seconds = fc.integer({ min: 0, max: 1e9 });
    const sent = fc.oneof(moment, fc.constant(Number.NaN));
    const property = fc.property(seconds, sent, space, space, (count, at, before, after) => {
      expect(parseRetryAfter(`${before}${count}${after}`, at)).toBe(count * 1_000);
    });
    fc.assert(property);
  });

  it('of a date is what is left until then, and nothing once it has passed', () => {
    const property = fc.property(moment, moment, form, (sent, until, name) => {
      const asked = parseRetryAfter(FORMS[name](new Date(until)), sent);
      expect(asked).toBe(until > sent ? until - sent : 0);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it.each(['', 'soon', '-1', '1.5', '1e3', '0x10', '+5', '5 s', '5, 6', '2030-01-01'])(
    'of %j says nothing',
    (value) => {
      expect(parseRetryAfter(value, 0)).toBeUndefined();
    },
  );

  it('of a date says nothing where nobody knows when it was sent', () => {
    const date = 'Sun, 06 Nov 1994 08:49:37 GMT';
    expect(parseRetryAfter(date, Number.NaN)).toBeUndefined();
  });
});

/** What a dependency may answer that asks to be left alone. */
interface Busy {
  readonly retryAfter: number | string | undefined;
}

const rigOf = (options: RetryOptions = {}) => {
  const clock = new RecordingClock({ wallMs: Date.UTC(2026, 0, 1) });
  const delays: number[] = [];
  const policy = retry({
    clock,
    attempts: 2,
    backoff: { kind: 'constant', baseMs: 100, jitter: 'none' },
    delay: (error) => (error as Busy).retryAfter,
    ...options,
  });
  policy.on('retry', ({ delayMs }: RetryEvents['retry']) => void delays.push(delayMs));
  const run = async (retryAfter: Busy['retryAfter']): Promise<unknown> => {
    const busy = Object.assign(new Error('busy'), { retryAfter });
    const result = policy.attempt(() => Promise.reject(busy));
    await clock.advanceAsync(1e6);
    const settled = await result;
    return !settled.ok && settled.error === busy ? 'the error, untouched' : settled;
  };
  return { clock, policy, delays, run };
};

/** Each way to ask for some whole seconds. */
const asking = (clock: RecordingClock, seconds: number): readonly (number | string)[] => [
  seconds * 1_000,
  String(seconds),
  ...Object.values(FORMS).map((write) => write(new Date(clock.wallNow() + seconds * 1_000))),
];

describe('a pause that the dependency asks for', () => {
  test('is never shorter than asked, nor than the backoff, and at most a tenth longer', async () => {
    const inputs = fc.record({
      asked: spread(0, 30_000),
      baseMs: fc.integer({ min: 0, max: 60_000 }),
      chance: roll,
    });
    const property = fc.asyncProperty(inputs, async ({ asked, baseMs, chance }) => {
      const { delays, run } = rigOf({
        random: () => chance,
        backoff: { kind: 'constant', baseMs, maxMs: 60_000, jitter: 'none' },
      });
      expect(await run(asked)).toBe('the error, untouched');
      expect(delays).toHaveLength(1);
      expect(delays[0]).toBeGreaterThanOrEqual(Math.max(asked, baseMs));
      expect(delays[0]).toBeLessThanOrEqual(Math.max(asked * 1.1, baseMs));
    });
    await fc.assert(property, { numRuns: 100 });
  });

  test('is not cut by the longest backoff', async () => {
    const { delays, run } = rigOf({ backoff: { baseMs: 1, maxMs: 10 }, random: () => 0 });
    await run('20');
    expect(delays).toEqual([20_000]);
  });

  test.each([0, 1, 30])('of %i s may be asked for in each form', async (seconds) => {
    const { clock, delays, run } = rigOf({ random: () => 0 });
    for (const [count, asked] of asking(clock, seconds).entries()) {
      const left = asking(clock, seconds)[count] ?? asked;
      expect(await run(left)).toBe('the error, untouched');
    }
    expect(delays).toEqual(Array.from({ length: 5 }, () => Math.max(100, seconds * 1_000)));
  });

  test('of more than maxRetryAfterMs ends the retry at once, with the error untouched', async () => {
    const { clock, policy, delays } = rigOf({ maxRetryAfterMs: 5_000 });
    for (const retryAfter of [...asking(clock, 6), 5_000.001, Number.MAX_VALUE, '9'.repeat(400)]) {
      const busy = Object.freeze(Object.assign(new Error('busy'), { retryAfter }));
      const { contexts, call } = recorded(() => Promise.reject(busy));
      const settled = await policy.attempt(call);
      expect(settled).toEqual({ ok: false, error: busy });
      expect(!settled.ok && settled.error).toBe(busy);
      expect(contexts).toHaveLength(1);
    }
    expect(delays).toEqual([]);
    expect(clock.timersMade).toBe(0);
    expect(policy.snapshot()).toMatchObject({ retries: 0, exhausted: 0, overBudget: 0 });
  });

  test('of maxRetryAfterMs itself is kept', async () => {
    const { delays, run } = rigOf({ maxRetryAfterMs: 5_000, random: () => 0.5 });
    await run('5');
    expect(delays).toEqual([5_250]);
  });

  test('above maxRetryAfterMs costs no budget', async () => {
    let withdrawn = 0;
    const budget = {
      deposit: () => undefined,
      withdraw: () => ++withdrawn > 0,
      snapshot: () => ({ credit: 1, granted: 0, refused: 0 }),
    };
    await rigOf({ budget }).run('31');
    expect(withdrawn).toBe(0);
  });

  test('that outlasts the deadline ends the retry at once', async () => {
    const { clock, policy } = rigOf({ random: () => 0 });
    const error = { retryAfter: '5' };
    const busy = (): Promise<never> => Promise.reject(error);
    expect(await policy.attempt(busy, { deadline: clock.now() + 5_000 })).toEqual({
      ok: false,
      error,
    });
    expect(clock.timersMade).toBe(0);
  });

  test.each([undefined, 'soon', '', '-5'])(
    'that nobody can read (%j) is the backoff’s',
    async (asked) => {
      const { delays, run } = rigOf();
      await run(asked);
      expect(delays).toEqual([100]);
    },
  );

  test('is read off a result that is to be retried, too', async () => {
    const { policy, clock, delays } = rigOf({
      random: () => 0,
      whenResult: (result) => (result as { status: number }).status === 429,
    });
    const answer = { status: 429, retryAfter: '7' };
    const result = policy.execute(() => answer);
    await clock.advanceAsync(10_000);
    expect(await result).toBe(answer);
    expect(delays).toEqual([7_000]);
  });

  test('is what a backoff of one’s own hears of as the delay before', async () => {
    const heard: number[] = [];
    const { run } = rigOf({
      attempts: 3,
      random: () => 0,
      backoff: (_retry, previousMs) => {
        heard.push(previousMs);
        return 10;
      },
    });
    await run('3');
    expect(heard).toEqual([0, 3_000]);
  });

  test.each([
    [-1, RangeError],
    [Number.NaN, RangeError],
    [Infinity, RangeError],
    [true, TypeError],
    [new Date(0), TypeError],
  ])('of %o is a mistake that the caller hears of', async (value, type) => {
    const { policy, clock } = rigOf({ delay: (() => value) as () => never });
    const settled = await policy.attempt(() => Promise.reject(new Error('busy')));
    expectInvalid(
      () => {
        if (!settled.ok) throw settled.error;
      },
      { type, option: 'delay()', value },
    );
    expect(clock.timersMade).toBe(0);
  });
});
