import { describe, expect, test } from 'vitest';
import { begin, IN_50_MS, KEY, load, lose, rigOf, TAKE, take, takeIn, type End } from './rig.ts';
import { failure } from './scripted-store.ts';

const count = (ends: readonly End[], how: unknown): number =>
  ends.filter((end) => end.how === how).length;

describe('a store that freezes under load', () => {
  test.each([
    { everyMs: 0.5, name: '2,000' },
    { everyMs: 1, name: '1,000' },
    { everyMs: 10, name: '100' },
  ])('is lost within 150 ms at $name operations in a second', async ({ everyMs }) => {
    const rig = rigOf();
    rig.store.delayMs = 1;
    await load(rig, everyMs, 2_000);
    rig.store.frozen = true;
    const frozenAt = rig.clock.now();
    const ends = await load(rig, everyMs, 1_000);
    await rig.clock.advanceAsync(50);
    expect((rig.heard[0]?.at ?? Infinity) - frozenAt).toBeLessThan(150);
    expect(Math.max(...ends.map(({ afterMs }) => afterMs))).toBeLessThan(51);
    expect(count(ends, 'unknown') + count(ends, 'not-sent')).toBe(ends.length);
    // After the loss nobody waits.
    const later = ends.slice(Math.ceil(150 / everyMs));
    expect(later.every(({ how, afterMs }) => how === 'not-sent' && afterMs === 0)).toBe(true);
    expect(rig.store.pending).toBeLessThanOrEqual(64);
    expect(rig.heard).toHaveLength(1);
  });

  test('has one probe to answer however long it is frozen, and is back at the first sign of life', async () => {
    const rig = rigOf();
    await lose(rig);
    await rig.clock.advanceAsync(4_000);
    expect(rig.store.probes).toHaveLength(1);
    expect(rig.guard.health().pending).toBe(6);
    const thawedAt = rig.clock.now();
    rig.store.thaw(failure('stale'));
    await load(rig, 10, 200);
    const restored = rig.heard[1];
    expect(restored?.what).toBe('restored');
    expect((restored?.at ?? Infinity) - thawedAt).toBeLessThanOrEqual(100);
    expect(await take(rig.guard)).toEqual({ answered: true });
  });

  test('is asked again beside a probe that may be lost with its connection', async () => {
    const rig = rigOf();
    await lose(rig);
    const lostAt = rig.clock.now();
    // Nothing of what went over the dead connection ever ends; new ones are answered.
    await rig.clock.advanceAsync(1_000);
    rig.store.frozen = false;
    await rig.clock.advanceAsync(6_500);
    expect(rig.heard.map(({ what }) => what)).toEqual(['lost', 'restored']);
    expect(rig.store.probes).toHaveLength(2);
    expect((rig.heard[1]?.at ?? Infinity) - lostAt).toBeLessThan(7_000);
    expect(rig.guard.health()).toMatchObject({ state: 'up', pending: 6 });
  });

  test('is not back while it ends none of what takes all the slots', async () => {
    const rig = rigOf({ maxPending: 5 });
    await lose(rig);
    rig.store.frozen = false;
    await load(rig, 10, 2_000);
    expect(rig.heard.map(({ what }) => what)).toEqual(['lost']);
    const [first] = rig.store.arrivals;
    if (first === undefined) throw new Error('nothing arrived');
    rig.store.end(first);
    await rig.clock.advanceAsync(101);
    expect(rig.heard.map(({ what }) => what)).toEqual(['lost', 'restored']);
    expect(rig.guard.health()).toMatchObject({ state: 'up', pending: 4 });
  });

  test('never has more under way than it may, though it ends nothing for an hour', async () => {
    const rig = rigOf({ maxPending: 8 });
    await lose(rig);
    await load(rig, 500, 3_600_000);
    expect(rig.store.pending).toBe(8);
    expect(rig.guard.health()).toMatchObject({ state: 'lost', pending: 8 });
    rig.store.thaw();
    await rig.clock.advanceAsync(1_000);
    expect(rig.guard.health()).toMatchObject({ state: 'up', pending: 0 });
  });

  test('turns away who waits for a slot in the moment it is lost', async () => {
    const rig = rigOf({ maxPending: 10 });
    rig.store.frozen = true;
    const ends = await load(rig, 10, 50);
    const later = await load(rig, 1, 5);
    const waiting = begin(rig);
    await rig.clock.advanceAsync(60);
    expect(count([...ends, ...later], 'unknown')).toBe(10);
    expect(waiting).toEqual({ how: 'not-sent', afterMs: 5 });
  });

  test('is lost with the first that comes to nothing, where many others are not heard of either', async () => {
    const rig = rigOf();
    rig.store.delayMs = 1;
    await load(rig, 1, 1_000);
    rig.store.frozen = true;
    const ends = await load(rig, 4, 200);
    expect(rig.heard[0]).toEqual({ what: 'lost', at: 1_054 });
    expect(count(ends, 'unknown')).toBe(14);
  });

  test('is not lost by the silence of a few', async () => {
    const rig = rigOf();
    rig.store.frozen = true;
    const ends = await load(rig, 10, 60);
    expect(count(ends, 'unknown')).toBeGreaterThan(0);
    expect(rig.heard).toEqual([]);
  });

  test('for less than its deadline costs nobody anything', async () => {
    const rig = rigOf();
    rig.store.delayMs = 1;
    await load(rig, 1, 1_000);
    rig.store.frozen = true;
    await load(rig, 1, 45);
    rig.store.thaw();
    const after = await load(rig, 1, 500);
    expect(count(after, 'answered')).toBe(500);
    expect(rig.heard).toEqual([]);
  });
});

