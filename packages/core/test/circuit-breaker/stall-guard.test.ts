import { beforeEach, describe, expect, it } from 'vitest';
import { countWindow } from '../../src/index.ts';
import { admitted, benchOf, dueBenchOf, eventsOf, refused, succeed } from '../support/breaker.ts';
import { hearWarnings } from '../support/warnings.ts';

const slow = { trip: countWindow({ size: 1, slowMs: 500, slowRate: 1 }) };
const lease = { halfOpen: { leaseMs: 1_000, probes: 1 } };

// Leases that end warn, which is tested elsewhere.
beforeEach(() => void hearWarnings());

describe('a call during which the event loop stood still', () => {
  it('is judged on its duration less the stall', () => {
    const { breaker, clock } = benchOf(slow);
    const permit = admitted(breaker.tryAcquire());
    clock.advance(200);
    clock.stall(600);
    clock.advance(0);
    permit.success();
    expect(breaker.snapshot()).toMatchObject({
      state: 'CLOSED',
      counters: { successes: 1, slow: 0, stalled: 1 },
    });
  });

  it('is judged so while the stall still lasts, for reactions run before timers', () => {
    const { breaker, clock } = benchOf(slow);
    const permit = admitted(breaker.tryAcquire());
    clock.stall(900);
    permit.success();
    expect(breaker.snapshot().counters).toMatchObject({ slow: 0, stalled: 1 });
  });

  it('is slow all the same when it took slowMs without the stall', () => {
    const { breaker, clock } = benchOf(slow);
    const permit = admitted(breaker.tryAcquire());
    clock.advance(600);
    clock.stall(400);
    clock.advance(0);
    permit.success();
    expect(breaker.snapshot()).toMatchObject({
      state: 'OPEN',
      counters: { slow: 1, stalled: 0 },
    });
  });

  it('is slow when no stall was longer than stallMs', () => {
    const { breaker, clock } = benchOf({ ...slow, stallMs: 250 });
    const permit = admitted(breaker.tryAcquire());
    clock.advance(300);
    clock.stall(250);
    clock.advance(0);
    permit.success();
    expect(breaker.snapshot().counters).toMatchObject({ slow: 1, stalled: 0 });
  });

  it('is judged with a stallMs that was updated meanwhile', () => {
    const { breaker, clock } = benchOf({ ...slow, stallMs: 250 });
    const permit = admitted(breaker.tryAcquire());
    clock.advance(300);
    clock.stall(350);
    clock.advance(0);
    breaker.update({ stallMs: 100 });
    permit.success();
    expect(breaker.snapshot().counters).toMatchObject({ slow: 0, stalled: 1 });
  });

  it('is not excused by a stall before it', () => {
    const { breaker, clock } = benchOf(slow);
    const first = admitted(breaker.tryAcquire());
    clock.stall(1_000);
    clock.advance(0);
    first.ignore();
    const second = admitted(breaker.tryAcquire());
    clock.advance(500);
    second.success();
    expect(breaker.snapshot().counters).toMatchObject({ slow: 1, stalled: 0 });
  });
});

describe('a lease that ran out during a stall', () => {
  it('is prolonged by the stall', () => {
    const { breaker, clock } = dueBenchOf(lease);
    const probe = admitted(breaker.tryAcquire());
    clock.advance(500);
    clock.stall(2_000);
    expect(refused(breaker.tryAcquire()).code).toBe('HF_PROBE_LIMIT');
    probe.success();
    expect(breaker.snapshot()).toMatchObject({ state: 'CLOSED', counters: { stalled: 1 } });
  });

  it('counts as stalled once, however often somebody asks', () => {
    const { breaker, clock } = dueBenchOf(lease);
    admitted(breaker.tryAcquire());
    clock.stall(2_000);
    for (let call = 0; call < 5; call++) breaker.tryAcquire();
    expect(breaker.snapshot().counters).toMatchObject({ stalled: 1, refused: 5 });
  });

  it('ends all the same once the prolongation is over', () => {
    const { breaker, clock } = dueBenchOf(lease);
    const leases = eventsOf(breaker, 'lease');
    admitted(breaker.tryAcquire());
    clock.advance(500);
    // The beat that was due at 600 ms came 1,900 ms late.
    clock.stall(2_000);
    clock.advance(399);
    breaker.tryAcquire();
    expect(breaker.state).toBe('HALF_OPEN');
    clock.advance(1);
    expect(refused(breaker.tryAcquire()).code).toBe('HF_CIRCUIT_OPEN');
    expect(leases).toMatchObject([{ leaseMs: 1_000, action: 'reopen' }]);
  });

  it('ends in time when the loop was on time', () => {
    const { breaker, clock } = dueBenchOf(lease);
    admitted(breaker.tryAcquire());
    clock.advance(1_000);
    expect(refused(breaker.tryAcquire()).code).toBe('HF_CIRCUIT_OPEN');
    expect(breaker.snapshot().counters.stalled).toBe(0);
  });
});

describe('the beat that finds stalls', () => {
  it('does not run for calls that nothing could falsify', () => {
    const { breaker, clock } = benchOf();
    admitted(breaker.tryAcquire());
    expect(clock.timersMade).toBe(0);
  });

  it('runs while a call under a slow rule is in flight, never keeps the process alive, and ends', () => {
    const { breaker, clock } = benchOf(slow);
    const permit = admitted(breaker.tryAcquire());
    expect(clock.pendingTimers).toBe(1);
    expect(clock.holdsProcess).toBe(false);
    clock.advance(450);
    expect(clock.pendingTimers).toBe(1);
    permit.success();
    clock.advance(100);
    expect(clock.pendingTimers).toBe(0);
  });

  it('runs while a probe is in flight, until it is revoked', () => {
    const { breaker, clock } = dueBenchOf(lease);
    admitted(breaker.tryAcquire());
    expect(clock.pendingTimers).toBe(1);
    clock.advance(1_000);
    breaker.tryAcquire();
    clock.advance(100);
    expect(clock.pendingTimers).toBe(0);
  });

  it('stops at once with the breaker when nobody else needs it', () => {
    const { breaker, clock } = benchOf(slow);
    succeed(breaker);
    breaker[Symbol.dispose]();
    expect(clock.pendingTimers).toBe(0);
  });
});
