import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDeadline, parseDeadline, type DeadlineHeader } from '../../src/http/index.ts';
import { expectInvalid } from '../support/invalid-option.ts';
import { spread } from '../support/spread.ts';

const GRPC = 'grpc-timeout';
const HEADERS = ['x-request-timeout-ms', GRPC, 'x-envoy-expected-rq-timeout-ms'] as const;
const WHOLE_MS_HEADERS = HEADERS.filter((header) => header !== GRPC);

/** What one of each unit lasts, in nanoseconds; from the text of gRPC over HTTP/2. */
const NANOSECONDS: Readonly<Record<string, bigint>> = {
  H: 3_600_000_000_000n,
  M: 60_000_000_000n,
  S: 1_000_000_000n,
  m: 1_000_000n,
  u: 1_000n,
  n: 1n,
};

/** The most that every one of the fields can hold: 99,999,999 hours. */
const MOST_MS = 99_999_999 * 3_600_000;

const header = fc.constantFrom(...HEADERS);

/** As likely a second as a century: the number of digits is drawn first. */
const remaining = fc
  .tuple(fc.integer({ min: 0, max: 14 }), spread(0, 10))
  .map(([digits, first]) => Math.min(first * 10 ** digits, MOST_MS));

const anyOf = (letters: string): fc.Arbitrary<string> => fc.constantFrom(...letters.split(''));
const anyText = fc.array(fc.nat(0xff_ff)).map((codes) => String.fromCharCode(...codes));

const digits = (most: number): fc.Arbitrary<string> =>
  fc.string({ unit: anyOf('0123456789'), minLength: 1, maxLength: most });

const isDigits = (text: string, most: number): boolean =>
  text.length > 0 &&
  text.length <= most &&
  text.split('').every((each) => each >= '0' && each <= '9');

/** What a field means, read letter by letter in exact numbers. */
const meaning = (name: DeadlineHeader, value: string): number | undefined => {
  const grpc = name === GRPC;
  const number = grpc ? value.slice(0, -1) : value;
  const unit = NANOSECONDS[grpc ? value.slice(-1) : 'm'];
  if (unit === undefined || !isDigits(number, grpc ? 8 : 15) || BigInt(number) === 0n) {
    return undefined;
  }
  const nanoseconds = BigInt(number) * unit;
  return Number(nanoseconds / 1_000_000n) + Number(nanoseconds % 1_000_000n) / 1e6;
};

describe('what is left of a deadline, written and read', () => {
  it('is never longer than what is left, a last millisecond aside', () => {
    fc.assert(
      fc.property(header, remaining, (name, ms) => {
        expect(parseDeadline(name, formatDeadline(name, ms))).toBeLessThanOrEqual(Math.max(1, ms));
      }),
    );
  });

  it('is at most one unit shorter, which is less than 1 % and a millisecond', () => {
    fc.assert(
      fc.property(header, remaining, (name, ms) => {
        const read = parseDeadline(name, formatDeadline(name, ms));
        expect(read).toBeGreaterThanOrEqual(ms * 0.99 - 1);
      }),
    );
  });

  it('is written in the form of its field', () => {
    fc.assert(
      fc.property(
        header,
        fc.oneof(remaining, fc.double({ min: 0, noDefaultInfinity: true, noNaN: true })),
        (name, ms) => {
          const form = name === GRPC ? /^[1-9]\d{0,7}[mSMH]$/ : /^[1-9]\d{0,14}$/;
          expect(formatDeadline(name, ms)).toMatch(form);
        },
      ),
    );
  });

  it('does not grow when less is left', () => {
    fc.assert(
      fc.property(header, remaining, remaining, (name, a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)].map(
          (ms) => parseDeadline(name, formatDeadline(name, ms)) ?? Number.NaN,
        );
        expect(less).toBeLessThanOrEqual(more!);
      }),
    );
  });

  it.each([
    [0, '1', '1m'],
    [0.2, '1', '1m'],
    [1.999, '1', '1m'],
    [250, '250', '250m'],
    [30_000, '30000', '30000m'],
    [99_999_999.9, '99999999', '99999999m'],
    [100_000_999, '100000999', '100000S'],
    [99_999_960_999, '99999960999', '99999960S'],
    [99_999_961_000, '99999961000', '1666666M'],
    [100_000_000_000, '100000000000', '1666666M'],
    [5_999_997_660_000, '5999997660000', '1666666H'],
    [6_000_000_000_000, '6000000000000', '1666666H'],
    [1e15, '999999999999999', '99999999H'],
    [Number.MAX_VALUE, '999999999999999', '99999999H'],
  ])('%d ms are %s, and %s to gRPC', (ms, wholeMs, grpc) => {
    for (const name of WHOLE_MS_HEADERS) expect(formatDeadline(name, ms)).toBe(wholeMs);
    expect(formatDeadline(GRPC, ms)).toBe(grpc);
  });

  it.each([-1, -0.001, Number.NaN, Infinity, -Infinity])('%d ms cannot be left', (value) => {
    for (const name of HEADERS) {
      expectInvalid(() => formatDeadline(name, value), {
        type: RangeError,
        option: 'remainingMs',
        value,
      });
    }
  });

  it.each(['100', null, undefined, 100n, {}])('%s is no number of milliseconds', (value) => {
    const act = () => formatDeadline(GRPC, value as never);
    expectInvalid(act, { type: TypeError, option: 'remainingMs', value });
  });
});

