import { createServer } from 'node:http';
import { Duplex } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { drain } from '../../../../src/http/lifecycle/drain.ts';
import { guardUpgrade } from '../../../../src/http/lifecycle/upgrade-guard.ts';
import { bulkhead } from '../../../../src/index.ts';
import { expectInvalid } from '../../../support/invalid-option.ts';
import { RecordingClock } from '../../../support/recording-clock.ts';
import { listen } from './support/rig.ts';
import { turns, until } from './support/until.ts';
import { draining, REQUEST, SWITCHED, upgradeGuardRigOf } from './support/upgrade-guard-rig.ts';
import { wireTo, type Wire } from './support/wire.ts';

describe('a slot', () => {
  test('is held until the socket is closed', async () => {
    const slots = bulkhead({ concurrency: 1 });
    const rig = await upgradeGuardRigOf({ bulkhead: slots });
    const first = await rig.ask();
    await first.has(SWITCHED);
    const second = await rig.ask();
    await second.end();
    expect(second.received).toContain('503');
    expect(slots.snapshot()).toMatchObject({ inFlight: 1, refused: 1 });
    first.socket.destroy();
    await until(() => slots.snapshot().inFlight === 0);
    const third = await rig.ask();
    await third.has(SWITCHED);
    expect(rig.upgrades).toHaveLength(2);
  });

  test('is waited for with every byte kept', async () => {
    const rig = await upgradeGuardRigOf({ bulkhead: { concurrency: 1, queue: 1 } });
    const first = await rig.ask();
    await first.has(SWITCHED);
    const second = await rig.wire();
    second.send(`${REQUEST}head, `);
    await turns();
    second.send('and more, ');
    await turns();
    expect(rig.upgrades).toHaveLength(1);
    first.socket.end();
    await second.has(SWITCHED);
    second.send('and last');
    await until(() => rig.upgrades[1]?.read.endsWith('last') === true);
    expect(rig.upgrades[1]?.read).toBe('head, and more, and last');
    expect(rig.upgrades[1]?.socket.listenerCount('close')).toBeLessThanOrEqual(
      (rig.upgrades[0]?.socket.listenerCount('close') ?? 0) + 1,
    );
  });

  test.each<[string, (wire: Wire) => unknown]>([
    ['resets its connection', ({ socket }) => socket.resetAndDestroy()],
    ['ends it', ({ socket }) => socket.end()],
    ['vanishes', ({ socket }) => socket.destroy()],
  ])('is no longer waited for by who %s', async (_, leave) => {
    const slots = bulkhead({ concurrency: 1, queue: 5 });
    const rig = await upgradeGuardRigOf({ bulkhead: slots });
    const first = await rig.ask();
    await first.has(SWITCHED);
    const wire = await rig.ask();
    await until(() => slots.snapshot().waiting === 1);
    leave(wire);
    await until(() => slots.snapshot().waiting === 0);
    first.socket.destroy();
    await until(() => slots.snapshot().inFlight === 0);
    expect(rig.upgrades).toHaveLength(1);
    expect(slots.snapshot()).toMatchObject({ aborted: 1, admitted: 1 });
  });

  test('is no longer waited for by who sent something before it ended its connection', async () => {
    const slots = bulkhead({ concurrency: 1, queue: 5, clock: new RecordingClock() });
    const rig = await upgradeGuardRigOf({ bulkhead: slots });
    const first = await rig.ask();
    await first.has(SWITCHED);
    const wire = await rig.ask();
    await until(() => slots.snapshot().waiting === 1);
    wire.send('unread');
    await turns();
    expect(slots.snapshot().waiting).toBe(1);
    wire.socket.end();
    await until(() => slots.snapshot().waiting === 0);
    expect(slots.snapshot()).toMatchObject({ aborted: 1, expired: 0 });
    expect(rig.upgrades).toHaveLength(1);
  });

  test('has the socket handed over as it was', async () => {
    const slots = bulkhead({ concurrency: 1, queue: 5 });
    const rig = await upgradeGuardRigOf({ bulkhead: slots });
    const first = await rig.ask();
    await first.has(SWITCHED);
    const second = await rig.ask();
    await until(() => slots.snapshot().waiting === 1);
    first.socket.destroy();
    await second.has(SWITCHED);
    expect(Object.hasOwn(rig.upgrades[1]?.socket ?? {}, 'push')).toBe(false);
  });

  test('is no longer waited for once the drain begins', async () => {
    const slots = bulkhead({ concurrency: 1, queue: 5, clock: new RecordingClock() });
    const drained = draining();
    const rig = await upgradeGuardRigOf({ bulkhead: slots, drain: drained });
    const first = await rig.ask();
    await first.has(SWITCHED);
    const wire = await rig.ask();
    await until(() => slots.snapshot().waiting === 1);
    drained.begin();
    await wire.end();
    expect(wire.received).toContain('503');
    expect(slots.snapshot()).toMatchObject({ waiting: 0, inFlight: 1 });
    expect(first.ended).toBe(false);
  });

  test('is waited for only so long', async () => {
    const rig = await upgradeGuardRigOf({ bulkhead: { concurrency: 1, queue: 1, maxWaitMs: 300 } });
    const first = await rig.ask();
    await first.has(SWITCHED);
    const second = await rig.ask();
    await until(() => rig.clock.pendingTimers > 0);
    await rig.clock.advanceAsync(300);
    await second.end();
    expect(second.received).toContain('503');
  });

  test('is given back where a listener throws, which is heard as it was before', () => {
    const slots = bulkhead({ concurrency: 1 });
    const server = createServer();
    const boom = new Error('boom');
    server.on('upgrade', () => {
      throw boom;
    });
    using _ = guardUpgrade(server, { bulkhead: slots });
    const socket = new Duplex({ read: () => undefined });
    expect(() => server.emit('upgrade', { headers: {} }, socket, Buffer.alloc(0))).toThrow(boom);
    expect(socket.destroyed).toBe(true);
    return until(() => slots.snapshot().inFlight === 0);
  });

  test('is given back where a listener throws after it was waited for', async () => {
    const slots = bulkhead({ concurrency: 1, queue: 1 });
    const held = slots.tryAcquire();
    const rig = await upgradeGuardRigOf({ bulkhead: slots });
    const boom = new Error('boom');
    rig.server.prependListener('upgrade', () => {
      throw boom;
    });
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    const thrown: unknown[] = [];
    process.on('uncaughtException', (error) => void thrown.push(error));
    onTestFinished(() => {
      process.removeAllListeners('uncaughtException');
      for (const other of others) process.on('uncaughtException', other);
    });
    const wire = await rig.ask();
    await until(() => slots.snapshot().waiting === 1);
    if (held.admitted) held.release();
    await wire.end();
    await until(() => slots.snapshot().inFlight === 0);
    expect(thrown).toEqual([boom]);
  });
});

