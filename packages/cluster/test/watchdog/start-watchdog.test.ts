import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { startWatchdog } from '../../src/watchdog/start-watchdog.ts';
import { makeFifo } from './support/fifo.ts';
import { TestWorker } from './support/worker.ts';

const LIMIT_MS = 300;
const folder = mkdtempSync(join(tmpdir(), 'holdfast-watchdog-'));
afterAll(() => rmSync(folder, { recursive: true }));

const soon = { timeout: 20_000, interval: 10 };
const started = async (): Promise<TestWorker> => {
  const worker = new TestWorker([LIMIT_MS]);
  await worker.heard('started');
  return worker;
};
const reportsOf = (worker: TestWorker, count: number): Promise<void> =>
  vi.waitFor(() => expect(worker.blocked).toHaveLength(count), soon);
/** It comes by another pipe than reports and messages. */
const written = (worker: TestWorker, text: RegExp): Promise<void> =>
  vi.waitFor(() => expect(worker.errors).toMatch(text), soon);

describe('a watchdog of a process that has a core for itself', { timeout: 60_000 }, () => {
  // Alone: the others stand still by computing, and where it has to wait for a core it stands still as well.
  test('says what blocks the loop and when it goes on, and nothing of load, a stop or a debugger', async () => {
    using worker = await started();
    await worker.does('load', 2 * LIMIT_MS);
    worker.child.kill('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 1.5 * LIMIT_MS));
    worker.child.kill('SIGCONT');
    await worker.does('debugged', 1.5 * LIMIT_MS);
    expect(worker.blocked).toEqual([]);

    const flag = join(folder, 'flag');
    worker.tell('files', flag);
    await reportsOf(worker, 1);
    writeFileSync(flag, '');
    await worker.heard('done');
    await vi.waitFor(() => expect(worker.unblocked).toHaveLength(1), soon);
    expect(worker.blocked[0]).toMatchObject({
      detail: 'in JavaScript',
      stack: expect.stringMatching(/ {4}at (?:Object\.)?files \(\S+app\.ts:\d+:\d+\)/),
    });
    expect(worker.blocked[0]?.blockedMs).toBeGreaterThanOrEqual(LIMIT_MS);
    await written(
      worker,
      /process \d+ \(slot 3\): the event loop has stood still for \d+ ms \(in JavaScript\):\n {4}at /,
    );
    await written(worker, /the event loop goes on after \d+ ms\n/);
  });
});

describe.concurrent('a watchdog', { timeout: 60_000 }, () => {
  test('has the stack of a regular expression that does not end', async () => {
    using worker = await started();
    worker.tell('expression');
    await reportsOf(worker, 1);
    expect(worker.blocked[0]?.stack).toMatch(/^ {4}at (?:Object\.)?expression \(\S+app\.ts:/m);
  });

  test('has the stack of frames that are large and many, and leaves the program as it was', async () => {
    using worker = await started();
    // On a busy machine its thread may begin late; a first report says that it has.
    const flag = join(folder, 'looks');
    worker.tell('files', flag);
    await reportsOf(worker, 1);
    writeFileSync(flag, '');
    await worker.heard('done');
    await worker.does('large', 6 * LIMIT_MS);
    await vi.waitFor(() => expect(worker.unblocked).toHaveLength(2), soon);
    const lines = worker.blocked[1]?.stack?.split('\n') ?? [];
    expect(lines).toHaveLength(60);
    expect(lines[0]).toMatch(/ {4}at spin \(\S+app\.ts:/);
    expect(lines[1]).toMatch(/ {4}at \S*f{200}/);
    expect(lines[59]).toMatch(/ {4}at \S*descend \(/);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(310);
    await written(worker, /Error is as before/);
  });

  test('says what native code waits for', async () => {
    const path = join(folder, 'fifo');
    makeFifo(path);
    using worker = await started();
    worker.tell('native', path);
    await reportsOf(worker, 1);
    writeFileSync(path, 'go on');
    await vi.waitFor(() => expect(worker.unblocked).toHaveLength(1), soon);
    expect(worker.blocked[0]).toMatchObject({
      stack: undefined,
      detail: expect.stringContaining('in native code'),
    });
  });

  test('kills an orphan that is blocked, and one whose drain is overdue', async () => {
    const orphans = [
      { args: ['busy', 60_000, 400], cause: 'its event loop stands still', afterMs: 400 },
      { args: ['load', 60_000, 400, 600], cause: 'its drain is overdue', afterMs: 0 },
    ];
    await Promise.all(
      orphans.map(async ({ args, cause, afterMs }) => {
        using parent = new TestWorker(['parent', ...args]);
        await parent.heard('born');
        const bornMs = performance.now();
        parent.child.kill('SIGKILL');
        // The orphan has its standard error too.
        if (parent.child.stderr !== null) await once(parent.child.stderr, 'close');
        expect(performance.now() - bornMs).toBeGreaterThan(0.9 * afterMs);
        expect(parent.errors).toContain(`its supervisor is gone and ${cause}`);
      }),
    );
  });

  test('warns and does no harm where it may have no thread', async () => {
    using worker = new TestWorker([LIMIT_MS], ['--permission', '--allow-fs-read=*']);
    await worker.heard('started');
    await worker.does('load', 20);
    await vi.waitFor(() => expect(worker.errors).toContain('HF_NO_WATCHDOG'), soon);
  });

  test('reports without a stack where it may not use the inspector', async () => {
    const permissions = ['--permission', '--allow-fs-read=*', '--allow-worker'];
    using worker = new TestWorker([LIMIT_MS], permissions);
    await worker.heard('started');
    worker.tell('busy');
    await reportsOf(worker, 1);
    expect(worker.blocked[0]).toMatchObject({
      stack: undefined,
      detail: 'the inspector may not be used',
    });
  });
});

test('options of a watchdog that are wrong are refused', () => {
  expect(() => startWatchdog({ blockedAfterMs: 99 })).toThrow(RangeError);
  expect(() => startWatchdog({ blockedAfterMs: 1_000, orphanAfterMs: Number.NaN })).toThrow(
    'option "orphanAfterMs" is NaN; allowed: a number from 1 up to 2147483647',
  );
});
