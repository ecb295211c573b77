import { createServer, type Server } from 'node:http';
import { createServer as createServer2 } from 'node:http2';
import { createServer as createNetServer } from 'node:net';
import { once, type EventEmitter } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { drain } from '../../../../src/http/lifecycle/drain.ts';
import type { DrainableServer } from '../../../../src/http/lifecycle/types.ts';
import { RecordingClock } from '../../../support/recording-clock.ts';
import { listen, rigOf } from './support/rig.ts';
import { turns, until } from './support/until.ts';
import { accepts, wireTo } from './support/wire.ts';

const listenersOf = (emitter: EventEmitter): Record<string, number> =>
  Object.fromEntries(
    emitter.eventNames().map((name) => [String(name), emitter.listenerCount(name)]),
  );

const quiet = (): Server => createServer(() => undefined);

const startOf = async (servers: DrainableServer | readonly DrainableServer[]) => {
  const clock = new RecordingClock();
  const draining = drain(servers, { signals: false, clock });
  onTestFinished(() => draining[Symbol.dispose]());
  const report = draining.start();
  await clock.advanceAsync(0);
  return { clock, draining, report };
};

describe('several servers', () => {
  test('are ended together, each once', async () => {
    const [one, two] = [quiet(), createServer2()];
    const [first, second] = [await listen(one), await listen(two)];
    const wire = await wireTo(first);
    const { clock, draining, report } = await startOf([one, two, one]);
    expect([await accepts(first), await accepts(second)]).toEqual([false, false]);
    // The connection was there before the drain, and has never been used.
    wire.socket.destroy();
    await report;
    expect(draining.phase).toBe('closed');
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a server', () => {
  test('that never listened is closed already', async () => {
    const { report } = await startOf(quiet());
    expect(await report).toMatchObject({ clean: true, tookMs: 0 });
  });

  test('that is closed already is not closed again', async () => {
    const server = quiet();
    await listen(server);
    await new Promise((resolve) => server.close(resolve));
    let closes = 0;
    server.on('close', () => closes++);
    const { report } = await startOf(server);
    expect(await report).toMatchObject({ clean: true });
    await turns();
    expect(closes).toBe(0);
  });

  test('that somebody else closes meanwhile is waited for, and tells once that it is closed', async () => {
    const rig = await rigOf();
    let closes = 0;
    rig.server.on('close', () => closes++);
    const wire = await rig.wire();
    wire.ask('/slow');
    await until(() => rig.responses.length === 1);
    rig.server.close();
    await rig.start();
    await turns();
    expect(rig.drain.phase).toBe('lingering');
    rig.response(0).end('late');
    await wire.end();
    expect(await rig.drain.start()).toMatchObject({ clean: true, tookMs: 0 });
    expect(closes).toBe(1);
  });

  test('that begins to listen while it is drained stops at once', async () => {
    const rig = await rigOf();
    const late = quiet();
    const clock = new RecordingClock();
    using draining = drain([rig.server, late], { signals: false, clock });
    const wire = await rig.wire();
    wire.ask('/slow');
    await until(() => draining.inFlight === 1);
    const report = draining.start();
    await clock.advanceAsync(0);
    late.listen(0, '127.0.0.1');
    await once(late, 'close');
    expect(late.listening).toBe(false);
    expect(draining.phase).toBe('lingering');
    rig.response(0).end();
    expect(await report).toMatchObject({ clean: true, tookMs: 0 });
  });

  test('keeps its idle connections where its own close would end them', async () => {
    const server = createServer((_, response) => void response.end('now'));
    const port = await listen(server);
    const wire = await wireTo(port);
    wire.ask();
    await wire.has('now');
    let closes = 0;
    server.closeIdleConnections = () => void closes++;
    await startOf(server);
    await turns();
    expect(closes).toBe(0);
    expect(wire.ended).toBe(false);
  });
});

describe('disposing', () => {
  test('leaves no listener on a server that serves, and has it served as before', async () => {
    const rig = await rigOf();
    rig.server.on('upgrade', () => undefined);
    const bare = createServer(() => undefined).on('upgrade', () => undefined);
    bare.on('connection', () => undefined); // the test's own
    const wire = await rig.wire();
    wire.ask('/slow');
    await until(() => rig.responses.length === 1);
    const socket = rig.response(0).req.socket;
    const before = socket.listenerCount('close');
    rig.drain[Symbol.dispose]();
    expect(listenersOf(rig.server)).toEqual(listenersOf(bare));
    expect(socket.listenerCount('close')).toBe(before - 1);
    expect(rig.drain.snapshot()).toMatchObject({ phase: 'serving', inFlight: 0, connections: 0 });
    rig.response(0).end('done');
    await wire.has('done');
    expect(wire.received).toContain('keep-alive');
    expect(rig.drain.inFlight).toBe(0);
    expect(await rig.drain.start('late')).toEqual({
      name: 'drain',
      reason: 'late',
      tookMs: 0,
      clean: false,
      cut: { requests: 0, connections: 0, sessions: 0, upgraded: 0 },
      teardown: [],
    });
    expect(rig.drain.signal.aborted).toBe(false);
    expect(rig.server.listening).toBe(true);
  });

  test('leaves no listener on a server of HTTP/2', async () => {
    const server = createServer2();
    const before = listenersOf(server);
    const draining = drain(server, { signals: false });
    expect(listenersOf(server)).not.toEqual(before);
    draining[Symbol.dispose]();
    expect(listenersOf(server)).toEqual(before);
  });

  test.each([
    ['announcing', 100],
    ['lingering', 600],
    ['closing', 3_000],
  ])('while it is %s ends the drain at once, and cuts nobody', async (phase, afterMs) => {
    const rig = await rigOf({ announceMs: 500 });
    rig.drain.defer('work', () => expect.unreachable());
    const wire = await rig.wire();
    wire.ask('/slow');
    await until(() => rig.responses.length === 1);
    await rig.start();
    await rig.clock.advanceAsync(500 < afterMs ? 500 : 0);
    await rig.clock.advanceAsync(afterMs - (500 < afterMs ? 500 : 0));
    expect(rig.drain.phase).toBe(phase);
    rig.drain[Symbol.dispose]();
    expect(await rig.drain.start()).toMatchObject({
      clean: false,
      tookMs: afterMs,
      cut: { requests: 0 },
      teardown: [{ name: 'work', outcome: 'skipped' }],
    });
    expect(rig.clock.pendingTimers).toBe(0);
    expect(rig.clock.holdsProcess).toBe(false);
    expect(listenersOf(rig.server)['newListener']).toBeUndefined();
    expect(rig.phases.at(-1)).toBe(phase);
    expect(wire.ended).toBe(false);
    rig.response(0).end('done');
    await wire.has('done');
  });

  test('during teardown waits for nothing more', async () => {
    const rig = await rigOf();
    const signals: AbortSignal[] = [];
    rig.drain.defer('never', () => expect.unreachable());
    rig.drain.defer('hangs', (signal) => {
      signals.push(signal);
      return new Promise(() => undefined);
    });
    await rig.start();
    await until(() => signals.length === 1);
    rig.drain[Symbol.dispose]();
    expect(await rig.drain.start()).toMatchObject({
      clean: false,
      teardown: [
        { name: 'hangs', outcome: 'timed-out', error: { code: 'HF_DISPOSED' } },
        { name: 'never', outcome: 'skipped' },
      ],
    });
    expect(signals[0]?.aborted).toBe(true);
    expect(rig.clock.pendingTimers).toBe(0);
  });

  test('when it is over changes nothing', async () => {
    const rig = await rigOf();
    const report = await rig.clock.runUntilSettled(rig.drain.start());
    rig.drain[Symbol.dispose]();
    rig.drain[Symbol.dispose]();
    expect(await rig.drain.start()).toBe(report);
    expect(rig.drain.phase).toBe('closed');
    expect(Object.keys(listenersOf(rig.server)).toSorted()).toEqual(
      Object.keys(listenersOf(createServer(() => undefined))).toSorted(),
    );
  });
});

describe('what is no server', () => {
  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a server of node:net', createNetServer()],
    ['something among servers', [quiet(), {}]],
  ])('%s is turned down', (_, servers) => {
    expect(() => Reflect.apply(drain, undefined, [servers, { signals: false }])).toThrow(
      /option "server" is .*; allowed: a server of node:http/,
    );
  });
});
