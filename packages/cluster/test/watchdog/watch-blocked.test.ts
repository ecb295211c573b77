import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { reportLine, type WatchdogReport } from '../../src/watchdog/report.ts';
import { watchBlocked } from '../../src/watchdog/watch-blocked.ts';

const rig = () => {
  const stream = new PassThrough();
  const heard: WatchdogReport[] = [];
  watchBlocked(stream, {
    onBlocked: (report) => heard.push(report),
    onUnblocked: (report) => heard.push(report),
  });
  /** All that has been written is heard then. */
  const end = async (): Promise<void> => {
    stream.end();
    await once(stream, 'close');
    await setImmediate();
  };
  return { stream, heard, end };
};

/** Nothing can go on that did not stand still. */
const audible = (reports: readonly WatchdogReport[]): WatchdogReport[] =>
  reports.filter(({ type }, at) => type === 'blocked' || reports[at - 1]?.type === 'blocked');

const blockedMs = fc.nat();
const report: fc.Arbitrary<WatchdogReport> = fc.oneof(
  fc.record({
    type: fc.constant('blocked' as const),
    blockedMs,
    stack: fc.option(fc.string({ unit: 'grapheme' }), { nil: undefined }),
    detail: fc.string(),
  }),
  fc.record({ type: fc.constant('unblocked' as const), blockedMs }),
);
/** What a worker that has gone mad may write. */
const nonsense = fc
  .oneof(
    fc.json({ noUnicodeString: false }),
    fc.string(),
    fc.constantFrom(
      '{"type":"blocked","blockedMs":1}',
      '{"type":"blocked","blockedMs":1,"stack":null}',
      '{"type":"blocked","blockedMs":-1,"stack":null,"detail":""}',
      '{"type":"unblocked","blockedMs":1e999}',
      '{"type":"unblocked","blockedMs":"1"}',
      '{"type":"blocked","blockedMs":1,"stack":7,"detail":""}',
      '{"type":"__proto__","__proto__":{"type":"unblocked"},"blockedMs":1}',
      'null',
      '[]',
    ),
  )
  .map((text) => `${text.replaceAll('\n', ' ')}\n`);

describe('reports of a watchdog', () => {
  test('arrive whole, however the stream is cut and whatever stands between them', async () => {
    const lines = fc.array(fc.oneof(report, nonsense), { maxLength: 12 });
    const property = fc.asyncProperty(
      lines,
      fc.integer({ min: 1, max: 50 }),
      async (items, size) => {
        const { stream, heard, end } = rig();
        const text = items.map((item) => (typeof item === 'string' ? item : reportLine(item)));
        const bytes = Buffer.from(text.join(''));
        for (let at = 0; at < bytes.length; at += size) stream.write(bytes.subarray(at, at + size));
        await end();
        expect(heard).toEqual(audible(items.filter((item) => typeof item !== 'string')));
      },
    );
    await fc.assert(property);
  });

  test('are heard after a line that is too long, which is not', async () => {
    const { stream, heard, end } = rig();
    const blocked = { type: 'blocked', blockedMs: 1, stack: undefined, detail: '' } as const;
    stream.write(reportLine({ ...blocked, detail: 'x'.repeat(256 * 1024) }));
    stream.write(reportLine(blocked));
    await end();
    expect(heard).toEqual([blocked]);
  });

  test('end with an error of the stream, which is not thrown either', async () => {
    const { stream } = rig();
    stream.destroy(new Error('ECONNRESET'));
    await expect.poll(() => stream.closed).toBe(true);
  });
});
