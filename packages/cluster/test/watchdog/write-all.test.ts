import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { writeAll } from '../../src/watchdog/thread/write-all.ts';
import { makeFifo } from './support/fifo.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-write-all-'));
afterAll(() => rmSync(folder, { recursive: true }));

const pipeOf = (name: string): number => {
  const path = join(folder, name);
  makeFifo(path);
  return openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
};

/** Writes until nothing more goes in. */
const fill = (pipe: number): void => {
  expect(() => {
    for (;;) writeSync(pipe, Buffer.alloc(4_096, 'x'));
  }).toThrow('EAGAIN');
};

test('a full pipe is given up after a while, and a closed one at once', () => {
  const pipe = pipeOf('full');
  fill(pipe);
  const beganMs = performance.now();
  writeAll(pipe, 'lost');
  expect(performance.now() - beganMs).toBeGreaterThan(150);
  closeSync(pipe);
  // Each would take 200 ms if it were tried again; the quickest tells, as this process is not the only one.
  const times = Array.from({ length: 5 }, () => {
    const closedMs = performance.now();
    writeAll(pipe, 'lost');
    return performance.now() - closedMs;
  });
  expect(Math.min(...times)).toBeLessThan(150);
});

test('all of a text is written, each character whole', () => {
  const pipe = pipeOf('empty');
  writeAll(pipe, 'stands still … 5 ms\n');
  const read = Buffer.alloc(100);
  expect(read.toString('utf8', 0, readSync(pipe, read))).toBe('stands still … 5 ms\n');
  closeSync(pipe);
});
