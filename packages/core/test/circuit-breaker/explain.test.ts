import { describe, expect, it } from 'vitest';
import { consecutive, countWindow, tripWhen } from '../../src/index.ts';
import { admitted, benchOf, dueBenchOf, fail, settled, succeed } from '../support/breaker.ts';
import { hearWarnings } from '../support/warnings.ts';

const halfOpen = { probes: 1, leaseMs: 400 };

describe('the summary of a circuit', () => {
  it('that never opened', () => {
    expect(benchOf().breaker.explain().summary).toMatchInlineSnapshot(
      `"circuit "payments" is CLOSED and has never opened; the next call may be admitted now"`,
    );
  });

  it('that a row of failures opened', () => {
    const { breaker, clock } = benchOf({ trip: consecutive(1) });
    fail(breaker);
    clock.advance(300);
    expect(breaker.explain().summary).toMatchInlineSnapshot(
      `"circuit "payments" is OPEN since 300 ms because too many failures in a row; next admission in 700 ms"`,
    );
  });

  it('that a failure rate opened', () => {
    const { breaker } = benchOf({ trip: countWindow({ size: 4 }) });
    for (const act of [succeed, fail, succeed, fail]) act(breaker);
    expect(breaker.explain().summary).toMatchInlineSnapshot(
      `"circuit "payments" is OPEN since 0 ms because the failure rate of the last calls reached its limit (2 of 4 calls failed, 50 %); next admission in 1000 ms"`,
    );
  });

  it('that slow calls opened', () => {
    const { breaker, clock } = benchOf({
      trip: countWindow({ size: 2, slowMs: 100, slowRate: 0.5 }),
    });
    succeed(breaker);
    const permit = admitted(breaker.tryAcquire());
    clock.advance(150);
    permit.success();
    expect(breaker.explain().summary).toMatchInlineSnapshot(
      `"circuit "payments" is OPEN since 0 ms because the share of slow calls reached its limit (0 of 2 calls failed, 0 %, 1 slow); next admission in 1000 ms"`,
    );
  });

  it('that tripWhen opened', () => {
    const { breaker } = benchOf({ trip: tripWhen(() => true) });
    fail(breaker);
    expect(breaker.explain().summary).toMatchInlineSnapshot(
      `"circuit "payments" is OPEN since 0 ms because tripWhen said so; next admission in 1000 ms"`,
    );
  });

  it('that somebody opened', () => {
    const { breaker } = benchOf();
    breaker.open(250.4);
    expect(breaker.explain().summary).toMatchInlineSnapshot(
      `"circuit "payments" is OPEN since 0 ms because open() was called; next admission in 251 ms"`,
    );
  });

  it('whose break is over', () => {
    expect(dueBenchOf().breaker.explain().summary).toMatchInlineSnapshot(
      `"circuit "payments" is OPEN since 1000 ms because open() was called; the next call may be admitted now"`,
    );
  });

  it('that probes', () => {
    const { breaker } = dueBenchOf({ halfOpen });
    admitted(breaker.tryAcquire());
    expect(breaker.explain().summary).toMatchInlineSnapshot(
      `"circuit "payments" is HALF_OPEN since 0 ms because the break was over; the next call waits for a probe under way"`,
    );
  });

  it('whose probe failed', () => {
    const { breaker } = dueBenchOf({ halfOpen });
    fail(breaker);
    expect(breaker.explain().summary).toMatchInlineSnapshot(
      `"circuit "payments" is OPEN since 0 ms because a probe failed; next admission in 1000 ms"`,
    );
  });

  it('whose probe hangs', () => {
    hearWarnings();
    const { breaker, clock } = dueBenchOf({ halfOpen });
    admitted(breaker.tryAcquire());
    clock.advance(400);
    breaker.tryAcquire();
    expect(breaker.explain().summary).toMatchInlineSnapshot(
      `"circuit "payments" is OPEN since 0 ms because a probe did not settle in time; next admission in 1000 ms"`,
    );
  });

  it('that ramps', () => {
    const { breaker } = dueBenchOf({ halfOpen: { ...halfOpen, ramp: { from: 0.1, overMs: 500 } } });
    succeed(breaker);
    expect(breaker.explain().summary).toMatchInlineSnapshot(
      `"circuit "payments" is HALF_OPEN since 0 ms because the break was over; 10 % of the calls are admitted"`,
    );
  });

  it('that is back', () => {
    const { breaker } = dueBenchOf({ halfOpen });
    succeed(breaker);
    expect(breaker.explain().summary).toMatchInlineSnapshot(
      `"circuit "payments" is CLOSED since 0 ms because enough probes succeeded; the next call may be admitted now"`,
    );
  });

  it('that was reset', () => {
    const { breaker } = benchOf();
    fail(breaker);
    breaker.reset();
    expect(breaker.explain().summary).toMatchInlineSnapshot(
      `"circuit "payments" is CLOSED since 0 ms because reset() was called, or a mode left; the next call may be admitted now"`,
    );
  });

  it('that is isolated twice', () => {
    const { breaker } = benchOf();
    breaker.isolate('maintenance');
    breaker.isolate('incident 7');
    expect(breaker.explain().summary).toMatchInlineSnapshot(
      `"circuit "payments" is CLOSED and has never opened; isolated: maintenance; incident 7"`,
    );
  });

  it('that only watches', () => {
    const { breaker } = benchOf();
    breaker.setMode('shadow');
    fail(breaker);
    expect(breaker.explain().summary).toMatchInlineSnapshot(
      `"circuit "payments" is OPEN since 0 ms because too many failures in a row; mode shadow admits every call"`,
    );
  });

  it('that is disabled', () => {
    const { breaker } = benchOf();
    breaker.setMode('disabled');
    expect(breaker.explain().summary).toMatchInlineSnapshot(
      `"circuit "payments" is CLOSED and has never opened; mode disabled admits every call"`,
    );
  });

  it('that is disposed does not speak of a next call', () => {
    const { breaker } = benchOf();
    breaker[Symbol.dispose]();
    expect(breaker.explain().summary).toContain('circuit "payments" is disposed');
    expect(breaker.explain().summary).not.toContain('waits for a probe');
  });

  it('promises no admission while the breaker’s own check has the say', async () => {
    const { breaker, clock } = benchOf({
      halfOpen: { concurrency: 2 },
      check: () => new Promise(() => undefined),
    });
    fail(breaker);
    await clock.advanceAsync(1_000);
    expect(breaker.tryAcquire().admitted).toBe(false);
    expect(breaker.explain().nextAdmissionMs).not.toBe(0);
    expect(breaker.explain().summary).not.toContain('may be admitted now');
  });
});

