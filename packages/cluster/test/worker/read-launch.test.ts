import { expect, it } from 'vitest';
import { LAUNCH_VARIABLE, type Launch } from '../../src/protocol/launch.ts';
import { takeLaunch } from '../../src/worker/read-launch.ts';

const launch: Launch = {
  name: 'shop',
  generation: 3,
  slot: 1,
  supervisorPid: 4_711,
  readyOn: 'told',
  reusePort: true,
  store: false,
  shutdown: { announceMs: 0, lingerMs: 1, deadlineMs: 2, errorDeadlineMs: 3 },
  watchdog: { blockedAfterMs: 100 },
};

const environmentOf = (value: unknown): NodeJS.ProcessEnv => ({
  [LAUNCH_VARIABLE]: typeof value === 'string' ? value : JSON.stringify(value),
});

it('takes what the supervisor says out of the environment', () => {
  const env = environmentOf(launch);
  expect(takeLaunch(env)).toStrictEqual(launch);
  expect(env).toStrictEqual({});
  expect(takeLaunch(env)).toBeUndefined();
});

it('has no watchdog where none is asked for', () => {
  expect(takeLaunch(environmentOf({ ...launch, watchdog: undefined }))?.watchdog).toBeUndefined();
});

it('has a store to share unless it is told that there is none', () => {
  expect(takeLaunch(environmentOf({ ...launch, store: undefined }))?.store).toBe(true);
});

it('has no slot where it is to stand by', () => {
  expect(takeLaunch(environmentOf({ ...launch, slot: undefined }))?.slot).toBeUndefined();
});

it.each([
  'null',
  '[]',
  { ...launch, name: 1 },
  { ...launch, generation: null },
  { ...launch, slot: '1' },
  { ...launch, supervisorPid: undefined },
  { ...launch, shutdown: undefined },
  { ...launch, shutdown: { ...launch.shutdown, deadlineMs: '2' } },
])('does not go on with %j, which another version says', (value) => {
  expect(() => takeLaunch(environmentOf(value))).toThrow(LAUNCH_VARIABLE);
});
