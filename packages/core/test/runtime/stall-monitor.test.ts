import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StallMonitor, stallsOf } from '../../src/runtime/stall-monitor.ts';
import { RecordingClock } from '../support/recording-clock.ts';

const BEAT_MS = 100;

interface Phase {
  readonly type: 'advance' | 'stall';
  readonly ms: number;
}

/** The stalls that beats would find, walked through millisecond by millisecond. */
class BeatModel {
  now = 0;
  due = BEAT_MS;
  readonly stalls: { readonly from: number; readonly to: number }[] = [];

  walk({ type, ms }: Phase): void {
    if (type === 'stall') this.now += ms;
    else for (let left = ms; left >= 0; left--) this.#look(left);
  }

  #look(left: number): void {
    if (this.now >= this.due) {
      this.stalls.push({ from: this.due, to: this.now });
      this.due = this.now + BEAT_MS;
    }
    if (left > 0) this.now++;
  }

  /** Milliseconds of [from, now] in which the process stood still for longer than `stallMs`. */
  stalledMs(from: number, stallMs: number): number {
    const held = { from: this.due, to: this.now };
    const long = [...this.stalls, held].filter((stall) => stall.to - stall.from > stallMs);
    let stalled = 0;
    for (let at = from; at < this.now; at++) {
      if (long.some((stall) => stall.from <= at && at < stall.to)) stalled++;
    }
    return stalled;
  }
}

const phases = fc.array(
  fc.record({ type: fc.constantFrom('advance' as const, 'stall' as const), ms: fc.nat(400) }),
  { maxLength: 10 },
);

const watching = (): { readonly clock: RecordingClock; readonly monitor: StallMonitor } => {
  const clock = new RecordingClock();
  const monitor = new StallMonitor(clock);
  monitor.watch();
  return { clock, monitor };
};

describe('the stall monitor', () => {
  it('knows how much of a call lay in stalls', () => {
    const property = fc.property(phases, fc.nat(2_000), fc.integer({ min: 1, max: 300 }), check);
    fc.assert(property, { numRuns: 200 });
  });

  const check = (walk: readonly Phase[], from: number, stallMs: number): void => {
    const { clock, monitor } = watching();
    const model = new BeatModel();
    for (const phase of walk) {
      model.walk(phase);
      clock[phase.type](phase.ms);
      const start = Math.min(from, model.now);
      expect(monitor.stalledMs(start, clock.now(), stallMs)).toBe(model.stalledMs(start, stallMs));
    }
  };

  it('never says more than the call took', () => {
    const property = fc.property(phases, fc.nat(2_000), (walk, start) => {
      const { clock, monitor } = watching();
      for (const { type, ms } of walk) clock[type](ms);
      const from = Math.min(start, clock.now());
      const stalled = monitor.stalledMs(from, clock.now(), 50);
      expect(stalled).toBeGreaterThanOrEqual(0);
      expect(stalled).toBeLessThanOrEqual(clock.now() - from);
    });
    fc.assert(property);
  });

  it('sees a stall that still lasts', () => {
    const { clock, monitor } = watching();
    clock.advance(50);
    clock.stall(1_050);
    expect(monitor.stalledMs(0, clock.now(), 250)).toBe(1_000);
  });

  it('takes no lateness up to the limit for a stall', () => {
    const { clock, monitor } = watching();
    clock.stall(BEAT_MS + 250);
    clock.advance(0);
    expect(monitor.stalledMs(0, clock.now(), 250)).toBe(0);
    expect(monitor.stalledMs(0, clock.now(), 249)).toBe(250);
  });

  it('remembers a long stall after a hundred beats that were a little late', () => {
    const { clock, monitor } = watching();
    clock.stall(BEAT_MS + 1_000);
    clock.advance(0);
    for (let beat = 0; beat < 100; beat++) {
      clock.advance(BEAT_MS - 1);
      clock.stall(2);
    }
    clock.advance(0);
    expect(monitor.stalledMs(0, clock.now(), 250)).toBe(1_000);
  });

  it('beats only while somebody watches and never keeps the process alive', () => {
    const { clock, monitor } = watching();
    monitor.watch();
    expect(clock.pendingTimers).toBe(1);
    expect(clock.holdsProcess).toBe(false);
    monitor.unwatch();
    clock.advance(1_000);
    expect(clock.pendingTimers).toBe(1);
    monitor.unwatch();
    clock.advance(BEAT_MS);
    expect(clock.pendingTimers).toBe(0);
  });

  it('begins again for the next watcher', () => {
    const { clock, monitor } = watching();
    monitor.unwatch();
    clock.advance(1_000);
    monitor.watch();
    const from = clock.now();
    clock.stall(BEAT_MS + 400);
    expect(monitor.stalledMs(from, clock.now(), 250)).toBe(400);
  });

  it('takes an idle time without watchers for no stall', () => {
    const { clock, monitor } = watching();
    monitor.unwatch();
    clock.advance(BEAT_MS);
    clock.stall(60_000);
    expect(monitor.stalledMs(0, clock.now(), 250)).toBe(0);
  });

  it('leaves no timer once it is tidied, and keeps it while somebody watches', () => {
    const { clock, monitor } = watching();
    monitor.tidy();
    expect(clock.pendingTimers).toBe(1);
    monitor.unwatch();
    monitor.tidy();
    expect(clock.pendingTimers).toBe(0);
  });

  it('is one per clock', () => {
    const clock = new RecordingClock();
    expect(stallsOf(clock)).toBe(stallsOf(clock));
    expect(stallsOf(clock)).not.toBe(stallsOf(new RecordingClock()));
  });
});
