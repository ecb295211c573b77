import { describe, expect, onTestFinished, test } from 'vitest';
import { drain } from '../../../../src/http/lifecycle/drain.ts';
import { superviseExits } from '../../../../src/http/lifecycle/exit-signals.ts';
import type { Drain, DrainOptions } from '../../../../src/http/lifecycle/types.ts';
import { rigOf } from './support/rig.ts';
import { turns, until } from './support/until.ts';

/** One that a test runner does not use itself. */
const SIGNAL = 'SIGUSR2';

const drainOf = (name: string, options: DrainOptions = {}): Drain => {
  const made = drain([], { name, signals: [SIGNAL], lingerMs: 0, ...options });
  onTestFinished(() => made[Symbol.dispose]());
  return made;
};

const supervised = () => {
  const exits = superviseExits();
  onTestFinished(() => exits[Symbol.dispose]());
  return exits;
};

const namesOf = (reports: readonly { readonly name: string }[]): readonly string[] =>
  reports.map(({ name }) => name).toSorted();

describe('supervised exits', () => {
  test('leave signals without effect, though they are heard', async () => {
    supervised();
    const one = drainOf('one');
    expect(process.listenerCount(SIGNAL)).toBe(1);
    process.emit(SIGNAL);
    process.emit(SIGNAL);
    await turns();
    expect(one.phase).toBe('serving');
  });

  test('start all that a signal would start, and no others, for the reason given', async () => {
    const exits = supervised();
    const [one, two] = [drainOf('one'), drainOf('two')];
    const deaf = drainOf('deaf', { signals: false });
    const reports = await exits.start('a reason', { deadlineMs: 100 });
    expect(namesOf(reports)).toEqual(['one', 'two']);
    expect([one.phase, two.phase, deaf.phase]).toEqual(['closed', 'closed', 'serving']);
    expect(one.snapshot().reason).toBe('a reason');
    expect(exits.start('again')).toBe(exits.start('and again'));
  });

  test('start those too that are made while they wait, and wait for them', async () => {
    const exits = supervised();
    const works = ['one', 'two', 'three'].map((name) => ({
      name,
      ...Promise.withResolvers<void>(),
    }));
    const make = async ({ name, promise }: (typeof works)[number]): Promise<void> => {
      const made = drainOf(name);
      made.defer('work', () => promise);
      if (name === 'one') void exits.start('test').then(() => (over = true));
      await until(() => made.phase === 'tearing-down');
    };
    let over = false;
    // Each is made while only the one before is not over.
    for (const [index, work] of works.entries()) {
      await make(work);
      works[index - 1]?.resolve();
      await turns();
      expect(over).toBe(false);
    }
    works.at(-1)?.resolve();
    expect(namesOf(await exits.start('again'))).toEqual(['one', 'three', 'two']);
  });

  test('know how many requests are not over', async () => {
    const exits = supervised();
    const rigs = [await rigOf({ signals: [SIGNAL] }), await rigOf({ signals: [SIGNAL] })];
    expect(exits.inFlight).toBe(0);
    for (const rig of rigs) (await rig.wire()).ask('/open');
    await until(() => exits.inFlight === 2);
    for (const rig of rigs) rig.response(0).end();
    await until(() => exits.inFlight === 0);
  });

  test('are nothing to others once they are disposed of, or made again', async () => {
    const [first, second] = [supervised(), supervised()];
    first[Symbol.dispose]();
    process.emit(SIGNAL);
    const one = drainOf('one');
    process.emit(SIGNAL);
    await turns();
    expect(one.phase).toBe('serving');
    second[Symbol.dispose]();
    one.defer('work', () => {
      // The process would exit: its turn to do so never comes.
      one[Symbol.dispose]();
    });
    process.emit(SIGNAL);
    await until(() => one.phase === 'closed');
  });
});
