import { describe, expect, onTestFinished, test } from 'vitest';
import { rateLimit } from '../../../../src/index.ts';
import type { UpgradeGuardOptions } from '../../../../src/http/lifecycle/upgrade-guard-options.ts';
import { RecordingClock } from '../../../support/recording-clock.ts';
import { hearWarnings } from '../../../support/warnings.ts';
import { turns, until } from './support/until.ts';
import { draining, REQUEST, SWITCHED, upgradeGuardRigOf } from './support/upgrade-guard-rig.ts';
import { requestTo, wireTo, type Wire } from './support/wire.ts';

const bodyOf = ({ received }: Wire): unknown => JSON.parse(received.split('\r\n\r\n')[1] ?? '');

describe('an upgrade that is turned away', () => {
  test('is answered as a request is, before any listener sees it, and its connection ends', async () => {
    const drained = draining();
    const rig = await upgradeGuardRigOf({ drain: drained });
    const before = await rig.ask();
    await before.has(SWITCHED);
    drained.begin();
    const wire = await rig.ask();
    await wire.end();
    expect(wire.error).toBeUndefined();
    const [head = ''] = wire.received.split('\r\n\r\n');
    const lines = head.split('\r\n');
    expect(lines[0]).toBe('HTTP/1.1 503 Service Unavailable');
    expect(lines).toContain('Content-Type: application/problem+json');
    expect(lines).toContain('Cache-Control: no-store');
    expect(lines).toContain('Retry-After: 1');
    expect(lines).toContain('Connection: close');
    expect(bodyOf(wire)).toMatchObject({
      type: 'https://iana.org/assignments/http-problem-types#temporary-reduced-capacity',
      status: 503,
    });
    expect(wire.received).not.toContain('shop');
    expect(rig.upgrades).toHaveLength(1);
    expect(before.ended).toBe(false);
    await until(() => rig.clock.pendingTimers === 0);
  });

  test('is answered in plain text where that is asked for', async () => {
    const drained = draining();
    drained.begin();
    const rig = await upgradeGuardRigOf({ drain: drained });
    const wire = await rig.wire();
    wire.ask('/', 'Connection: Upgrade\r\nUpgrade: chat\r\nAccept: text/plain\r\n');
    await wire.end();
    expect(wire.received).toContain('Content-Type: text/plain');
  });

  test('by a rate limit is told when to come back', async () => {
    const rig = await upgradeGuardRigOf({ rateLimit: { rate: 0.1, burst: 1 } });
    const first = await rig.ask();
    await first.has(SWITCHED);
    const second = await rig.ask();
    await second.end();
    expect(second.received).toContain('HTTP/1.1 429 Too Many Requests');
    expect(second.received).toContain('Retry-After: 10\r\n');
    expect(bodyOf(second)).toMatchObject({ 'violated-policies': ['upgrade'] });
  });

  test('counts under its key, or under none', async () => {
    const limit = rateLimit({ rate: 0.1, burst: 1, clock: new RecordingClock() });
    const rig = await upgradeGuardRigOf({
      rateLimit: limit,
      key: ({ url }) => (url === '/free' ? null : String(url)),
    });
    const ask = async (path: string): Promise<string> => {
      const wire = await rig.wire();
      wire.ask(path, 'Connection: Upgrade\r\nUpgrade: chat\r\n');
      await until(() => wire.received.includes('\r\n\r\n'));
      return wire.received.slice(9, 12);
    };
    const answers: string[] = [];
    for (const path of ['/a', '/a', '/b', '/free', '/free']) answers.push(await ask(path));
    expect(answers).toEqual(['101', '429', '101', '101', '101']);
    expect(limit.snapshot()).toMatchObject({ admitted: 2, refused: 1 });
  });

  test('may be one whose key cannot be told: that is reported', async () => {
    const warnings = hearWarnings();
    const rig = await upgradeGuardRigOf({
      rateLimit: { rate: 1 },
      key: () => {
        throw new Error('no key');
      },
    });
    const wire = await rig.ask();
    await wire.end();
    expect(wire.received).toContain('HTTP/1.1 500 Internal Server Error');
    expect(warnings[0]?.message).toContain('key threw: Error: no key');
  });

  test('is answered as its owner wants', async () => {
    const drained = draining();
    drained.begin();
    const rig = await upgradeGuardRigOf({
      drain: drained,
      onReject: ({ error, status }, { url }) => ({
        status: 500 + (status - 503),
        headers: { 'X-Code': error.code },
        body: { url },
      }),
    });
    const wire = await rig.ask();
    await wire.end();
    expect(wire.received).toContain('HTTP/1.1 500');
    expect(wire.received).toContain('X-Code: HF_DRAINING');
    expect(bodyOf(wire)).toEqual({ url: '/' });
  });

  test.each<[string, UpgradeGuardOptions['onReject']]>([
    [
      'throws',
      () => {
        throw new Error('boom');
      },
    ],
    ['would split the answer', () => ({ headers: { 'X-Bad': 'a\r\nX-Worse: b' } })],
    ['would agree to the upgrade', () => ({ status: 101 })],
    ['is no answer at all', () => 7 as never],
  ])('is answered in the usual way where its owner %s', async (_, onReject) => {
    const drained = draining();
    drained.begin();
    const rig = await upgradeGuardRigOf({ drain: drained, onReject });
    const wire = await rig.ask();
    await wire.end();
    expect(wire.received).toContain('HTTP/1.1 503');
    expect(wire.received).not.toContain('X-Worse');
  });

  test('is let go of after a second where its client does not leave', async () => {
    const drained = draining();
    drained.begin();
    const rig = await upgradeGuardRigOf({ drain: drained });
    const port = (rig.server.address() as { port: number }).port;
    const wire = await wireTo(port, true);
    let connections = 0;
    const count = () => rig.server.getConnections((_, found) => (connections = found));
    wire.send(REQUEST);
    await wire.end();
    wire.send('and on it goes');
    await turns();
    count();
    await turns();
    expect(connections).toBe(1);
    await rig.clock.advanceAsync(1_000);
    await until(() => {
      count();
      return connections === 0;
    });
    expect(rig.clock.pendingTimers).toBe(0);
  });

  test('may have much to say, which is read and thrown away', async () => {
    const drained = draining();
    drained.begin();
    const rig = await upgradeGuardRigOf({ drain: drained });
    const wire = await rig.wire();
    wire.send(REQUEST + 'x'.repeat(500_000));
    await wire.end();
    expect(wire.error).toBeUndefined();
    expect(bodyOf(wire)).toMatchObject({ status: 503 });
    // Its socket is closed, and nothing waits for that any more.
    await until(() => rig.clock.pendingTimers === 0);
  });

  test.each([
    ['a promise', () => Promise.reject(new Error('unheard'))],
    ['nothing', () => undefined],
    ['a number', () => 5],
  ])('is a fault of the server where its key is %s', async (_, key) => {
    const warnings = hearWarnings();
    // A function whose type says something else, as JavaScript lets one.
    const wrong = key as unknown as () => string;
    const rig = await upgradeGuardRigOf({ rateLimit: { rate: 1, burst: 1 }, key: wrong });
    const wire = await rig.ask();
    await wire.end();
    await turns();
    expect(wire.received).toContain('HTTP/1.1 500');
    expect(rig.upgrades).toHaveLength(0);
    expect(warnings[0]?.message).toContain('key');
  });

  test('is answered as usual where `onReject` gives a promise, and that is heard by nobody', async () => {
    const unhandled: unknown[] = [];
    const hear = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', hear);
    onTestFinished(() => void process.off('unhandledRejection', hear));
    const drained = draining();
    drained.begin();
    const onReject = () => Promise.reject(new Error('unheard')) as unknown as undefined;
    const rig = await upgradeGuardRigOf({ drain: drained, onReject });
    const wire = await rig.ask();
    await wire.end();
    await turns();
    expect(wire.received).toContain('HTTP/1.1 503');
    expect(unhandled).toEqual([]);
  });

  test('may break off in any way', async () => {
    const drained = draining();
    drained.begin();
    const rig = await upgradeGuardRigOf({ drain: drained });
    const wires = await Promise.all(Array.from({ length: 20 }, () => rig.wire()));
    for (const { socket } of wires) socket.write(REQUEST, () => socket.resetAndDestroy());
    await turns();
    const wire = await rig.ask();
    await wire.end();
    expect(wire.received).toContain('503');
  });

  test('may be sending a body', async () => {
    const drained = draining();
    drained.begin();
    const rig = await upgradeGuardRigOf({ drain: drained });
    const wire = await rig.wire();
    const head = 'Connection: Upgrade\r\nUpgrade: chat\r\nContent-Length: 100000\r\n';
    wire.send(requestTo('/', head) + 'x'.repeat(1_000));
    await wire.has('\r\n\r\n');
    expect(wire.received).toContain('503');
    await wire.end();
  });
});
