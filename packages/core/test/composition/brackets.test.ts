import { describe, expect, test } from 'vitest';
import { fallback, pipeline, type Executable } from '../../src/index.ts';
import { hang } from '../support/calls.ts';
import { boom, expectNothingLeft, Kit, rejectedWith } from './kit.ts';
import { partsOf, policiesOf, scenarios } from './scenarios.ts';

const NAMES = ['deadline', 'retry', 'breaker', 'rate limit', 'bulkhead', 'timeout'];

interface Brackets {
  readonly title: string;
  readonly from: number;
  readonly to: number;
}

const title = (from: number, to: number): string => {
  const inside = NAMES.slice(from, to).join(' → ');
  return [...NAMES.slice(0, from), `(${inside})`, ...NAMES.slice(to)].join(' → ');
};

const all: readonly Brackets[] = [
  [0, 2],
  [1, 3],
  [2, 6],
  [3, 5],
  [1, 6],
  [5, 6],
].map(([from = 0, to = 0]) => ({ title: title(from, to), from, to }));

const bracketed = (policies: Executable[], { from, to }: Brackets): Executable =>
  pipeline(
    ...policies.slice(0, from),
    pipeline(...policies.slice(from, to)),
    ...policies.slice(to),
  );

describe.each(all)('$title: as without the brackets:', (brackets) => {
  test.each(scenarios)('$title', async ({ play }) => {
    const seen: unknown[] = [];
    for (const build of [(policies: Executable[]) => pipeline(...policies), bracketed]) {
      const kit = new Kit();
      const parts = partsOf(kit);
      const outcome = await play(kit, build(policiesOf(parts), brackets), parts);
      seen.push([outcome, ...Object.values(parts).map((policy) => policy.snapshot())]);
      await expectNothingLeft(kit);
    }
    expect(seen[1]).toEqual(seen[0]);
  });
});

test('retry → (fallback → breaker) → timeout: an inner pipeline answers for its part alone', async () => {
  const kit = new Kit();
  const inside = pipeline(fallback({ value: 'instead' }), kit.breaker());
  const again = kit.retry();
  const begun = kit.begin(pipeline(again, inside, kit.timeout(100)), hang);
  await kit.clock.advanceAsync(100);
  expect(await begun.result).toEqual({ ok: true, value: 'instead' });
  expect(again.snapshot()).toMatchObject({ retries: 0 });
  await expectNothingLeft(kit);
});

test('(retry → breaker) → timeout and bulkhead → (retry → breaker): a pipeline may be shared', async () => {
  const kit = new Kit();
  const breaker = kit.breaker();
  const shared = pipeline(kit.retry(), breaker);
  const one = kit.begin(pipeline(shared, kit.timeout(100)), () => Promise.reject(boom));
  await kit.clock.advanceAsync(100);
  expect(await one.result).toMatchObject(rejectedWith('HF_CIRCUIT_OPEN'));
  const other = kit.begin(pipeline(kit.bulkhead(), shared), () => 'never');
  expect(await other.result).toMatchObject(rejectedWith('HF_CIRCUIT_OPEN'));
  expect(other.contexts).toHaveLength(0);
  await expectNothingLeft(kit);
});
