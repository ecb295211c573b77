import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createNetServer } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, onTestFinished, test } from 'vitest';
import { drain } from '../../../../src/http/lifecycle/drain.ts';
import type { DrainOptions } from '../../../../src/http/lifecycle/types.ts';
import { endsOnSignals } from '../../../../src/http/lifecycle/watched-server.ts';
import { errorOf, expectInvalid } from '../../../support/invalid-option.ts';
import { RecordingClock } from '../../../support/recording-clock.ts';
import { listen, rigOf } from './support/rig.ts';
import { turns, until } from './support/until.ts';
import { accepts, wireTo } from './support/wire.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const answering = (): Server => createServer((_request, response) => response.end('now'));

/** Listens, and is closed before anybody could connect. */
const listensInVain = async (server: Server): Promise<void> => {
  const closed = once(server, 'close');
  server.listen(0, '127.0.0.1');
  await closed;
  expect(server.listening).toBe(false);
};

const closed = (server: Server): Promise<unknown> => {
  server.close();
  return once(server, 'close');
};

const emptyDrain = (options: DrainOptions = {}) => {
  const clock = new RecordingClock();
  const draining = drain([], { signals: false, clock, ...options });
  onTestFinished(() => draining[Symbol.dispose]());
  return { clock, draining };
};

describe('a server that is added to a drain', () => {
  test('is ended with it, as if it had been there from the start', async () => {
    const { clock, draining } = emptyDrain();
    const server = answering();
    draining.add(server);
    const port = await listen(server);
    const wire = await wireTo(port);
    wire.ask('/now');
    await wire.has('now');
    expect(draining.snapshot()).toMatchObject({ connections: 1 });
    const report = draining.start();
    await clock.advanceAsync(0);
    expect(await accepts(port)).toBe(false);
    await clock.advanceAsync(1_500);
    await wire.end();
    expect(await report).toMatchObject({ clean: true });
    expect(clock.pendingTimers).toBe(0);
  });

  test('is there once, however often it is added', () => {
    const { draining } = emptyDrain();
    const server = answering();
    draining.add(server);
    const before = server.listenerCount('connection');
    draining.add(server);
    expect(server.listenerCount('connection')).toBe(before);
  });

  test.each([
    [0, 'lingering'],
    [1_000, 'announcing'],
  ])('takes no connection where the drain, with %i ms of announcement, is %s', async (...phase) => {
    const [announceMs, name] = phase;
    const { clock, draining } = emptyDrain({ announceMs });
    const [early, late] = [answering(), answering()];
    draining.add(early);
    const wire = await wireTo(await listen(early));
    const report = draining.start();
    await clock.advanceAsync(0);
    expect(draining.phase).toBe(name);
    draining.add(late);
    await listensInVain(late);
    await clock.advanceAsync(announceMs);
    await clock.advanceAsync(1_500);
    await wire.end();
    expect(await report).toMatchObject({ clean: true });
  });

  test('is closed as soon as it listens where the drain is over', async () => {
    const { clock, draining } = emptyDrain();
    const report = draining.start();
    await clock.advanceAsync(0);
    await report;
    const server = answering();
    draining.add(server);
    await listensInVain(server);
    expect(draining.phase).toBe('closed');
  });

  test('must be one of HTTP, and the drain not disposed of', () => {
    const { draining } = emptyDrain();
    expectInvalid(() => draining.add(createNetServer() as Server), {
      type: TypeError,
      option: 'server',
      value: {},
    });
    draining[Symbol.dispose]();
    expect(errorOf(() => draining.add(answering())).code).toBe('HF_DISPOSED');
  });

  test('is let go once it is closed, and taken back where it listens again', async () => {
    const { clock, draining } = emptyDrain({ signals: ['SIGUSR2'] });
    const server = answering();
    await listen(server);
    const before = server.listenerCount('connection');
    draining.add(server);
    await closed(server);
    expect(server.listenerCount('connection')).toBe(before);
    expect(endsOnSignals(server)).toBe(false);
    const port = await listen(server);
    expect(endsOnSignals(server)).toBe(true);
    const wire = await wireTo(port);
    wire.ask('/now');
    await wire.has('now');
    const report = draining.start();
    await clock.advanceAsync(0);
    expect(await accepts(port)).toBe(false);
    expect(draining.phase).toBe('lingering');
    await clock.advanceAsync(1_500);
    await wire.end();
    expect(await report).toMatchObject({ clean: true });
  });

  test('is ended at once where it listens again during the drain, and left alone after that', async () => {
    const { clock, draining } = emptyDrain();
    const [busy, again, later] = [answering(), answering(), answering()];
    for (const each of [busy, again, later]) draining.add(each);
    const wire = await wireTo(await listen(busy));
    for (const each of [again, later]) {
      await listen(each);
      await closed(each);
    }
    const report = draining.start();
    await clock.advanceAsync(0);
    await listensInVain(again);
    await clock.advanceAsync(1_500);
    await wire.end();
    expect(await report).toMatchObject({ clean: true });
    for (const each of [again, later]) expect(await accepts(await listen(each))).toBe(true);
  });

  test('stays known while the drain announces itself, though it is closed', async () => {
    const { clock, draining } = emptyDrain({ announceMs: 1_000 });
    const server = answering();
    draining.add(server);
    await listen(server);
    const report = draining.start();
    await closed(server);
    const port = await listen(server);
    expect(await accepts(port)).toBe(true);
    await clock.advanceAsync(1_000);
    expect(await accepts(port)).toBe(false);
    await clock.advanceAsync(1_500);
    expect(await report).toMatchObject({ clean: true });
  });

  test('takes no memory any more when it is closed', async () => {
    const { draining } = emptyDrain();
    const made: WeakRef<Server>[] = [];
    for (let count = 0; count < 20; count++) {
      const server = answering();
      draining.add(server);
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      await closed(server);
      made.push(new WeakRef(server));
    }
    await turns();
    collectGarbage();
    expect(made.filter((each) => each.deref() !== undefined).length).toBeLessThan(3);
  });

  test('is known to end at a signal where the drain does, until that lets it go', () => {
    const server = answering();
    const [deaf, first, second] = [false, ['SIGUSR2'], ['SIGUSR2']].map((signals) => {
      const { draining } = emptyDrain({ signals: signals as DrainOptions['signals'] });
      return draining;
    });
    deaf?.add(server);
    expect(endsOnSignals(server)).toBe(false);
    first?.add(server);
    second?.add(server);
    first?.[Symbol.dispose]();
    first?.[Symbol.dispose]();
    expect(endsOnSignals(server)).toBe(true);
    second?.[Symbol.dispose]();
    expect(endsOnSignals(server)).toBe(false);
  });
});

