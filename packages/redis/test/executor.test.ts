import { isStoreError } from '@holdfast/core/stateless';
import { virtualClock } from '@holdfast/core/testing';
import { describe, expect, test } from 'vitest';
import { Executor } from '../src/executor.ts';
import { numberAt, type Reply } from '../src/replies.ts';
import { FakeDriver, reply } from './support/fake-driver.ts';

const SCRIPT = { text: 'return 1', sha: 'sha of it' };
const SERVER = 1_700_000_000_000;
const NOSCRIPT = new Error('NOSCRIPT No matching script. Please use EVAL.');

const fails = (error: unknown) => (): never => {
  throw error;
};

const rig = (driver: FakeDriver) => {
  const clock = virtualClock({ nowMs: 500 });
  const firsts: number[] = [];
  const onFirstAnswer = (): void => void firsts.push(clock.now());
  const executor = new Executor({ name: 'redis', driver, clock, onFirstAnswer });
  const decode = (answer: Reply): number => numberAt(answer, 1);
  const call = () => ({ keys: ['key'], arguments: ['', '2'] });
  return {
    clock,
    executor,
    firsts,
    /** Runs with a deadline in so many milliseconds. */
    run: (deadlineMs: number) =>
      executor.run({ script: SCRIPT, call: call(), decode, until: clock.now() + deadlineMs }),
    /** Runs what carries no deadline. */
    runLate: () => executor.run({ script: SCRIPT, call: call(), decode: () => 'done' }),
  };
};

/** A deadline as the server is told it, so long after its last answer: less by what clocks may have drifted. */
const deadline = (serverMs: number, sinceMs: number): string =>
  String(serverMs + sinceMs - 500e-6 * sinceMs);

/** What an operation failed with. */
const failureOf = async (operation: Promise<unknown>): Promise<unknown> => {
  try {
    return `did not fail: ${String(await operation)}`;
  } catch (error) {
    return isStoreError(error) ? error.failure : error;
  }
};

