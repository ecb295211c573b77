import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { Goodbyes, type Upgrade } from '../../../../src/http/lifecycle/goodbyes.ts';
import { virtualClock } from '../../../../src/testing/index.ts';

/** One whose answer has been written. */
const answeredUpgrade = (): Upgrade => {
  const socket = new Socket();
  Object.defineProperty(socket, 'bytesWritten', { value: 100 });
  return { socket, request: new IncomingMessage(socket), bytesBefore: 0 };
};

describe('upgraded sockets that are many', () => {
  test('are all told in time, however many there are for each millisecond', async () => {
    const told: number[] = [];
    const clock = virtualClock();
    const goodbyes = new Goodbyes(() => told.push(clock.now()), clock);
    goodbyes.begin(
      Array.from({ length: 3_000 }, () => answeredUpgrade()),
      1_000,
    );
    await clock.advanceAsync(500);
    expect(told).toHaveLength(1_501);
    await clock.advanceAsync(500);
    expect(told).toHaveLength(3_000);
    expect(clock.pendingTimers).toBe(0);
  });

  test('are told in time behind any number that have no answer', async () => {
    const told: number[] = [];
    const clock = virtualClock();
    const goodbyes = new Goodbyes(() => told.push(clock.now()), clock);
    const silent = Array.from({ length: 60 }, () => ({ ...answeredUpgrade(), bytesBefore: 100 }));
    goodbyes.begin([...silent, answeredUpgrade(), answeredUpgrade()], 62);
    await clock.advanceAsync(62);
    expect(told).toEqual([60, 61]);
    goodbyes[Symbol.dispose]();
  });

  test('may have their goodbye end the drain', async () => {
    const clock = virtualClock();
    const goodbyes = new Goodbyes(() => goodbyes[Symbol.dispose](), clock);
    const silent = { ...answeredUpgrade(), bytesBefore: 100 };
    goodbyes.begin([answeredUpgrade(), silent], 0);
    goodbyes.add(silent);
    await clock.advanceAsync(1_000);
    expect(clock.pendingTimers).toBe(0);
  });
});
