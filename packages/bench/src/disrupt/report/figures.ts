import { figure } from '../../harness/table.ts';

/** Milliseconds; a word for what did not come to pass, which is infinite. */
export const msText = (ms: number, never: string): string =>
  Number.isFinite(ms) ? figure(ms) : never;

/** All of them together. */
export const sum = (numbers: readonly number[]): number =>
  numbers.reduce((all, each) => all + each, 0);
