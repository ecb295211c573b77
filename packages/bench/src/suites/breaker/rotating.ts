import type { Operation, RatioGroup } from '../../harness/suite.ts';
import { succeeded, type Call } from '../contender.ts';
import { contenders } from './contenders.ts';
import type * as OneCall from './one-call.ts';

const FUNCTIONS = 50;

const calls = (): Promise<Call[]> =>
  Promise.all(
    Array.from({ length: FUNCTIONS }, async (_, i) => {
      const own: typeof OneCall = await import(`./one-call.ts?function=${i}`);
      return own.call;
    }),
  );

const inTurn = (operations: readonly Operation[]): Operation => {
  let turn = 0;
  return () => {
    turn = turn + 1 === operations.length ? 0 : turn + 1;
    return operations[turn]?.();
  };
};

export const rotating: RatioGroup = {
  kind: 'ratio',
  id: 'rotating',
  title: `Closed, successes, ${FUNCTIONS} breakers round ${FUNCTIONS} functions in turn`,
  loop: 'awaited',
  bare: async () => inTurn(await calls()),
  expects: succeeded,
  contestants: contenders.map(({ name, side, guard }) => ({
    name,
    side,
    make: async () => inTurn((await calls()).map((call) => guard(call))),
  })),
  goals: [],
};
