import { describe, expect, it } from 'vitest';
import { describeWithServer } from '../../redis/test/support/with-server.ts';
import { outcomeOf } from '../src/harness/outcome.ts';
import { withBareRow } from '../src/harness/rows.ts';
import { IN_FLIGHT, measureBeside } from '../src/suites/store/beside.ts';
import { COLUMNS } from '../src/suites/store/columns.ts';
import { connections, nodeRedis } from '../src/suites/store/connections.ts';
import { inTurn } from '../src/suites/store/in-turn.ts';
import * as limitCalls from '../src/suites/store/limit-calls.ts';
import { memory } from '../src/suites/store/memory.ts';
import * as sessionCalls from '../src/suites/store/session-calls.ts';
import { measureTraffic } from '../src/suites/store/traffic.ts';

const CALLS = 120;

describe('items in turn', () => {
  it('come one after the other, over and over', () => {
    const next = inTurn(['a', 'b', 'c']);
    const six = Array.from({ length: 6 }, next);
    expect(six.slice(0, 3).toSorted()).toEqual(['a', 'b', 'c']);
    expect(six.slice(3)).toEqual(six.slice(0, 3));
    expect(inTurn(['a'])()).toBe('a');
  });

  it('are at least one', () => {
    expect(() => inTurn([])).toThrow(RangeError);
  });
});

describe.each(memory)('group $id', (group) => {
  it.each(group.contestants)('has every call of $name admitted', async ({ make }) => {
    const operation = await make();
    for (let i = 0; i < CALLS; i++) {
      const outcome = await outcomeOf(operation);
      expect(group.expects(outcome)).toBe(true);
    }
  });

  it('tells a refusal from an admission', () => {
    for (const refused of [{ admitted: false }, { units: 0 }, new Error('no'), undefined])
      expect(group.expects(refused)).toBe(false);
  });

  it('begins with the bare call', () => {
    expect(withBareRow(group)[0]?.name).toBe('bare');
  });
});

describe('calls beside a reference', () => {
  it('are so many at once, each lane with its own number, and compared round by round', async () => {
    let [pending, most] = [0, 0];
    const lanes = new Set<number>();
    const call = async (lane: number): Promise<void> => {
      pending++;
      most = Math.max(most, pending);
      lanes.add(lane);
      await Promise.resolve();
      pending--;
    };
    const figures = await measureBeside(call, call, { effort: 'quick' });
    expect([most, pending, lanes.size]).toEqual([IN_FLIGHT, 0, IN_FLIGHT]);
    expect(figures['time']).toBeGreaterThan(0);
    expect(figures['cpu']).toBeGreaterThan(0);
  });
});

describe('the traffic of a call', () => {
  /** A server that counts, as Redis does, also what a script calls and what asks for the statistics. */
  const counting = () => {
    const calls = new Map<string, number>();
    let reads = 0;
    const call = (...names: readonly string[]): void => {
      for (const name of names) calls.set(name, (calls.get(name) ?? 0) + 1);
      reads++;
    };
    const info = (section: string): Promise<string> => {
      call('info');
      const lines = Array.from(
        calls,
        ([name, count]) => `cmdstat_${name}:calls=${count},usec=1\r\n`,
      );
      return Promise.resolve(
        section === 'stats' ? `total_reads_processed:${reads}\r\n` : lines.join(''),
      );
    };
    return { call, info };
  };

  it('is what a client sends, not what a script calls', async () => {
    const { call, info } = counting();
    call('evalsha', 'get', 'set');
    const script = await measureTraffic(info, async () => call('evalsha', 'time', 'get', 'set'));
    expect(script).toEqual({ commands: 1, trips: 1 });
  });

  it('counts commands that went together, and trips that were two', async () => {
    const { call, info } = counting();
    expect(await measureTraffic(info, async () => call('get', 'expire'))).toEqual({
      commands: 2,
      trips: 1,
    });
    const twice = async (): Promise<void> => {
      call('get');
      call('config|get');
    };
    expect(await measureTraffic(info, twice)).toEqual({ commands: 2, trips: 2 });
  });
});

describeWithServer('calls on a real Redis', () => {
  const { flexible, sharedLimit, leasedLimit, storeTake, ping } = limitCalls;

  it.each(['node-redis', 'ioredis'] as const)('limit on %s', async (name) => {
    const connection = await connections[name]();
    for (const make of [flexible, sharedLimit, leasedLimit, storeTake, ping]) {
      const call = make(connection, ['a', 'b']);
      for (let i = 0; i < CALLS; i++) await call(0);
    }
    const { commands, trips } = await measureTraffic(connection.info, storeTake(connection, ['c']));
    expect(commands).toBe(1);
    expect(trips).toBeCloseTo(1, 1);
  });

  const { connectRedis, holdfastForExpress, holdfastSessions } = sessionCalls;

  it.each([
    ['connect-redis', connectRedis],
    ['expressSessionStore', holdfastForExpress],
    ['sessions', holdfastSessions],
  ])('read, write, and do both with %s', async (_, make) => {
    const connection = await nodeRedis();
    const { read, write, request } = await make(connection);
    for (let lane = 0; lane < IN_FLIGHT; lane++) {
      expect(await read(lane)).toBeDefined();
      await write(lane);
      await request(lane);
      await write(lane);
    }
  });
});

describe('the columns', () => {
  it('are those that are measured', async () => {
    const figures = {
      ...(await measureBeside(
        () => Promise.resolve(),
        () => Promise.resolve(),
        { effort: 'quick', inFlight: 2 },
      )),
      ...{ commands: 0, trips: 0 },
    };
    expect(Object.keys(figures).toSorted()).toEqual(COLUMNS.map(({ key }) => key).toSorted());
  });
});
