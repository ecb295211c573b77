import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { hearWarnings } from '../../../support/warnings.ts';
import { rigOf, type Rig, type RigOptions } from './support/rig.ts';
import { turns, until } from './support/until.ts';
import type { Wire } from './support/wire.ts';

const GOING_AWAY = '\u0088\u0002\u0003\u00e9';
const SWITCHED = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: any\r\n\r\n';

interface UpgradeRig {
  readonly rig: Rig;
  readonly sockets: Duplex[];
  upgraded(protocol?: string): Promise<Wire>;
}

/** A server that agrees to every upgrade, and lets go of what its client has left. */
const upgradeRigOf = async (options: RigOptions = {}): Promise<UpgradeRig> => {
  const rig = await rigOf(options);
  const sockets: Duplex[] = [];
  rig.server.on('upgrade', (_: IncomingMessage, socket: Duplex) => {
    sockets.push(socket);
    socket.on('end', () => socket.end());
    socket.resume();
    socket.write(SWITCHED);
  });
  const upgraded = async (protocol = 'websocket'): Promise<Wire> => {
    const wire = await rig.wire();
    wire.ask('/', `Connection: Upgrade\r\nUpgrade: ${protocol}\r\n`);
    await wire.has(SWITCHED);
    wire.clear();
    return wire;
  };
  return { rig, sockets, upgraded };
};