describe('a server whose upgrades are guarded', () => {
  test('serves requests as before', async () => {
    const rig = await upgradeGuardRigOf({ bulkhead: { concurrency: 1 } });
    const wire = await rig.wire();
    wire.ask('/');
    await wire.has('a request');
    expect(wire.received).toContain('200 OK');
  });

  test('that nobody listens to upgrades of takes them for requests', async () => {
    const drained = draining();
    drained.begin();
    const rig = await upgradeGuardRigOf({ drain: drained });
    rig.server.removeAllListeners('upgrade');
    const wire = await rig.ask();
    await wire.has('a request');
    expect(wire.received).toContain('200 OK');
  });

  test('has its sockets known to the drain once they are let through', async () => {
    const server = createServer().on('upgrade', (_, socket: Duplex) => {
      socket.on('end', () => socket.end()).resume();
      socket.write(SWITCHED);
    });
    const clock = new RecordingClock();
    using drained = drain(server, { signals: false, clock });
    using _ = guardUpgrade(server, { drain: drained, bulkhead: { concurrency: 1 }, clock });
    const port = await listen(server);
    const wire = await wireTo(port);
    wire.send(REQUEST);
    await wire.has(SWITCHED);
    expect(drained.snapshot()).toMatchObject({ upgraded: 1 });
    const late = await wireTo(port);
    void drained.start();
    await clock.advanceAsync(0);
    late.send(REQUEST);
    await late.has('503');
    await Promise.all([wire.end(), late.end()]);
    expect(await drained.start()).toMatchObject({ clean: true });
  });

  test('is as it was once the guard is disposed of', async () => {
    const drained = draining();
    drained.begin();
    const rig = await upgradeGuardRigOf({ drain: drained });
    expect(Object.hasOwn(rig.server, 'emit')).toBe(true);
    rig.guard[Symbol.dispose]();
    expect(Object.hasOwn(rig.server, 'emit')).toBe(false);
    const wire = await rig.ask();
    await wire.has(SWITCHED);
  });

  test('keeps what somebody else has put in its place since', async () => {
    const drained = draining();
    drained.begin();
    const rig = await upgradeGuardRigOf({ drain: drained });
    const before: (...parts: unknown[]) => boolean = Reflect.get(rig.server, 'emit');
    const events: unknown[] = [];
    rig.server.emit = (...parts: unknown[]): boolean => {
      events.push(parts[0]);
      return before.call(rig.server, ...parts);
    };
    const theirs: unknown = Reflect.get(rig.server, 'emit');
    rig.guard[Symbol.dispose]();
    expect(Reflect.get(rig.server, 'emit')).toBe(theirs);
    const wire = await rig.ask();
    await wire.has(SWITCHED);
    expect(events).toContain('upgrade');
  });

  test('may have several guards', async () => {
    const slots = bulkhead({ concurrency: 1 });
    const rig = await upgradeGuardRigOf({ bulkhead: slots });
    const drained = draining();
    const second = guardUpgrade(rig.server, { drain: drained });
    drained.begin();
    const refused = await rig.ask();
    await refused.end();
    expect(slots.snapshot().admitted).toBe(0);
    second[Symbol.dispose]();
    const wire = await rig.ask();
    await wire.has(SWITCHED);
    expect(slots.snapshot().admitted).toBe(1);
  });
});

