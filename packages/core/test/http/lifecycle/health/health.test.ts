import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { currentDeadline, withDeadline } from '../../../../src/http/index.ts';
import { health } from '../../../../src/http/lifecycle/health.ts';
import type { HealthOptions } from '../../../../src/http/lifecycle/health-types.ts';
import { hang } from '../../../support/calls.ts';
import { expectInvalid, type Complaint } from '../../../support/invalid-option.ts';
import { boom, fails, rigOf } from './rig.ts';
import { ScriptedCheck } from './scripted-check.ts';

describe('what a check may do', () => {
  test.each<[string, HealthOptions['checks'], string]>([
    ['gives nothing', { db: () => undefined }, 'pass'],
    ['gives true', { db: () => true }, 'pass'],
    ['resolves with an object', { db: async () => ({ rows: 1 }) }, 'pass'],
    ['gives false', { db: () => false }, 'fail'],
    ['resolves with false', { db: async () => false }, 'fail'],
    ['throws', { db: fails }, 'fail'],
    ['rejects', { db: () => Promise.reject(boom) }, 'fail'],
    ['throws as one of several', { db: fails, cache: () => true }, 'fail'],
  ])('a check that %s', async (_, checks, status) => {
    const { own } = rigOf(checks === undefined ? {} : { checks });
    expect(await own.probe('readiness')).toMatchObject({ status, started: true, draining: false });
  });

  test('keep its own this', async () => {
    class Pool {
      readonly kind = 'liveness';
      #asked = 0;
      run(): boolean {
        return this.#asked++ === 0;
      }
    }
    const { status, clock } = rigOf({ checks: { pool: new Pool() } });
    expect(await status('liveness')).toBe('pass');
    clock.advance(1_000);
    expect(await status('liveness')).toBe('fail');
  });

  test('the deadline of the request that asks is not the check’s', async () => {
    const seen: unknown[] = [];
    const { own } = rigOf({ checks: { db: () => void seen.push(currentDeadline()) } });
    await withDeadline(50, () => own.probe('readiness'));
    expect(seen).toEqual([undefined]);
  });

  test('what it failed with is in the report', async () => {
    const { own } = rigOf({ checks: { db: fails, no: () => false } });
    const { checks } = await own.probe('readiness');
    expect(checks).toMatchObject([
      { name: 'db', kind: 'readiness', status: 'fail', tookMs: 0, error: boom },
      { name: 'no', error: { message: 'the check answered false' } },
    ]);
  });
});

describe('a run', () => {
  test('is shared by probes that come together', async () => {
    const db = new ScriptedCheck();
    const { status, clock } = rigOf({ checks: { db: db.run }, cacheMs: 0 });
    const probes = [status('readiness'), status('readiness')];
    await clock.advanceAsync(20);
    probes.push(status('readiness'));
    db.end('pass');
    expect(await Promise.all(probes)).toEqual(['pass', 'pass', 'pass']);
    expect(db.runs).toBe(1);
  });

  test('is good for cacheMs from its end, to the millisecond', async () => {
    const db = new ScriptedCheck();
    const { own, clock } = rigOf({ checks: { db: { run: db.run, cacheMs: 100 } } });
    const first = own.probe('readiness');
    await clock.advanceAsync(30);
    db.end('false');
    expect((await first).checks).toMatchObject([{ tookMs: 30, ageMs: 0 }]);
    clock.advance(99);
    const second = await own.probe('readiness');
    expect(second).toMatchObject({ status: 'fail', checks: [{ tookMs: 30, ageMs: 99 }] });
    clock.advance(1);
    const third = own.probe('readiness');
    db.end('pass');
    expect(await third).toMatchObject({ status: 'pass' });
    expect(db.runs).toBe(2);
  });

  test('that takes longer than timeoutMs fails on the millisecond, and its signal says why', async () => {
    const signals: AbortSignal[] = [];
    const run = (signal: AbortSignal): Promise<never> => {
      signals.push(signal);
      return hang();
    };
    const { own, clock } = rigOf({ checks: { db: run }, timeoutMs: 250 });
    let at: number | undefined;
    const probe = own.probe('readiness').finally(() => (at = clock.now()));
    await clock.advanceAsync(1_000);
    const { checks } = await probe;
    expect(at).toBe(250);
    const error = { code: 'HF_TIMEOUT', policy: 'db', afterMs: 250 };
    expect(checks).toMatchObject([{ status: 'fail', tookMs: 250, hanging: true, error }]);
    expect(signals[0]?.reason).toBe(checks[0]?.error);
  });

  test('that hangs is not begun again, and fails at once, until it ends', async () => {
    const db = new ScriptedCheck();
    const { own, clock } = rigOf({ checks: { db: { run: db.run, timeoutMs: 10, cacheMs: 5 } } });
    const first = own.probe('readiness');
    await clock.advanceAsync(10);
    await first;
    for (let i = 0; i < 20; i++) {
      clock.advance(100);
      expect(await own.probe('readiness')).toMatchObject({ checks: [{ hanging: true }] });
    }
    expect(db.runs).toBe(1);
    db.end('pass');
    await clock.advanceAsync(0);
    const healed = own.probe('readiness');
    db.end('pass');
    expect(await healed).toMatchObject({ status: 'pass', checks: [{ hanging: false }] });
    expect(db.runs).toBe(2);
  });

  test('that was given up may reject later; nobody hears of it', async () => {
    const unhandled: unknown[] = [];
    const hear = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', hear);
    onTestFinished(() => void process.off('unhandledRejection', hear));
    const db = new ScriptedCheck();
    const { own, clock } = rigOf({ checks: { db: { run: db.run, timeoutMs: 10 } } });
    const probe = own.probe('readiness');
    await clock.advanceAsync(10);
    db.end('reject');
    await clock.advanceAsync(0);
    await clock.advanceAsync(0);
    expect(await probe).toMatchObject({ status: 'fail' });
    expect(unhandled).toEqual([]);
  });

  test('keeps the process alive only while it lasts, and leaves no timer behind', async () => {
    const db = new ScriptedCheck();
    const { own, clock } = rigOf({ checks: { db: db.run } });
    const probe = own.probe('readiness');
    expect(clock.holdsProcess).toBe(true);
    db.end('pass');
    await probe;
    expect(clock.holdsProcess).toBe(false);
    own[Symbol.dispose]();
    expect(clock.pendingTimers).toBe(0);
  });

  test('whose answer waits while our own event loop stands still is no timeout', async () => {
    const db = new ScriptedCheck();
    const { status, clock } = rigOf({ checks: { db: db.run }, timeoutMs: 100 });
    const probe = status('readiness');
    clock.stall(2_000);
    clock.setTimer(() => db.end('pass'), 0);
    await clock.advanceAsync(0);
    expect(await probe).toBe('pass');
  });
});

