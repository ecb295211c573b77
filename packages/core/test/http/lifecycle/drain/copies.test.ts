import { createServer } from 'node:http';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import * as first from '../../../../src/http/lifecycle/index.ts';
import type { Drain, DrainOptions } from '../../../../src/http/lifecycle/types.ts';
import { turns, until } from './support/until.ts';

type Copy = typeof first;

/** One that a test runner does not use itself. */
const SIGNAL = 'SIGUSR2';

/** All modules once more, as a package inside another one has them, or a bundle. */
let second: Copy;
beforeAll(async () => {
  vi.resetModules();
  second = await import('../../../../src/http/lifecycle/index.ts');
});

const drainOf = (copy: Copy, name: string, options: DrainOptions = {}): Drain => {
  const made = copy.drain([], { name, signals: [SIGNAL], lingerMs: 0, ...options });
  onTestFinished(() => made[Symbol.dispose]());
  return made;
};

test('a second copy has nothing of the first', () => {
  expect(second.drain).not.toBe(first.drain);
  expect(second.endsOnSignals).not.toBe(first.endsOnSignals);
});

describe.each([
  ['the first', () => [first, second] as const],
  ['the second', () => [second, first] as const],
])('of two copies of this package in one process, %s', (_which, copies) => {
  test('supervises the exits of both', async () => {
    const [one, other] = copies();
    const early = drainOf(other, 'early');
    const exits = one.superviseExits();
    onTestFinished(() => exits[Symbol.dispose]());
    const made = [early, drainOf(one, 'own'), drainOf(other, 'other')];
    process.emit(SIGNAL);
    await turns();
    expect(made.map(({ phase }) => phase)).toEqual(['serving', 'serving', 'serving']);

    const work = Promise.withResolvers<void>();
    early.defer('work', () => work.promise);
    const over = exits.start('a reason');
    made.push(drainOf(other, 'late'));
    await turns();
    work.resolve();
    const reports = await over;
    expect(reports.map(({ name }) => name)).toEqual(['early', 'own', 'other', 'late']);
    expect(made.map((each) => each.snapshot().reason)).toEqual(made.map(() => 'a reason'));
  });

  test('knows that a server has a drain of the other, until that lets it go', () => {
    const [one, other] = copies();
    const known = () => [one.endsOnSignals(server), other.endsOnSignals(server)];
    const server = createServer();
    const [own, theirs] = [drainOf(one, 'own'), drainOf(other, 'theirs')];
    theirs.add(server);
    expect(known()).toEqual([true, true]);
    own.add(server);
    theirs[Symbol.dispose]();
    expect(known()).toEqual([true, true]);
    own[Symbol.dispose]();
    expect(known()).toEqual([false, false]);
  });

  test('hears a signal for both, by one listener of which nothing is left', async () => {
    const [one, other] = copies();
    const made = [drainOf(one, 'one'), drainOf(other, 'other')];
    expect(process.listenerCount(SIGNAL)).toBe(1);
    // The process would exit once both are over.
    for (const each of made) each.defer('work', () => each[Symbol.dispose]());
    process.emit(SIGNAL);
    await until(() => made.every(({ phase }) => phase === 'closed'));
    expect(process.listenerCount(SIGNAL)).toBe(0);
  });
});
