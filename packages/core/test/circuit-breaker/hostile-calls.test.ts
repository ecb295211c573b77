import { describe, expect, it } from 'vitest';
import { consecutive, isRejection, type CircuitBreakerOptions } from '../../src/index.ts';
import { admitted, benchOf, dueBenchOf, refused, settled, type Bench } from '../support/breaker.ts';
import { thenable, throwingGetter } from '../support/thenables.ts';
import { hearWarnings } from '../support/warnings.ts';

const trip = consecutive(100);

/** Both ways a call takes: past the breaker in CLOSED, and with a permit because somebody listens. */
const paths: readonly {
  readonly path: string;
  readonly bench: (options?: Partial<CircuitBreakerOptions>) => Bench;
}[] = [
  { path: 'the plain path', bench: (options = {}) => benchOf({ trip, ...options }) },
  {
    path: 'the path with permits',
    bench: (options = {}) => {
      const bench = benchOf({ trip, ...options });
      bench.breaker.on('outcome', () => undefined);
      return bench;
    },
  },
];

const countersOf = ({ breaker }: Bench): object => {
  const { inFlight, counters } = breaker.snapshot();
  const { successes, failures, ignored } = counters;
  return { inFlight, successes, failures, ignored };
};

const NONE = { inFlight: 0, successes: 0, failures: 0, ignored: 0 };

class Subclass<T> extends Promise<T> {}

describe.each(paths)('on $path', ({ bench }) => {
  it('a call that throws at once is a failure, and its error a rejection', async () => {
    const use = bench();
    const error = new Error('at once');
    const execution = use.breaker.execute(() => {
      throw error;
    });
    await expect(execution).rejects.toBe(error);
    expect(countersOf(use)).toEqual({ ...NONE, failures: 1 });
  });

  it.each([undefined, null, 0, 'text', Symbol('reason')])(
    'a call that rejects with %s is a failure',
    async (reason) => {
      const use = bench();
      const attempt = await use.breaker.attempt(() => Promise.reject(reason as never));
      expect(attempt).toEqual({ ok: false, error: reason, rejection: undefined });
      expect(countersOf(use)).toEqual({ ...NONE, failures: 1 });
    },
  );

  it('a value that is no promise is a success', async () => {
    const use = bench();
    await expect(use.breaker.execute(() => 5)).resolves.toBe(5);
    expect(countersOf(use)).toEqual({ ...NONE, successes: 1 });
  });

  it('a thenable is adopted', async () => {
    const use = bench();
    const value = thenable((resolve: (value: unknown) => void) => resolve('adopted'));
    await expect(use.breaker.execute(() => value)).resolves.toBe('adopted');
    expect(countersOf(use)).toEqual({ ...NONE, successes: 1 });
  });

  it('a thenable that answers many times counts once', async () => {
    const use = bench();
    const value = thenable((resolve: (value: unknown) => void, reject: (error: Error) => void) => {
      resolve('first');
      reject(new Error('second'));
      resolve('third');
      throw new Error('fourth');
    });
    await expect(use.breaker.execute(() => value)).resolves.toBe('first');
    expect(countersOf(use)).toEqual({ ...NONE, successes: 1 });
  });

  it('a thenable whose then throws is a failure', async () => {
    const use = bench();
    const value = thenable(() => {
      throw new Error('then');
    });
    await expect(use.breaker.execute(() => value)).rejects.toThrow('then');
    expect(countersOf(use)).toEqual({ ...NONE, failures: 1 });
  });

  it('a thenable whose getter throws is a failure', async () => {
    const use = bench();
    await expect(use.breaker.execute(() => throwingGetter())).rejects.toThrow('getter');
    expect(countersOf(use)).toEqual({ ...NONE, failures: 1 });
  });

  it('a promise with a then of its own cannot slip past', async () => {
    const use = bench();
    const promise = Object.assign(Promise.resolve('real'), {
      // oxlint-disable-next-line unicorn/no-thenable -- what is tested
      then: (resolve: (value: string) => void) => resolve('fake'),
    });
    await use.breaker.execute(() => promise);
    expect(countersOf(use)).toEqual({ ...NONE, successes: 1 });
  });

  it('a subclass of Promise is settled like any other', async () => {
    const use = bench();
    await expect(use.breaker.execute(() => Subclass.resolve(1))).resolves.toBe(1);
    await expect(use.breaker.execute(() => Subclass.reject(new Error('no')))).rejects.toThrow('no');
    expect(countersOf(use)).toEqual({ ...NONE, successes: 1, failures: 1 });
  });

  it('a promise whose constructor throws is a failure and not a throw', async () => {
    const use = bench();
    const promise = Object.defineProperty(Promise.resolve(1), 'constructor', {
      get: () => {
        throw new Error('constructor');
      },
    });
    const execution = use.breaker.execute(() => promise);
    await expect(execution).rejects.toThrow('constructor');
    expect(countersOf(use)).toEqual({ ...NONE, failures: 1 });
  });

  it('a call that never settles holds nobody up', async () => {
    const use = bench();
    void use.breaker.execute(() => new Promise(() => undefined));
    await expect(use.breaker.execute(() => 'next')).resolves.toBe('next');
    expect(countersOf(use)).toEqual({ ...NONE, inFlight: 1, successes: 1 });
  });

  it('a call that opens its own circuit while it runs is late', async () => {
    const use = bench();
    await use.breaker.execute(() => use.breaker.open());
    expect(use.breaker.snapshot()).toMatchObject({
      state: 'OPEN',
      inFlight: 0,
      counters: { successes: 0, lateSuccesses: 1 },
    });
  });

  it('a call inside a call counts on its own', async () => {
    const use = bench();
    const inner = await use.breaker.execute(() => use.breaker.execute(() => 'inner'));
    expect(inner).toBe('inner');
    expect(countersOf(use)).toEqual({ ...NONE, successes: 2 });
  });
});

