import { once } from 'node:events';
import type { Socket } from 'node:net';
import { key, type Key } from '@holdfast/core/stateless';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { GivenLeases } from '../../src/ipc-store/given-leases.ts';
import { HostLine } from '../../src/ipc-store/host-line.ts';
import { storeHost } from '../../src/ipc-store/store-host.ts';
import { readVersioned } from '../../src/ipc-store/wire/answers.ts';
import { FrameReader } from '../../src/ipc-store/wire/frame-reader.ts';
import { FrameWriter } from '../../src/ipc-store/wire/frame-writer.ts';
import { Frames } from '../../src/ipc-store/wire/frames.ts';
import * as requests from '../../src/ipc-store/wire/requests.ts';
import { Lines, SOON } from './support/lines.ts';

const RATE = { unitsPerMs: 1e-6, burst: 5, want: 1 };
const LEASE = { max: 1, leaseMs: 60_000, id: 'one' };
const asked = key('ipc', 'default', 'asked');

/** One frame with what is written. */
const frameOf = (write: (to: FrameWriter) => void): Buffer => {
  let written = Buffer.alloc(0);
  const to = new FrameWriter((frame) => (written = Buffer.from(frame)));
  to.reserve(100_000);
  write(to);
  to.end();
  return written;
};

const request = (code: number, asks: string, until: number, rest: (to: FrameWriter) => void) =>
  frameOf((to) => {
    to.byte(code);
    to.text(asks);
    to.number(until);
    rest(to);
  });

const take = (until = 1e15, numbers = RATE): Buffer =>
  request(requests.TAKE, asked, until, (to) => requests.writeTake(to, numbers));
const write = (code: number, mode: number): Buffer =>
  request(code, asked, 1e15, (to) => {
    to.byte(mode);
    to.byte(0);
    for (const number of [1, 1_000, 1]) to.number(number);
    to.data(Uint8Array.of(1));
  });

/** Looks for as long as a busy machine may need. */
const eventually = (look: () => void): Promise<void> =>
  vi.waitFor(look, { timeout: 10_000, interval: 5 });

const gone = async (socket: Socket): Promise<void> => {
  if (!socket.closed) await once(socket, 'close');
};

