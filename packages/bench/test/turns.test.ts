import { expect, it } from 'vitest';
import { turnsUntilSettled } from '../src/harness/turns.ts';

const bare = async (): Promise<number> => 1;

it('counts one turn for an async function that only returns', async () => {
  expect(await turnsUntilSettled(bare)).toBe(1);
});

it('counts one more for each derived promise, however it settles', async () => {
  const identity = (value: number): number => value;
  expect(await turnsUntilSettled(() => bare().then(identity))).toBe(2);
  const fail = (): never => {
    throw new Error('down');
  };
  expect(await turnsUntilSettled(() => bare().then(fail))).toBe(2);
});

it('gives up on a promise that never settles', async () => {
  expect(await turnsUntilSettled(() => new Promise(() => undefined))).toBe(1_000);
});