describe('a lost store', () => {
  test('fails every operation at once and says when to come back, without a call to the store', async () => {
    const rig = rigOf();
    await lose(rig);
    const sent = rig.store.users.length;
    const error: unknown = await take(rig.guard).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ failure: 'not-sent', policy: 'shelf', retryAfterMs: 100 });
    expect(error).toMatchObject({ cause: { failure: 'unknown' } });
    expect(rig.store.users).toHaveLength(sent);
  });

  test('is back without any traffic, by harmless reads of the guard, ever rarer to one each second', async () => {
    const rig = rigOf();
    await lose(rig);
    rig.store.thaw(failure('unknown'));
    rig.store.error = failure('not-sent');
    await rig.clock.advanceAsync(10_000);
    const { probes } = rig.store;
    const gaps = probes.slice(1).map(({ at }, index) => at - (probes[index]?.at ?? 0));
    expect(gaps.slice(0, 4)).toEqual([200, 400, 800, 1_000]);
    expect(new Set(gaps.slice(4))).toEqual(new Set([1_000]));
    expect(new Set(probes.map(({ method }) => method))).toEqual(new Set(['read']));
    rig.store.error = undefined;
    await rig.clock.advanceAsync(1_000);
    expect(rig.heard.map(({ what }) => what)).toEqual(['lost', 'restored']);
  });

  test('keeps no process alive', async () => {
    const rig = rigOf();
    await lose(rig);
    await rig.guard.release(KEY, { leaseMs: 60_000, id: 'ada' }, IN_50_MS);
    for (let i = 0; i < 500; i++) {
      expect(rig.clock.holdsProcess).toBe(false);
      await rig.clock.advanceAsync(7);
    }
    expect(rig.store.probes.length).toBeGreaterThan(0);
  });

  test('is not back while it answers late or in the last moment', async () => {
    const rig = rigOf();
    await lose(rig);
    rig.store.delayMs = 200;
    rig.store.thaw();
    await rig.clock.advanceAsync(5_000);
    rig.store.delayMs = 48;
    await rig.clock.advanceAsync(5_000);
    expect(rig.heard).toHaveLength(1);
    // Each late answer is a sign of life, and still there is no more than one probe in 100 ms.
    expect(rig.store.probes.length).toBeLessThan(100);
    rig.store.delayMs = 44;
    await rig.clock.advanceAsync(1_500);
    expect(rig.heard).toHaveLength(2);
  });

  test('has its probes as much time as the most patient of its users, whoever failed last', async () => {
    const rig = rigOf();
    begin(rig, takeIn(500));
    await rig.clock.advanceAsync(1);
    rig.store.frozen = true;
    await load(rig, 10, 100, takeIn(3));
    await rig.clock.advanceAsync(500);
    expect(rig.heard.map(({ what }) => what)).toEqual(['lost']);
    rig.store.delayMs = 440;
    rig.store.thaw();
    await rig.clock.advanceAsync(5_000);
    expect(rig.store.probes[0]?.operation.deadlineMs).toBe(500);
    expect(rig.heard.map(({ what }) => what)).toEqual(['lost', 'restored']);
  });

  test('has its probes still so much after an outage of minutes', async () => {
    const rig = rigOf();
    begin(rig, takeIn(500));
    rig.store.error = failure('unknown');
    await load(rig, 10, 100);
    await rig.clock.advanceAsync(600_000);
    expect(rig.heard.map(({ what }) => what)).toEqual(['lost']);
    expect(rig.store.probes.at(-1)?.operation.deadlineMs).toBe(500);
  });

  test('that refuses even the probe answers, and is not lost', async () => {
    const rig = rigOf();
    await lose(rig);
    rig.store.error = failure('refused');
    rig.store.thaw(failure('stale'));
    await rig.clock.advanceAsync(500);
    expect(rig.heard.map(({ what }) => what)).toEqual(['lost', 'restored']);
  });
});

