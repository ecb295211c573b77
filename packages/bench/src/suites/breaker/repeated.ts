import type { Operation } from '../../harness/suite.ts';

/** The operation after so many calls of it, which fill the breaker's window. */
export const repeated = async (operation: Operation, times: number): Promise<Operation> => {
  for (let i = 0; i < times; i++) await operation();
  return operation;
};
