import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../src/harness/outcome.ts';
import { withBareRow } from '../src/harness/rows.ts';
import type { Operation, RatioGroup } from '../src/harness/suite.ts';
import { HeldCalls } from '../src/suites/pipeline/held-calls.ts';
import { pipelineSuite } from '../src/suites/pipeline/index.ts';

/** More than a budget, a queue or a window of these groups could hide. */
const CALLS = 120;

/** How the calls ended that the group did not mean to. */
const unexpected = async ({ expects }: RatioGroup, operation: Operation): Promise<unknown[]> => {
  const outcomes: unknown[] = [];
  for (let i = 0; i < CALLS; i++) outcomes.push(await outcomeOf(operation));
  return outcomes.filter((outcome) => !expects(outcome));
};

const ratioGroups = pipelineSuite.groups.filter((group) => group.kind === 'ratio');

describe.each(ratioGroups)('group $id', (group) => {
  it.each(withBareRow(group))('ends every call of $name as it means to', async ({ make }) => {
    expect(await unexpected(group, await make())).toEqual([]);
  });
});

describe('held calls', () => {
  it('hang until they are let go, the newest first', async () => {
    const ended: number[] = [];
    let made = 0;
    const calls = new HeldCalls((call) => async () => {
      const number = made++;
      await call();
      ended.push(number);
    });
    calls.start(5);
    await calls.end(2);
    expect(calls.size).toBe(3);
    expect(ended).toEqual([3, 4]);
    calls.start(1);
    await calls.end(4);
    expect(calls.size).toBe(0);
    expect(ended).toEqual([3, 4, 0, 1, 2, 5]);
  });

  it('fail where a policy did not make the call', async () => {
    const calls = new HeldCalls(() => () => Promise.resolve('refused'));
    calls.start(1);
    await expect(calls.end(1)).rejects.toThrow('not made');
  });
});