describe('options of a guard of upgrades that are wrong', () => {
  const server = createServer();
  const build = (options: unknown) => () =>
    Reflect.apply(guardUpgrade, undefined, [server, options]);

  test.each([
    [null, TypeError, 'guardUpgrade'],
    [{}, TypeError, 'guardUpgrade'],
    [{ breaker: {} }, TypeError, 'guardUpgrade.breaker'],
    [{ drain: {} }, TypeError, 'drain'],
    [{ drain: null }, TypeError, 'drain'],
    [{ bulkhead: {} }, TypeError, 'concurrency'],
    [{ bulkhead: null }, TypeError, 'bulkhead'],
    [{ rateLimit: { rate: 0 } }, RangeError, 'rate'],
    [{ bulkhead: { concurrency: 1 }, key: 'ip' }, TypeError, 'key'],
    [{ bulkhead: { concurrency: 1 }, onReject: 1 }, TypeError, 'onReject'],
  ] as const)('%j', (options, type, option) => {
    expect(build(options)).toThrow(type);
    expect(build(options)).toThrow(`option "${option}"`);
    expect(Object.hasOwn(server, 'emit')).toBe(false);
  });

  test('a server that is none', () => {
    expectInvalid(() => Reflect.apply(guardUpgrade, undefined, [{}, { drain: draining() }]), {
      type: TypeError,
      option: 'server',
      value: {},
    });
  });
});