describe('what loses a store', () => {
  test.each(['not-sent', 'unknown', 'stale'] as const)(
    'is failing as %s, which takes 50 ms under load',
    async (kind) => {
      const rig = rigOf();
      await load(rig, 1, 500);
      rig.store.error = failure(kind);
      await load(rig, 1, 100);
      expect(rig.heard[0]).toMatchObject({ what: 'lost' });
      expect(rig.heard[0]?.at).toBeLessThan(560);
    },
  );

  test('is told when all of it is so: health says what the event says', async () => {
    const rig = rigOf();
    const healths: unknown[] = [];
    rig.guard.on('lost', () => void healths.push(rig.guard.health()));
    rig.store.error = failure('unknown');
    await load(rig, 10, 100);
    expect(healths).toEqual([{ state: 'lost', pending: 0, warnings: [] }]);
  });

  test.each([
    { delayMs: 49, lost: 0 },
    { delayMs: 51, lost: 1 },
  ])('is not to be slow, but to be late: $delayMs ms of 50', async ({ delayMs, lost }) => {
    const rig = rigOf();
    rig.store.delayMs = delayMs;
    await load(rig, 1, 2_000);
    await load(rig, 10, 2_000);
    expect(rig.heard).toHaveLength(lost);
  });

  test('is half of the operations of a second failing, though never five in a row', async () => {
    const rig = rigOf();
    for (let i = 0; i < 250; i++) {
      rig.store.error = i % 2 === 0 ? undefined : failure('unknown');
      begin(rig);
      await rig.clock.advanceAsync(4);
    }
    expect(rig.heard[0]?.what).toBe('lost');
  });

  test('is not a slow burst into a cold connection', async () => {
    const rig = rigOf();
    rig.store.delayMs = 40;
    const ends = Array.from({ length: 64 }, () => begin(rig));
    await rig.clock.advanceAsync(40);
    expect(count(ends, 'answered')).toBe(64);
    rig.store.delayMs = 1;
    await load(rig, 1, 1_000);
    expect(rig.heard).toEqual([]);
  });

  test('is not one lost connection, however many operations were on it', async () => {
    const rig = rigOf();
    rig.store.delayMs = 1;
    await load(rig, 1, 1_000);
    rig.store.frozen = true;
    await load(rig, 0.5, 20);
    rig.store.thaw(new Error('reset'));
    await load(rig, 1, 1_000);
    expect(rig.heard).toEqual([]);
  });

  test.each([
    ['to refuse', failure('refused')],
    ['a wrong argument', Object.assign(new RangeError('want'), { code: 'HF_INVALID_OPTION' })],
  ])('is not %s', async (_what, error) => {
    const rig = rigOf();
    rig.store.error = error;
    await load(rig, 5, 1_000);
    expect(rig.heard).toEqual([]);
  });

  test('is not that callers leave, but leaving hides no store that hangs', async () => {
    const rig = rigOf();
    const impatient = (): void => {
      const controller = new AbortController();
      const operation = { deadlineMs: 50, signal: controller.signal };
      begin(rig, (guard) => guard.take(KEY, TAKE, operation));
      rig.clock.setTimer(() => controller.abort(), 5);
    };
    rig.store.delayMs = 10;
    for (let i = 0; i < 50; i++) {
      impatient();
      await rig.clock.advanceAsync(11);
    }
    expect(rig.heard).toEqual([]);
    rig.store.frozen = true;
    for (let i = 0; i < 5; i++) {
      impatient();
      await rig.clock.advanceAsync(10);
    }
    await rig.clock.advanceAsync(60);
    expect(rig.heard).toHaveLength(1);
  });

  test('is not what a store says to an abort', async () => {
    const rig = rigOf();
    rig.store.frozen = true;
    for (let i = 0; i < 50; i++) {
      const reason = new Error('gone');
      const controller = new AbortController();
      const operation = { deadlineMs: 50, signal: controller.signal };
      const end = begin(rig, (guard) => guard.take(KEY, TAKE, operation));
      controller.abort(reason);
      rig.store.arrivals.forEach((arrival) => rig.store.end(arrival, reason));
      await rig.clock.advanceAsync(11);
      expect(end.how).toBe(reason);
    }
    expect(rig.heard).toEqual([]);
  });

  test('is no handful of operations given up among others that are answered', async () => {
    const rig = rigOf();
    for (let i = 0; i < 20; i++) {
      rig.store.delayMs = i % 4 === 0 ? 80 : 1;
      begin(rig);
      await rig.clock.advanceAsync(11);
    }
    await rig.clock.advanceAsync(100);
    expect(rig.heard).toEqual([]);
  });
});
