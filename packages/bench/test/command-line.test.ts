import { expect, it } from 'vitest';
import { commandOf, UsageError } from '../src/command-line.ts';

it('reads suite and options', () => {
  expect(commandOf(['breaker'])).toEqual({
    suite: 'breaker',
    json: false,
    quick: false,
    rounds: 21,
    only: '',
  });
  expect(commandOf(['--json', '--rounds', '41', 'breaker', '--only', 'sync'])).toMatchObject({
    json: true,
    rounds: 41,
    only: 'sync',
  });
});

it.each([
  [[], 'no suite'],
  [['breaker', 'http'], 'http'],
  [['breaker', '--round', '30'], '--round'],
  [['breaker', '--rounds', '19'], '19'],
  [['breaker', '--rounds', 'many'], 'many'],
])('refuses %j, naming the reason', (args, reason) => {
  expect(() => commandOf(args)).toThrow(UsageError);
  expect(() => commandOf(args)).toThrow(reason);
});