describe('an explanation', () => {
  it('names the last failure, the last refusal and the last opening in numbers', () => {
    const { breaker, clock } = benchOf({ trip: countWindow({ size: 2 }) });
    succeed(breaker);
    fail(breaker, new Error('ECONNREFUSED'));
    clock.advance(40);
    breaker.tryAcquire();
    clock.advance(60);
    expect(breaker.explain()).toMatchInlineSnapshot(`
      {
        "lastFailure": "Error: ECONNREFUSED",
        "lastOpening": {
          "agoMs": 100,
          "from": "CLOSED",
          "reason": "count-window",
          "to": "OPEN",
          "window": {
            "failureRate": 0.5,
            "failures": 1,
            "slow": 0,
            "slowRate": 0,
            "successes": 1,
            "total": 2,
          },
        },
        "lastRefusal": {
          "agoMs": 60,
          "code": "HF_CIRCUIT_OPEN",
        },
        "lastTransition": {
          "agoMs": 100,
          "from": "CLOSED",
          "reason": "count-window",
          "to": "OPEN",
          "window": {
            "failureRate": 0.5,
            "failures": 1,
            "slow": 0,
            "slowRate": 0,
            "successes": 1,
            "total": 2,
          },
        },
        "nextAdmissionMs": 900,
        "state": "OPEN",
        "summary": "circuit "payments" is OPEN since 100 ms because the failure rate of the last calls reached its limit (1 of 2 calls failed, 50 %); next admission in 900 ms",
      }
    `);
  });

  it('remembers the last opening after the circuit closed', () => {
    const { breaker, clock } = benchOf({ halfOpen });
    fail(breaker, 'down');
    clock.advance(1_000);
    succeed(breaker);
    clock.advance(5);
    expect(breaker.explain()).toMatchObject({
      state: 'CLOSED',
      lastTransition: { to: 'CLOSED', reason: 'probes-succeeded', agoMs: 5 },
      lastOpening: { to: 'OPEN', reason: 'consecutive', agoMs: 1_005 },
      lastFailure: undefined,
      nextAdmissionMs: 0,
    });
  });

  it('changes nothing', () => {
    const { breaker, clock } = dueBenchOf({ halfOpen });
    const before = breaker.snapshot();
    clock.advance(5_000);
    expect(breaker.explain().nextAdmissionMs).toBe(0);
    expect(breaker.snapshot()).toEqual(before);
  });

  it.each([
    { what: 'an object without a prototype', reason: Object.create(null) as unknown },
    {
      what: 'an error whose message throws',
      reason: {
        toString: () => {
          throw new Error('hostile');
        },
      },
    },
    { what: 'a symbol', reason: Symbol('down') },
  ])('does not fail on $what', async ({ reason }) => {
    const { breaker } = benchOf();
    fail(breaker, reason);
    expect(typeof breaker.explain().lastFailure).toBe('string');
    await settled();
  });
});