describe('liveness', () => {
  test('follows neither drain nor startup nor what the process depends on', async () => {
    const drain = new AbortController();
    const { status } = rigOf({
      drain,
      checks: { db: fails, warm: { kind: 'startup', run: fails } },
    });
    drain.abort();
    expect(await status('liveness')).toBe('pass');
    expect(await status('readiness')).toBe('fail');
  });

  test('fails with a check of its own kind, which readiness does not ask', async () => {
    const { status } = rigOf({ checks: { loop: { kind: 'liveness', run: fails } } });
    expect(await status('liveness')).toBe('fail');
    expect(await status('readiness')).toBe('pass');
  });
});

describe('readiness', () => {
  test('fails from the moment of the drain, and asks nothing that may be torn down', async () => {
    const drain = new AbortController();
    const db = new ScriptedCheck();
    const { own } = rigOf({ drain, checks: { db: db.run }, cacheMs: 0 });
    const before = own.probe('readiness');
    db.end('pass');
    expect(await before).toMatchObject({ status: 'pass', draining: false });
    drain.abort();
    expect(await own.probe('readiness')).toMatchObject({
      status: 'fail',
      draining: true,
      checks: [],
    });
    expect(db.runs).toBe(1);
  });

  test('fails also where the drain begins while its checks run', async () => {
    const drain = new AbortController();
    const db = new ScriptedCheck();
    const { status } = rigOf({ drain, checks: { db: db.run } });
    const probe = status('readiness');
    drain.abort();
    db.end('pass');
    expect(await probe).toBe('fail');
  });

  test('takes no longer than its slowest check', async () => {
    const { own, clock } = rigOf({
      checks: { a: hang, b: hang, c: { kind: 'startup', run: hang } },
    });
    let at: number | undefined;
    void own.probe('readiness').finally(() => (at = clock.now()));
    await clock.advanceAsync(5_000);
    expect(at).toBe(1_000);
  });
});

