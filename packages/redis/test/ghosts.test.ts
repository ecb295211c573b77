import { setTimeout as sleep } from 'node:timers/promises';
import { key, type Key } from '@holdfast/core/stateless';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RedisDriver } from '../src/index.ts';
import { startServer, until, type RedisServer } from './rig/index.ts';
import { CLIENTS, type Connected } from './support/clients.ts';
import { namesOfTests, rawStore } from './support/stores.ts';
import { describeWithServer } from './support/with-server.ts';

const DEADLINE_MS = 50;
const FAULT_MS = 1_000;
const ENOUGH_FAILED = 200;
const EACH_TURN = 5;
const TAKE = { unitsPerMs: 1e-6, burst: 10, want: 1 };

/** When the state of each key was written, by the server's clock; 0 where there is none. */
const EVIDENCE = `
local times = {}
for each, name in ipairs(KEYS) do
  local state = redis.call('GET', name)
  local level, at = 0, 0
  if state then level, at = struct.unpack('<dd', state) end
  times[each] = struct.pack('<d', at)
end
return table.concat(times)`;

interface Command {
  readonly key: Key;
  /** Time of day by which its caller is told that it failed, to the next millisecond. */
  readonly toldAt: number;
  readonly outcome: Promise<'done' | 'failed'>;
}

interface Fault {
  readonly begin: () => Promise<void> | void;
  readonly end: () => Promise<void> | void;
}

const appliedAt = async (driver: RedisDriver, commands: readonly Command[]): Promise<number[]> => {
  const names = namesOfTests();
  const keys = commands.map((command) => names.of(command.key).rate);
  const times: number[] = [];
  for (let from = 0; from < keys.length; from += 1_000) {
    const some = { keys: keys.slice(from, from + 1_000), arguments: [] };
    const answer = await driver.eval(EVIDENCE, some);
    if (!Buffer.isBuffer(answer)) throw new TypeError('no bytes');
    for (let at = 0; at < answer.length; at += 8) times.push(answer.readDoubleLE(at));
  }
  return times;
};

describeWithServer('a command that comes after its deadline', () => {
  let server: RedisServer;
  beforeEach(async () => {
    server = await startServer();
  });
  afterEach(() => server.stop());

  describe.each(CLIENTS)('by %s', (_name, connect) => {
    let client: Connected;
    beforeEach(async () => {
      client = await connect([server.port]);
    });
    afterEach(() => client[Symbol.dispose]());

    /**
     * Load without a guard before, during and after the fault: whatever the client keeps, it sends in the end.
     */
    const loadAround = async ({ begin, end }: Fault): Promise<readonly Command[]> => {
      const store = rawStore(client.driver);
      const commands: Command[] = [];
      const load = { ends: false, done: 0 };
      const goOnFor = (many: number): Promise<void> => {
        const enough = load.done + many;
        return until('answers', () => load.done >= enough);
      };
      const fault = async (): Promise<void> => {
        await begin();
        // On a busy machine they take longer than the fault does.
        const enough = commands.length + ENOUGH_FAILED;
        await until('commands', () => commands.length > enough);
        await sleep(FAULT_MS);
        await end();
      };
      const over = goOnFor(100)
        .then(fault)
        .then(() => goOnFor(100))
        .finally(() => (load.ends = true));
      while (!load.ends) {
        for (let number = 0; number < EACH_TURN; number++) {
          const asked = key('limit', 'default', `${commands.length}`);
          const outcome = store.take(asked, TAKE, { deadlineMs: DEADLINE_MS }).then(
            () => {
              load.done++;
              return 'done' as const;
            },
            () => 'failed' as const,
          );
          commands.push({ key: asked, toldAt: Date.now() + DEADLINE_MS + 1, outcome });
        }
        await sleep(2);
      }
      await over;
      await Promise.all(commands.map(({ outcome }) => outcome));
      return commands;
    };

    const expectNoGhosts = async (commands: readonly Command[]): Promise<void> => {
      const times = await appliedAt(client.driver, commands);
      const ghosts = commands.filter(({ toldAt }, number) => (times[number] ?? 0) > toldAt);
      expect(ghosts).toHaveLength(0);
      // Otherwise it was no fault, or no load.
      const outcomes = await Promise.all(commands.map(({ outcome }) => outcome));
      expect(outcomes.filter((each) => each === 'failed').length).toBeGreaterThan(ENOUGH_FAILED);
      expect(times.filter((at) => at > 0).length).toBeGreaterThan(50);
    };

    test('is not carried out: a server that stood still for a second', async () => {
      const begin = (): void => server.freeze();
      await expectNoGhosts(await loadAround({ begin, end: () => server.thaw() }));
    });

    test('is not carried out: a server that was killed and comes back', async () => {
      const begin = (): Promise<void> => server.kill();
      await expectNoGhosts(await loadAround({ begin, end: () => server.start() }));
    });
  });
});