describe('the host of the store', () => {
  const warn = vi.spyOn(process, 'emitWarning');
  beforeEach(() => void warn.mockReset().mockReturnValue());
  afterAll(() => warn.mockRestore());

  test.each([
    ['a head of another version', Buffer.from([1, 0, 0, 9, 1])],
    ['a frame of 16 MiB', Buffer.from([255, 255, 255, 1])],
    ['an empty frame', Buffer.from([0, 0, 0, 1])],
    ['a request that nobody knows', request(99, asked, 1e15, () => undefined)],
    ['half a request', take().fill(20, 0, 1).subarray(0, 24)],
    ['a request without a key', request(requests.READ, '', 1e15, () => undefined)],
    ['a key of 1,025 letters', request(requests.READ, 'x'.repeat(1_025), 1e15, () => undefined)],
    ['a request without an end', request(requests.READ, asked, NaN, () => undefined)],
    ['units that are none', take(1e15, { ...RATE, unitsPerMs: NaN })],
    ['a write of no mode', write(requests.WRITE, 7)],
    [
      'a lease of no holder',
      request(requests.LEASE, asked, 1e15, (to) =>
        requests.writeLease(to, { ...LEASE, id: '__proto__.x' }),
      ),
    ],
  ])('cuts the line of who sends %s, and of nobody else', async (_what, bytes) => {
    await using lines = new Lines();
    const [bad, good] = [await lines.bare(1), await lines.connect(2)];
    bad.near.resume();
    bad.near.write(bytes);
    await gone(bad.far);
    expect(await good.store.take(asked, RATE, SOON)).toMatchObject({ units: 1, remaining: 4 });
    expect(lines.host.snapshot().map(({ workerId }) => workerId)).toEqual([2]);
  });

  test('stands whatever bytes come', async () => {
    await using lines = new Lines();
    const good = await lines.connect(0);
    const valid = Buffer.concat([take(), write(requests.WRITE, 1), take(1)]);
    const damaged = fc
      .array(fc.tuple(fc.nat(valid.length - 1), fc.integer({ min: 0, max: 255 })), { minLength: 1 })
      .map((changes) => {
        const bytes = Buffer.from(valid);
        for (const [at, value] of changes) bytes[at] = value;
        return bytes;
      });
    const garbage = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
    let workerId = 1;
    await fc.assert(
      fc.asyncProperty(fc.oneof(damaged, garbage), async (bytes) => {
        const bad = await lines.bare(workerId++);
        bad.near.resume();
        bad.near.end(bytes);
        await gone(bad.far);
        const { units } = await good.store.take(key('ipc', 'ok', 'x'), { ...RATE, want: 0 }, SOON);
        expect(units).toBe(0);
      }),
      { numRuns: 150 },
    );
    expect(lines.host.snapshot()).toHaveLength(1);
  });

  test('does not do what comes late, unless late is right', async () => {
    await using lines = new Lines();
    const [late, other] = [await lines.bare(1), await lines.connect(2)];
    await other.store.lease(asked, LEASE, SOON);
    late.near.write(take(1));
    late.near.write(
      request(requests.LEASE, asked, 1, (to) =>
        requests.writeLease(to, { ...LEASE, id: 'two', max: 2 }),
      ),
    );
    late.near.write(
      request(requests.RELEASE, asked, Infinity, (to) => requests.writeClaim(to, LEASE)),
    );
    const answers: number[] = [];
    late.near.on('data', (chunk: Buffer) => answers.push(...chunk));
    await eventually(() => {
      expect(answers).toEqual([3, 0, 0, 1, 13, 13, 5]);
    });
    expect((await other.store.take(asked, { ...RATE, want: 0 }, SOON)).remaining).toBe(5);
    expect(await other.store.lease(asked, LEASE, SOON)).toMatchObject({
      renewed: false,
      holders: 1,
    });
  });

  /** So many requests for a record in one frame. */
  const reads = (many: number): Buffer =>
    frameOf((to) => {
      for (let i = 0; i < many; i++) {
        to.byte(requests.READ);
        to.text(asked);
        to.number(1e15);
      }
    });

  test('reads no further than its answers are taken, also within one frame', async () => {
    await using lines = new Lines();
    const [slow, good] = [await lines.bare(1), await lines.connect(2)];
    const data = Buffer.alloc(1_000_000);
    await good.store.write(asked, { mode: 'force', data, ttlMs: 60_000 }, SOON);
    slow.near.pause();
    // Answers to all of these would be 20 GB.
    for (let i = 0; i < 20; i++) slow.near.write(reads(1_000));
    await eventually(() => {
      expect(lines.host.snapshot()[0]?.blocked).toBe(true);
    });
    for (let i = 0; i < 20; i++) await good.store.read(asked, SOON);
    expect(slow.far.writableLength).toBeLessThan(3_000_000);
    expect(slow.far.readableLength).toBeLessThan(300_000);
  });

  test('answers all when its answers are taken again', async () => {
    await using lines = new Lines();
    const [slow, good] = [await lines.bare(1), await lines.connect(2)];
    await good.store.write(asked, { mode: 'force', data: Buffer.alloc(999), ttlMs: 60_000 }, SOON);
    slow.near.pause();
    for (let i = 0; i < 100; i++) slow.near.write(reads(100));
    await eventually(() => {
      expect(lines.host.snapshot()[0]?.blocked).toBe(true);
    });
    let answers = 0;
    const frames = new Frames();
    slow.near.on('data', (chunk: Buffer) => {
      frames.push(chunk);
      for (let frame = frames.next(); frame !== undefined; frame = frames.next()) {
        const from = new FrameReader(frame);
        for (; !from.done; answers++) readVersioned(from, from.byte());
      }
    });
    slow.near.resume();
    await eventually(() => {
      expect(answers).toBe(10_000);
    });
  });

  test('tells who takes no answers of each key once, when he does again', async () => {
    await using lines = new Lines();
    const [slow, good] = [await lines.bare(1), await lines.connect(2)];
    slow.near.pause();
    const watched = ['a', 'b'].map((name) => key('ipc', 'default', name));
    slow.near.write(
      frameOf((to) => {
        for (const each of watched) {
          to.byte(requests.WATCH);
          to.text(each);
        }
      }),
    );
    await eventually(() => {
      expect(lines.host.snapshot()[0]?.watched).toBe(2);
    });
    // Answered 40 times, which is too much for the sockets.
    const filler = request(requests.WRITE, asked, 1e15, (to) =>
      requests.writeWrite(to, { mode: 'force', data: Buffer.alloc(90_000), ttlMs: 60_000 }),
    );
    slow.near.write(filler);
    for (let i = 0; i < 40; i++)
      slow.near.write(request(requests.READ, asked, 1e15, () => undefined));
    await eventually(() => {
      expect(lines.host.snapshot()[0]?.blocked).toBe(true);
    });
    for (let i = 0; i < 20; i++)
      for (const each of watched) await good.store.remove(each, { tombstoneMs: 0 }, SOON);
    let heard = '';
    slow.near.on(
      'data',
      (chunk: Buffer) => (heard += chunk.toString('latin1').replaceAll('\0', '')),
    );
    slow.near.resume();
    await eventually(() => {
      for (const each of watched) expect(heard.split(each)).toHaveLength(2);
    });
  });

  test('frees the leases of a worker that is said to be gone, and of no other', async () => {
    await using lines = new Lines();
    const [one, two] = [await lines.connect(1), await lines.connect(2)];
    const [first, second] = [key('ipc', 'default', '1'), key('ipc', 'default', '2')];
    await one.store.lease(first, LEASE, SOON);
    await two.store.lease(second, LEASE, SOON);
    expect(lines.host.snapshot()).toEqual([
      { workerId: 1, leases: 1, watched: 0, blocked: false },
      { workerId: 2, leases: 1, watched: 0, blocked: false },
    ]);
    expect(await one.store.lease(second, LEASE, SOON)).toMatchObject({ renewed: true });
    await one.store.release(second, LEASE, SOON);
    await two.store.lease(second, LEASE, SOON);
    expect(await one.store.lease(second, { ...LEASE, id: 'no' }, SOON)).toMatchObject({
      held: false,
    });
    expect(lines.host.snapshot().map(({ leases }) => leases)).toEqual([1, 1]);
    lines.host.release(1);
    lines.host.release(1);
    lines.host.release(77);
    const other = { ...LEASE, id: 'two' };
    expect(await two.store.lease(first, other, SOON)).toMatchObject({ held: true });
    expect(await two.store.lease(second, other, SOON)).toMatchObject({ held: false });
    await expect(one.store.read(first, SOON)).rejects.toMatchObject({
      failure: expect.stringMatching(/unknown|not-sent/),
    });
  });

  test('forgets what a worker watched that is gone', async () => {
    await using lines = new Lines();
    const { store, near } = await lines.connect(1);
    const hint = vi.spyOn(HostLine.prototype, 'hint');
    store.watch(asked, () => undefined);
    const other = await lines.connect(2);
    await store.read(asked, SOON);
    await other.store.remove(asked, { tombstoneMs: 0 }, SOON);
    expect(hint).toHaveBeenCalledTimes(1);
    near.destroy();
    await eventually(() => {
      expect(lines.host.snapshot()).toHaveLength(1);
    });
    await other.store.remove(asked, { tombstoneMs: 0 }, SOON);
    expect(hint).toHaveBeenCalledTimes(1);
    hint.mockRestore();
  });

  test('forgets leases that have ended, or were given back', () => {
    const given = new GivenLeases();
    for (let now = 0; now < 3_000; now++) {
      given.put(asked, { leaseMs: 20, id: `short${now}` }, now);
      given.put(asked, { leaseMs: 1_000_000, id: 'long' }, now);
      given.put(asked, { leaseMs: 1_000_000, id: 'back' }, now);
      given.remove(asked, { leaseMs: 1_000_000, id: 'back' });
    }
    expect(given.size).toBeLessThan(60);
    const names = given.takeAll().map(({ claim }) => claim.id);
    expect(names).toContain('long');
    expect(names).not.toContain('back');
    expect(given.size).toBe(0);
  });

  test('keeps keys apart that are names of objects in JavaScript, or no text at all', async () => {
    await using lines = new Lines();
    const { store } = await lines.connect(1);
    const names = ['__proto__', 'constructor', 'toString', 'é', '漢', '\ud800', '\udc00', 'a\0'];
    const keys = names.map((name) => name as Key);
    for (const [at, each] of keys.entries()) {
      for (let i = 0; i <= at % 5; i++) await store.take(each, RATE, SOON);
      const data = Buffer.from(String(at));
      expect(await store.read(each, SOON)).toBeUndefined();
      await store.write(each, { mode: 'create', data, ttlMs: 60_000 }, SOON);
    }
    for (const [at, each] of keys.entries()) {
      expect((await store.take(each, { ...RATE, want: 0 }, SOON)).remaining).toBe(4 - (at % 5));
      expect(String((await store.read(each, SOON))?.data)).toBe(String(at));
    }
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  });

  test('refuses what it has no room for, and does the rest', async () => {
    await using lines = new Lines({ maxKeys: 1 });
    const { store } = await lines.connect(1);
    expect(await store.lease(key('a', 'a', '1'), LEASE, SOON)).toMatchObject({ held: true });
    const refused = { failure: 'refused' };
    await expect(store.lease(key('a', 'a', '2'), LEASE, SOON)).rejects.toMatchObject(refused);
    expect(await store.take(key('a', 'a', '2'), RATE, SOON)).toMatchObject({ units: 1 });
  });

  test('keeps so many bytes of records and of keys that are watched, and no more', async () => {
    await using lines = new Lines({ maxBytes: 10_000 });
    const [one, two] = [await lines.connect(1), await lines.connect(2)];
    const fill = (bytes: number) =>
      one.store.write(
        asked,
        { mode: 'force', data: Buffer.alloc(bytes), ttlMs: 60_000, announce: true },
        SOON,
      );
    const refused = { failure: 'refused' };
    await expect(fill(10_000)).rejects.toMatchObject(refused);
    expect(await fill(9_000)).toMatchObject({ ok: true });
    const watched = Array.from({ length: 50 }, (_, i) => key('ipc', 'default', `${i}`));
    const watches = watched.flatMap((each) => [
      one.store.watch(each, () => undefined),
      two.store.watch(each, () => undefined),
      two.store.watch(each, () => undefined),
    ]);
    await Promise.all([one, two].map(({ store }) => store.read(asked, SOON)));
    const numbers = (): number[] => lines.host.snapshot().map((line) => line.watched);
    const [first = 0, second = 0] = numbers();
    expect(first + second).toBe(3);
    expect(await fill(8_000)).toMatchObject({ ok: true });
    await expect(fill(9_500)).rejects.toMatchObject(refused);
    for (const watch of watches) watch[Symbol.dispose]();
    await Promise.all([one, two].map(({ store }) => store.read(asked, SOON)));
    expect(numbers()).toEqual([0, 0]);
    expect(await fill(9_900)).toMatchObject({ ok: true });
    expect(await one.store.read(asked, SOON)).toMatchObject({ version: 3 });
  });

  test('keeps so many bytes of keys of limits and of leases, and gives none of its room for records to them', async () => {
    await using lines = new Lines({ maxBytes: 1_000 });
    const { store } = await lines.connect(1);
    const keyOf = (index: number): Key => `${index}`.padStart(100, 'x') as Key;
    const keys = Array.from({ length: 20 }, (_, index) => keyOf(index));
    const window = { quota: 5, windowMs: 60_000, cost: 1 };
    for (const each of keys) {
      expect(await store.take(each, RATE, SOON)).toMatchObject({ units: 1 });
      expect(await store.count(each, window, SOON)).toMatchObject({ units: 1 });
    }
    const left = async (look: (each: Key) => Promise<{ remaining: number }>): Promise<number> =>
      (await Promise.all(keys.map(look))).filter(({ remaining }) => remaining < 5).length;
    expect(await left((each) => store.take(each, { ...RATE, want: 0 }, SOON))).toBe(5);
    expect(await left((each) => store.count(each, { ...window, cost: 0 }, SOON))).toBe(5);
    const leased = await Promise.allSettled(keys.map((each) => store.lease(each, LEASE, SOON)));
    expect(leased.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    const data = Buffer.alloc(900);
    expect(await store.write(asked, { mode: 'force', data, ttlMs: 60_000 }, SOON)).toMatchObject({
      ok: true,
    });
  });

  test('gives so many leases as it has keys, of one key too', async () => {
    await using lines = new Lines({ maxKeys: 20 });
    const { store } = await lines.connect(1);
    const leases = Array.from({ length: 50 }, (_, i) =>
      store.lease(asked, { max: 1e9, leaseMs: 60_000, id: `${i}` }, SOON),
    );
    const outcomes = await Promise.allSettled(leases);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
    expect(lines.host.snapshot()).toMatchObject([{ leases: 20 }]);
    expect(await store.take(asked, RATE, SOON)).toMatchObject({ units: 1 });
  });

  test('tells of each line that is broken, but not for ever', async () => {
    await using lines = new Lines();
    for (let workerId = 1; workerId <= 22; workerId++) {
      const bad = await lines.bare(workerId);
      bad.near.resume();
      bad.near.write(Buffer.from([0, 0, 0, 1]));
      await gone(bad.far);
    }
    expect(warn).toHaveBeenCalledTimes(20);
    expect(warn).toHaveBeenLastCalledWith(
      'the line of worker 20 to the shared store is closed: a frame of 0 bytes',
      { code: 'HF_IPC_LINE', type: 'HoldfastWarning' },
    );
  });

  test.each([
    { maxKeys: 0 },
    { maxBytes: 0 },
    { maxBytes: '1' },
    { maxKeys: 1.5 },
    { maxKeys: null },
    { clock: {} },
    { most: 1 },
    null,
  ])('is not made with %j', (options) => {
    expect(() => storeHost(options as never)).toThrow(/option/);
  });
});