describe('a drain that is started with a deadline', () => {
  const stuck = async (options: DrainOptions, deadlineMs?: number) => {
    const rig = await rigOf(options);
    const wire = await rig.wire();
    wire.ask('/stuck');
    await until(() => rig.responses.length === 1);
    const report = rig.drain.start('test', { deadlineMs });
    let over = false;
    void report.then(() => (over = true));
    const spent = async (ms: number): Promise<boolean> => {
      await rig.clock.advanceAsync(ms);
      await turns();
      return over;
    };
    return { rig, spent, report };
  };

  test('cuts what is left at that, where it is less than its own', async () => {
    const { spent, report, rig } = await stuck({ announceMs: 4_000 }, 1_000);
    expect(await spent(499)).toBe(false);
    expect(rig.drain.phase).toBe('announcing');
    await spent(1);
    expect(rig.drain.phase).toBe('lingering');
    await spent(250);
    expect(rig.drain.phase).toBe('closing');
    expect(await spent(249)).toBe(false);
    await spent(1);
    expect(await report).toMatchObject({ clean: false, tookMs: 1_000, cut: { requests: 1 } });
  });

  test('keeps its own where that is less', async () => {
    const { spent, report } = await stuck({ deadlineMs: 2_000 }, 5_000);
    expect(await spent(1_999)).toBe(false);
    await spent(1);
    expect(await report).toMatchObject({ clean: false, tookMs: 2_000 });
  });

  test.each([
    [0, RangeError],
    [Number.NaN, RangeError],
    ['1', TypeError],
    [null, TypeError],
  ] as const)('refuses %s, and does not begin', (value, type) => {
    const { draining } = emptyDrain();
    const deadlineMs = value as number;
    expectInvalid(() => draining.start('test', { deadlineMs }), {
      type,
      option: 'deadlineMs',
      value,
    });
    expect(draining.phase).toBe('serving');
  });
});