describe('upgraded sockets', () => {
  test('are told to leave: a WebSocket by a close frame, others by their end', async () => {
    const { rig, upgraded } = await upgradeRigOf();
    const socket = await upgraded('WebSocket');
    const other = await upgraded('chat');
    expect(rig.drain.snapshot()).toMatchObject({ upgraded: 2, connections: 0, inFlight: 0 });
    await rig.start();
    await rig.clock.advanceAsync(1_500);
    await socket.has(GOING_AWAY);
    await other.end();
    expect(socket.received).toBe(GOING_AWAY);
    expect(socket.ended).toBe(false);
    expect(rig.drain.phase).toBe('closing');
    socket.socket.end();
    expect(await rig.drain.start()).toMatchObject({ clean: true, tookMs: 1_500 });
  });

  test('are told one after the other', async () => {
    const told: string[] = [];
    const { rig, upgraded } = await upgradeRigOf({
      upgradedSpreadMs: 1_000,
      onUpgraded: (socket, { headers }) => {
        told.push(`${headers.upgrade} at ${rig.clock.now()}`);
        socket.end();
      },
    });
    for (const protocol of ['a', 'b', 'c', 'd']) await upgraded(protocol);
    await rig.start();
    await rig.clock.advanceAsync(1_500);
    expect(told).toEqual(['a at 0', 'b at 250', 'c at 500', 'd at 750']);
    expect(await rig.drain.start()).toMatchObject({ clean: true });
  });

  test('are not told while the drain announces: they would come back here', async () => {
    const { rig, upgraded } = await upgradeRigOf({ announceMs: 1_000 });
    const wire = await upgraded();
    await rig.start();
    await rig.clock.advanceAsync(999);
    await turns();
    expect(wire.received).toBe('');
    const late = await upgraded();
    await rig.clock.advanceAsync(1);
    await wire.has(GOING_AWAY);
    await rig.clock.advanceAsync(1_500);
    await late.has(GOING_AWAY);
    expect(rig.drain.phase).toBe('closing');
  });

  test('that come later are told as well', async () => {
    const { rig, upgraded } = await upgradeRigOf();
    const wire = await rig.wire();
    await upgraded();
    await rig.start();
    wire.ask('/', 'Connection: Upgrade\r\nUpgrade: websocket\r\n');
    await wire.has(SWITCHED);
    await rig.clock.advanceAsync(50);
    await wire.has(GOING_AWAY);
    expect(rig.drain.snapshot().upgraded).toBe(2);
  });

  test('are told nothing before the answer to their upgrade', async () => {
    const rig = await rigOf();
    const sockets: Duplex[] = [];
    rig.server.on('upgrade', (_: IncomingMessage, socket: Duplex) => void sockets.push(socket));
    const wire = await rig.wire();
    wire.ask('/', 'Connection: Upgrade\r\nUpgrade: websocket\r\n');
    await until(() => sockets.length === 1);
    await rig.start();
    await rig.clock.advanceAsync(3_000);
    await turns();
    expect(wire.received).toBe('');
    sockets[0]?.write(SWITCHED);
    await wire.has(SWITCHED);
    await rig.clock.advanceAsync(50);
    await wire.has(GOING_AWAY);
    expect(wire.received).toBe(SWITCHED + GOING_AWAY);
  });

  test('that were ended behind bytes that nobody reads are destroyed soon, and are no loss', async () => {
    const { rig, sockets, upgraded } = await upgradeRigOf();
    const [wire, open] = [await upgraded(), await upgraded()];
    wire.socket.pause();
    await rig.start();
    await rig.clock.advanceAsync(1_500);
    sockets[0]?.end(Buffer.alloc(50_000_000));
    await turns();
    // It is looked at four times a second, and has a second from then on.
    await rig.clock.advanceAsync(250);
    await rig.clock.advanceAsync(999);
    expect(sockets[0]?.destroyed).toBe(false);
    await rig.clock.advanceAsync(1);
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true, false]);
    open.socket.end();
    expect(await rig.clock.runUntilSettled(rig.drain.start())).toMatchObject({ clean: true });
  });

  test('that do not leave are cut at the deadline, and told', async () => {
    const { rig, sockets, upgraded } = await upgradeRigOf();
    const wire = await upgraded();
    await rig.start();
    await rig.clock.advanceAsync(9_999);
    expect(wire.closed).toBe(false);
    await rig.clock.advanceAsync(1);
    await until(() => wire.closed);
    const cut = { requests: 0, connections: 0, sessions: 0, upgraded: 1 };
    expect(await rig.drain.start()).toMatchObject({ clean: false, tookMs: 10_000, cut });
    expect(sockets[0]?.destroyed).toBe(true);
  });

  test('may be said goodbye to in vain: a throw or a rejection is reported, and the others are told', async () => {
    const warnings = hearWarnings();
    const told: (string | undefined)[] = [];
    const { rig, upgraded } = await upgradeRigOf({
      onUpgraded: (socket, { headers }): void => {
        told.push(headers.upgrade);
        socket.end();
        if (headers.upgrade === 'b') throw new Error('boom');
        // A function that answers with a promise is taken for one that answers with nothing.
        return Promise.reject(new Error('late boom')) as unknown as undefined;
      },
    });
    for (const protocol of ['a', 'b', 'c']) await upgraded(protocol);
    await rig.start();
    await rig.clock.advanceAsync(1_500);
    expect(told).toEqual(['a', 'b', 'c']);
    expect(await rig.drain.start()).toMatchObject({ clean: true });
    expect(warnings.map(({ message }) => message.split('\n')[0])).toEqual([
      'onUpgraded threw: Error: late boom',
      'onUpgraded threw: Error: boom',
      'onUpgraded threw: Error: late boom',
    ]);
  });

  test('whose owner writes after they were ended crash nobody', async () => {
    const { rig, sockets, upgraded } = await upgradeRigOf();
    await upgraded('chat');
    await rig.start();
    await until(() => sockets[0]?.writableEnded === true);
    sockets[0]?.write('too late');
    await rig.clock.advanceAsync(1_500);
    expect(await rig.drain.start()).toMatchObject({ clean: true });
  });

  test('may be tunnels of CONNECT', async () => {
    const rig = await rigOf();
    rig.server.on('connect', (_: IncomingMessage, socket: Duplex) => {
      socket.on('end', () => socket.end()).resume();
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
    });
    const wire = await rig.wire();
    wire.send('CONNECT host:443 HTTP/1.1\r\nHost: host:443\r\n\r\n');
    await wire.has('200 OK');
    expect(rig.drain.snapshot()).toMatchObject({ upgraded: 1 });
    await rig.start();
    await wire.end();
    expect(await rig.drain.start()).toMatchObject({ clean: true, tookMs: 0 });
  });
});

describe('a server that knows no upgrades', () => {
  test('takes them for requests, as it did before', async () => {
    const rig = await rigOf();
    for (const event of ['upgrade', 'connect', 'checkContinue', 'checkExpectation'])
      expect(rig.server.listenerCount(event)).toBe(0);
    const wire = await rig.wire();
    wire.ask('/now', 'Connection: Upgrade\r\nUpgrade: websocket\r\n');
    await wire.has('at /now');
    expect(rig.drain.snapshot()).toMatchObject({ upgraded: 0, connections: 1 });
  });
});