describe('a field that somebody wrote', () => {
  it('means what its form says', () => {
    const units = fc.constantFrom('', ...Object.keys(NANOSECONDS), 'h', 's', 'ms');
    const value = fc.tuple(digits(17), units).map(([number, unit]) => number + unit);
    fc.assert(
      fc.property(header, value, (name, text) => {
        const expected = meaning(name, text);
        const read = parseDeadline(name, text);
        expect(read === undefined).toBe(expected === undefined);
        expect(read ?? 0).toBeCloseTo(expected ?? 0, 6);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is nothing in any other form, and nothing throws', () => {
    const letters = fc.string({ unit: anyOf('0123456789HMSmun+-.eE, \t\0') });
    fc.assert(
      fc.property(header, fc.oneof(letters, anyText), (name, text) => {
        const read = parseDeadline(name, text);
        expect(read === undefined).toBe(meaning(name, text) === undefined);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['250', 250],
    ['007', 7],
    ['999999999999999', 999_999_999_999_999],
    ['0', undefined],
    ['000', undefined],
    ['1000000000000000', undefined],
    ['-1', undefined],
    ['+1', undefined],
    ['1.5', undefined],
    ['1e3', undefined],
    ['0x10', undefined],
    ['Infinity', undefined],
    [' 1', undefined],
    ['1\n', undefined],
    ['1, 2', undefined],
    ['١', undefined],
    ['', undefined],
  ])('%j of whole milliseconds is %s', (value, ms) => {
    for (const name of WHOLE_MS_HEADERS) expect(parseDeadline(name, value)).toBe(ms);
  });

  it.each([
    ['1H', 3_600_000],
    ['2M', 120_000],
    ['3S', 3_000],
    ['4m', 4],
    ['1500u', 1.5],
    ['500000n', 0.5],
    ['99999999H', MOST_MS],
    ['0m', undefined],
    ['100000000m', undefined],
    ['1h', undefined],
    ['1', undefined],
    ['m', undefined],
    ['1.5S', undefined],
    ['-1S', undefined],
    ['1S\n', undefined],
    ['1S, 2S', undefined],
    ['1 S', undefined],
    ['', undefined],
  ])('%j of gRPC is %s', (value, ms) => {
    expect(parseDeadline(GRPC, value)).toBe(ms);
  });

  it('is nothing where it is missing, or not text', () => {
    for (const name of HEADERS) {
      for (const value of [undefined, null, 5, ['5'], ['5m']]) {
        expect(parseDeadline(name, value as never)).toBeUndefined();
      }
    }
  });

  it.each(['0', '9', ' ', 'm', '9m', '-'])(
    'is read in less than 1 ms, also 64 KB of %j',
    (text) => {
      const value = text.repeat(65_536 / text.length);
      for (const name of HEADERS) {
        const times = Array.from({ length: 5 }, () => {
          const start = performance.now();
          expect(parseDeadline(name, value)).toBeUndefined();
          return performance.now() - start;
        });
        expect(Math.min(...times)).toBeLessThan(1);
      }
    },
  );
});

it.each(['request-timeout', 'X-Request-Timeout-Ms', '', '__proto__', undefined, null])(
  'a header that is not known is an error, not a default: %s',
  (value) => {
    const complaint = { type: TypeError, option: 'header', value };
    expectInvalid(() => formatDeadline(value as never, 1), complaint);
    expectInvalid(() => parseDeadline(value as never, '1'), complaint);
  },
);