describe.each(paths)('executeSync on $path', ({ bench }) => {
  it('returns the value and throws the call’s own error', () => {
    const use = bench();
    const error = new Error('sync');
    expect(use.breaker.executeSync(() => 5)).toBe(5);
    expect(() =>
      use.breaker.executeSync(() => {
        throw error;
      }),
    ).toThrow(error);
    expect(countersOf(use)).toEqual({ ...NONE, successes: 1, failures: 1 });
  });

  it('names execute to a function that returns a promise, and counts nothing', async () => {
    const use = bench();
    const act = () => use.breaker.executeSync(() => Promise.reject(new Error('never heard')));
    expect(act).toThrow(TypeError);
    expect(act).toThrow('use execute');
    await settled();
    expect(countersOf(use)).toEqual({ ...NONE, ignored: 2 });
  });

  it('settles its call when the value’s then cannot be read', () => {
    const use = bench();
    const value = throwingGetter();
    expect(use.breaker.executeSync(() => value)).toBe(value);
    expect(countersOf(use)).toMatchObject({ inFlight: 0 });
  });
});

describe('a probe', () => {
  it('that never settles is revoked when its lease ends, and the first time is a warning', () => {
    const warnings = hearWarnings();
    const { breaker, clock } = dueBenchOf({ halfOpen: { leaseMs: 500 } });
    void breaker.execute(() => new Promise(() => undefined));
    clock.advance(500);
    expect(refused(breaker.tryAcquire()).code).toBe('HF_CIRCUIT_OPEN');
    clock.advance(2_000);
    void breaker.execute(() => new Promise(() => undefined));
    clock.advance(500);
    breaker.tryAcquire();
    expect(breaker.snapshot()).toMatchObject({ state: 'OPEN', consecutiveOpens: 2 });
    expect(warnings).toMatchObject([
      {
        code: 'HF_LEASE_EXPIRED',
        type: 'HoldfastWarning',
        message:
          'a probe of circuit "payments" did not settle within 500 ms and was revoked; give the call a timeout inside the breaker',
      },
    ]);
  });

  it('whose value hides a throwing then gives its slot back', () => {
    const { breaker } = dueBenchOf();
    breaker.executeSync(() => throwingGetter());
    expect(breaker.snapshot()).toMatchObject({ inFlight: 0 });
    expect(breaker.snapshot().probes?.unsettled ?? 0).toBe(0);
  });

  it('that calls through its own circuit is refused there like any other', async () => {
    const { breaker } = dueBenchOf({ halfOpen: { probes: 1 } });
    const inner: unknown[] = [];
    await breaker.execute(async () => {
      const attempt = await breaker.attempt(() => 'inner');
      inner.push(attempt.ok ? attempt.value : attempt.rejection?.code);
    });
    expect(inner).toEqual(['HF_PROBE_LIMIT']);
    expect(breaker.state).toBe('CLOSED');
  });

  it('that passes on the refusal of its own circuit is ignored, and its slot goes back', async () => {
    const { breaker } = dueBenchOf({ halfOpen: { probes: 1 } });
    await expect(breaker.execute(() => breaker.execute(() => 'inner'))).rejects.toSatisfy(
      isRejection,
    );
    expect(breaker.snapshot()).toMatchObject({
      state: 'HALF_OPEN',
      probes: { unsettled: 0, successes: 0, failures: 0 },
    });
  });
});

describe('a permit', () => {
  it('settles once', () => {
    const { breaker } = benchOf({ trip });
    const permit = admitted(breaker.tryAcquire());
    permit.success();
    permit.failure();
    permit.ignore();
    permit[Symbol.dispose]();
    expect(breaker.snapshot().counters).toMatchObject({ successes: 1, failures: 0, ignored: 0 });
  });

  it('that is disposed unsettled says nothing', () => {
    const { breaker } = benchOf({ trip });
    admitted(breaker.tryAcquire())[Symbol.dispose]();
    expect(breaker.snapshot().counters).toMatchObject({ ignored: 1, lateSuccesses: 0 });
  });

  it.each([Number.NaN, -1, -Infinity, 'soon', {}])(
    'whose failure asks for %s leaves no circuit open for ever',
    (openForMs) => {
      const { breaker, clock } = benchOf();
      const permit = admitted(breaker.tryAcquire());
      try {
        permit.failure(undefined, openForMs as number);
      } catch {
        permit.failure();
      }
      expect(breaker.snapshot().retryAfterMs).toBeGreaterThanOrEqual(1_000);
      clock.advance(60_000);
      expect(breaker.tryAcquire().admitted).toBe(true);
    },
  );

  it('whose failure asks for ever gets the most that is allowed', () => {
    const { breaker } = benchOf({ open: { maxOpenForMs: 7_000 } });
    admitted(breaker.tryAcquire()).failure(undefined, Infinity);
    expect(breaker.snapshot().retryAfterMs).toBe(7_000);
  });
});