describe('an operation', () => {
  test('first asks what time it is, by a deadline that has long passed, and then carries its own', async () => {
    const driver = new FakeDriver(
      () => reply(SERVER),
      () => reply(SERVER, 7),
    );
    expect(await rig(driver).run(50)).toBe(7);
    expect(driver.commands).toEqual([
      { name: 'EVALSHA', arguments: ['0', '2'] },
      { name: 'EVALSHA', arguments: [deadline(SERVER, 50), '2'] },
    ]);
  });

  test('later goes in one command, whose deadline is reckoned from the earliest the server can have', async () => {
    const driver = new FakeDriver(
      () => reply(SERVER),
      () => {
        clock.advance(4);
        return reply(SERVER + 3, 7);
      },
      () => reply(SERVER + 1_000, 8),
    );
    const { clock, run } = rig(driver);
    await run(50);
    clock.advance(10);
    expect(await run(50)).toBe(8);
    // Four milliseconds of the first answer may have been its way back: it never learned better.
    expect(driver.commands.at(-1)?.arguments[0]).toBe(deadline(SERVER + 4, 60));
  });

  test('that came too late is sent once more with a deadline put right, and then fails as stale', async () => {
    const driver = new FakeDriver(
      () => reply(SERVER),
      () => reply(SERVER + 30_000),
      () => reply(SERVER + 30_000, 7),
      () => reply(SERVER + 60_000),
      () => reply(SERVER + 90_000),
    );
    const { run } = rig(driver);
    expect(await run(50)).toBe(7);
    expect(driver.commands[2]?.arguments[0]).toBe(deadline(SERVER + 30_000, 50));
    expect(await failureOf(run(50))).toBe('stale');
    expect(driver.commands).toHaveLength(5);
  });

  test('that came too late is not sent again when no time is left', async () => {
    const driver = new FakeDriver(
      () => reply(SERVER),
      () => {
        clock.advance(50);
        return reply(SERVER + 50);
      },
    );
    const { clock, run } = rig(driver);
    expect(await failureOf(run(50))).toBe('stale');
  });

  test.each([
    ['came too late', () => reply(SERVER + 60_000)],
    ['was refused', fails(new Error('OOM command not allowed'))],
    ['was not sent', fails(new Error('The client is offline'))],
    ['was refused as text', fails(NOSCRIPT)],
  ])('that %s after the client had sent it before may have been done', async (_title, turn) => {
    const driver = new FakeDriver(
      () => reply(SERVER),
      () => {
        driver.resends++;
        return turn();
      },
      fails(new Error('OOM command not allowed')),
    );
    expect(await failureOf(rig(driver).run(50))).toBe('unknown');
  });

  test('that was done was done, however often the client has sent it', async () => {
    const driver = new FakeDriver(
      () => reply(SERVER),
      () => {
        driver.resends++;
        return reply(SERVER, 7);
      },
    );
    expect(await rig(driver).run(50)).toBe(7);
  });

  test('that only asked for the time was not done, whatever the client sent twice', async () => {
    const driver = new FakeDriver(
      () => {
        driver.resends++;
        return reply(SERVER);
      },
      () => reply(SERVER, 7),
    );
    expect(await rig(driver).run(50)).toBe(7);
  });

  test('is sent as text where the server does not know the script, and only there', async () => {
    const driver = new FakeDriver(
      () => reply(SERVER),
      fails(NOSCRIPT),
      () => reply(SERVER, 7),
    );
    const { run } = rig(driver);
    expect(await run(50)).toBe(7);
    expect(driver.commands.map(({ name }) => name)).toEqual(['EVALSHA', 'EVALSHA', 'EVAL']);
    expect(driver.commands[2]?.arguments).toEqual(driver.commands[1]?.arguments);
  });

  test.each([
    ['an answer with an error', new Error('ERR wrong'), 'refused'],
    ['a server without memory', new Error('OOM command not allowed'), 'refused'],
    ['a server that still loads', new Error('LOADING Redis is loading'), 'refused'],
    ['another script that runs', new Error('BUSY Redis is busy'), 'refused'],
    ['a lost connection', new Error('Socket closed unexpectedly'), 'unknown'],
    ['the end of a connection', new Error('Connection is closed.'), 'unknown'],
    ['a timeout of the client', new Error('Command timed out'), 'unknown'],
    ['a closed client', new Error('The client is closed'), 'not-sent'],
    ['an offline client', new Error('The client is offline'), 'not-sent'],
    ['something that is no error', 'NOSCRIPT', 'unknown'],
  ])('fails by %s, and nothing is sent again', async (_title, error, failure) => {
    const driver = new FakeDriver(() => reply(SERVER), fails(error));
    const { run, executor } = rig(driver);
    expect(await failureOf(run(50))).toBe(failure);
    expect(driver.commands).toHaveLength(2);
    expect(executor.pending).toBe(0);
  });

  test('fails as not sent, and is not sent, where the client is closed', async () => {
    const driver = new FakeDriver();
    driver.closed = true;
    expect(await failureOf(rig(driver).run(50))).toBe('not-sent');
    expect(driver.commands).toEqual([]);
  });

  test('whose client throws, or answers something else than bytes, fails as unknown', async () => {
    const { run } = rig(new FakeDriver(() => 'text'));
    expect(await failureOf(run(50))).toBe('unknown');
    // Its turns are used up: it throws before it makes a promise.
    expect(await failureOf(run(50))).toBe('unknown');
  });

  test('that is right late carries no deadline and is sent once', async () => {
    const driver = new FakeDriver(() => reply(SERVER));
    expect(await rig(driver).runLate()).toBe('done');
    expect(driver.commands).toEqual([{ name: 'EVALSHA', arguments: ['', '2'] }]);
  });

  test('counts as pending until the client has ended it', async () => {
    const answer = Promise.withResolvers<Buffer>();
    const { executor, runLate } = rig(new FakeDriver(() => answer.promise));
    const operation = runLate();
    expect(executor.pending).toBe(1);
    answer.resolve(reply(SERVER));
    await operation;
    expect(executor.pending).toBe(0);
  });

  test('tells once that the server has answered, with an error as well', async () => {
    const driver = new FakeDriver(
      fails(new Error('Socket closed unexpectedly')),
      fails(new Error('ERR wrong')),
      () => reply(SERVER),
    );
    const { runLate, firsts } = rig(driver);
    await failureOf(runLate());
    expect(firsts).toEqual([]);
    await failureOf(runLate());
    await runLate();
    expect(firsts).toHaveLength(1);
  });
});
