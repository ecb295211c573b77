import { virtualClock } from '@holdfast/core/testing';
import { expect, it } from 'vitest';
import type { MetricFamily } from '../../src/metrics/types.ts';
import { MetricSources } from '../../src/worker/metric-sources.ts';

const family = (name: string): MetricFamily => ({ name, help: '', type: 'gauge', values: [] });

it('gives the families of all sources but those that fail, hang, give nothing, or what cannot be sent', async () => {
  const clock = virtualClock();
  const errors: unknown[] = [];
  const sources = new MetricSources(clock, (error) => errors.push(error));
  const source = (): readonly MetricFamily[] => [family('a')];
  const first = sources.add(source);
  sources.add(source);
  sources.add(() => Promise.resolve([family('b')]));
  sources.add(() => new Promise(() => undefined));
  sources.add(() => {
    throw new Error('thrown');
  });
  sources.add(() => Promise.reject(new Error('rejected')));
  sources.add(() => 'nothing' as never);
  const circular: object[] = [family('c')];
  circular.push({ circular });
  sources.add(() => circular);
  sources.add(() => [{ ...family('d'), values: [{ labels: {}, value: 1n }] }]);
  first[Symbol.dispose]();
  const collected = sources.collect();
  let over = false;
  void collected.then(() => (over = true));
  await clock.advanceAsync(799);
  expect(over).toBe(false);
  await clock.advanceAsync(1);
  expect((await collected).map(({ name }) => name)).toStrictEqual(['a', 'b']);
  expect(errors.map(String)).toEqual([
    'Error: thrown',
    'Error: rejected',
    expect.stringContaining('circular'),
    expect.stringContaining('BigInt'),
  ]);
  expect(clock.pendingTimers).toBe(0);
});