describe('startup', () => {
  test('has passed from the beginning where nothing checks it', async () => {
    const { own } = rigOf({ checks: { db: fails } });
    expect(await own.probe('startup')).toMatchObject({ status: 'pass', started: true });
  });

  test('holds readiness back until all its checks passed at once, and then stays', async () => {
    let [migrated, warm] = [true, false];
    const { status, clock } = rigOf({
      checks: {
        migrated: { kind: 'startup', run: () => migrated, cacheMs: 0 },
        warm: { kind: 'startup', run: () => warm, cacheMs: 0 },
      },
    });
    expect(await status('readiness')).toBe('fail');
    [migrated, warm] = [false, true];
    expect(await status('startup')).toBe('fail');
    migrated = true;
    expect(await status('readiness')).toBe('pass');
    [migrated, warm] = [false, false];
    clock.advance(60_000);
    expect(await status('startup')).toBe('pass');
    expect(await status('readiness')).toBe('pass');
  });

  test('passes by readiness probes alone, and its checks then rest', async () => {
    const run = vi.fn<() => boolean>(() => true);
    const { status, clock } = rigOf({ checks: { warm: { kind: 'startup', run } } });
    expect(await status('readiness')).toBe('pass');
    clock.advance(60_000);
    await Promise.all([status('startup'), status('readiness')]);
    expect(run).toHaveBeenCalledTimes(1);
  });

  test('goes on while the process drains', async () => {
    const drain = new AbortController();
    drain.abort();
    const { status } = rigOf({ drain, checks: { warm: { kind: 'startup', run: () => true } } });
    expect(await status('startup')).toBe('pass');
  });
});

describe('disposing', () => {
  test('ends checks that run, and their probes', async () => {
    const signals: AbortSignal[] = [];
    const run = (signal: AbortSignal): Promise<never> => {
      signals.push(signal);
      return hang();
    };
    const { own, clock } = rigOf({ checks: { db: run, loop: { kind: 'liveness', run } } });
    const probes = [own.probe('readiness'), own.probe('liveness')];
    own[Symbol.dispose]();
    expect(await Promise.all(probes)).toMatchObject([
      { status: 'fail', checks: [{ error: { code: 'HF_DISPOSED', policy: 'db' } }] },
      { status: 'pass' },
    ]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    expect(clock.pendingTimers).toBe(0);
  });

  test('leaves liveness passing, startup as it was and readiness failing, and asks nothing more', async () => {
    const run = vi.fn<() => boolean>(() => false);
    const { own, status } = rigOf({
      checks: { db: run, loop: { kind: 'liveness', run }, warm: { kind: 'startup', run } },
    });
    own[Symbol.dispose]();
    own[Symbol.dispose]();
    expect(await status('liveness')).toBe('pass');
    expect(await status('readiness')).toBe('fail');
    expect(await status('startup')).toBe('fail');
    expect(run).not.toHaveBeenCalled();
  });
});

describe('options', () => {
  const made = health as (options: unknown) => unknown;
  const run = (): void => undefined;

  test.each<[unknown, string, Complaint['type'], unknown]>([
    [null, 'health', TypeError, null],
    [5, 'health', TypeError, 5],
    [{ check: {} }, 'health.check', TypeError, {}],
    [{ drain: null }, 'drain', TypeError, null],
    [{ drain: {} }, 'drain.signal', TypeError, undefined],
    [{ checks: null }, 'checks', TypeError, null],
    [{ checks: [run] }, 'checks', TypeError, [run]],
    [{ checks: { '': run } }, 'checks', TypeError, ''],
    [{ checks: { db: null } }, 'checks.db', TypeError, null],
    [{ checks: { db: 'up' } }, 'checks.db', TypeError, 'up'],
    [{ checks: { db: {} } }, 'checks.db.run', TypeError, undefined],
    [{ checks: { db: { run, kind: 'ready' } } }, 'checks.db.kind', TypeError, 'ready'],
    [{ checks: { db: { run, timeoutMs: 0 } } }, 'checks.db.timeoutMs', RangeError, 0],
    [{ checks: { db: { run, cacheMs: -1 } } }, 'checks.db.cacheMs', RangeError, -1],
    [{ checks: { db: { run, timeout: 1 } } }, 'checks.db.timeout', TypeError, 1],
    [{ detailsFor: true }, 'detailsFor', TypeError, true],
    [{ livePath: 'livez' }, 'livePath', TypeError, 'livez'],
    [{ readyPath: '/readyz?' }, 'readyPath', TypeError, '/readyz?'],
    [{ startupPath: null }, 'startupPath', TypeError, null],
    [{ readyPath: '/livez' }, 'readyPath', RangeError, '/livez'],
    [{ startupPath: '/readyz' }, 'startupPath', RangeError, '/readyz'],
    [{ timeoutMs: Number.NaN }, 'timeoutMs', RangeError, Number.NaN],
    [{ cacheMs: '1s' }, 'cacheMs', TypeError, '1s'],
    [{ clock: Date }, 'clock', TypeError, Date],
  ])('%o is a mistake in %s', (options, option, type, value) => {
    expectInvalid(() => made(options), { type, option, value });
  });

  test('a kind that nobody knows rejects, naming those there are', async () => {
    const probe = rigOf().own.probe as (kind: string) => Promise<unknown>;
    await expect(probe.call(rigOf().own, 'ready')).rejects.toThrow('"liveness" or "readiness"');
  });
});
