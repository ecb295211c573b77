import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CHANNELS } from '../../../src/index.ts';
import type { SessionsOptions } from '../../../src/stateless/index.ts';
import { seededRandom } from '../../../src/testing/index.ts';
import { messagesOn } from '../../support/channel-messages.ts';
import { hearWarnings } from '../../support/warnings.ts';
import { houseOf } from './support/house.ts';

describe('two requests that change a session', () => {
  test('both hold where they changed different parts, and each sees the other’s from then on', async () => {
    const { open, run, started, events } = houseOf();
    const { cookie } = await started({ a: 1, b: 1, gone: true });
    const [one, other] = [await open(cookie), await open(cookie)];
    one.data['a'] = 2;
    delete one.data['gone'];
    other.data['b'] = 2;
    await run(one.save());
    await run(other.save());
    expect({ ...other.data }).toEqual({ a: 2, b: 2 });
    other.data['c'] = 3;
    await run(other.save());
    expect({ ...(await open(cookie)).data }).toEqual({ a: 2, b: 2, c: 3 });
    expect(events).toEqual([]);
  });

  test('in the same part: the later one holds, and it is told', async () => {
    const messages = messagesOn(CHANNELS.store);
    const { open, run, started, events } = houseOf();
    const { cookie } = await started({ a: 1, b: 1, c: 1 });
    const [one, other] = [await open(cookie), await open(cookie)];
    Object.assign(one.data, { a: 2, b: 2, c: 2 });
    Object.assign(other.data, { a: 3, b: 3 });
    await run(one.save());
    await run(other.save());
    expect({ ...(await open(cookie)).data }).toEqual({ a: 3, b: 3, c: 2 });
    expect(events).toEqual([['conflict', { name: 'session', parts: 2 }]]);
    expect(messages).toEqual([{ type: 'session-conflict', name: 'session', parts: 2 }]);
  });

  test('in the same part and to the same value agree', async () => {
    const { open, run, started, events } = houseOf({ strict: true });
    const { cookie } = await started({ a: 1 });
    for (const session of [await open(cookie), await open(cookie)]) {
      session.data['a'] = { now: 2 };
      await run(session.save());
    }
    expect(events).toEqual([]);
  });

  test('in the same part, strictly: the later one fails and writes nothing', async () => {
    const { open, run, started, store, events } = houseOf({ strict: true });
    const { cookie } = await started({ a: 1, b: 1 });
    const [one, other] = [await open(cookie), await open(cookie)];
    one.data['a'] = 2;
    await run(one.save());
    Object.assign(other.data, { a: 3, b: 3 });
    store.taken();
    await expect(run(other.save())).rejects.toMatchObject({
      code: 'HF_SESSION_CONFLICT',
      message: 'session "session" was changed by another request meanwhile',
    });
    expect(store.taken()).toEqual(['write session', 'read session']);
    expect(other.pending).toBe(true);
    expect({ ...(await open(cookie)).data }).toEqual({ a: 2, b: 1 });
    expect(events).toEqual([]);
  });

  test('while one of them is being written: what was changed meanwhile is still to be saved', async () => {
    const { open, run, started } = houseOf();
    const { cookie } = await started({ a: 1 });
    const [session, other] = [await open(cookie), await open(cookie)];
    other.data['b'] = 1;
    await run(other.save());
    session.data['c'] = 1;
    const saving = session.save();
    await Promise.resolve();
    session.data['c'] = 2;
    await run(saving);
    expect(session.pending).toBe(true);
    await run(session.save());
    expect({ ...(await open(cookie)).data }).toEqual({ a: 1, b: 1, c: 2 });
  });

  test('any number of them, in any order, leave what a plain merge would', async () => {
    const part = fc.constantFrom('a', 'b', 'c', 'd');
    const value = fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined });
    const request = fc.dictionary(part, value, { minKeys: 1 });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { maxLength: 6 }), async (requests) => {
        const { open, run, started } = houseOf({ random: () => 0 });
        const before: Record<string, number> = { a: 0, b: 1 };
        const { cookie } = await started(before);
        const sessions = await Promise.all(requests.map(() => open(cookie)));
        const model: Record<string, unknown> = { ...before };
        for (const [index, changes] of requests.entries()) {
          const session = sessions[index];
          for (const [name, to] of Object.entries(changes)) {
            if (session !== undefined) session.data[name] = to;
            // Who leaves a part as it was has not changed it.
            if (to !== before[name]) model[name] = to;
          }
          await run(session?.save() ?? Promise.resolve());
        }
        const defined = Object.entries(model).filter(([, it]) => it !== undefined);
        expect({ ...(await open(cookie)).data }).toEqual(Object.fromEntries(defined));
      }),
      { numRuns: 300 },
    );
  });

  describe('and never come to an end', () => {
    /** Somebody writes before each write. */
    const rigOf = async (options: Partial<SessionsOptions>) => {
      const rig = houseOf(options);
      const { open, started, store } = rig;
      const { cookie } = await started({ a: 1 });
      const [session, rival] = [await open(cookie), await open(cookie)];
      const seen = { writes: 0 };
      const write = store.write.bind(store);
      store.write = async (key, wish, operation) => {
        rival.data['n'] = seen.writes++;
        store.write = write;
        await rival.save();
        store.write = interfering;
        return write(key, wish, operation);
      };
      const interfering = store.write;
      const steps = {
        save: () => {
          session.data['mine'] = 1;
          return session.save();
        },
        update: () => session.update((data) => void (data['mine'] = 1)),
      };
      return Object.assign(rig, { seen, steps });
    };

    test('it is an error after 64 attempts', async () => {
      for (const step of ['save', 'update'] as const) {
        const { run, steps, seen } = await rigOf({ random: () => 0 });
        await expect(run(steps[step]())).rejects.toMatchObject({ code: 'HF_SESSION_CONFLICT' });
        expect(seen.writes).toBe(64);
      }
    });

    test('it is an error after two seconds', async () => {
      for (const step of ['save', 'update'] as const) {
        for (let seed = 1; seed <= 20; seed++) {
          const { clock, run, steps } = await rigOf({ random: seededRandom(seed) });
          const begun = clock.now();
          await expect(run(steps[step]())).rejects.toMatchObject({ code: 'HF_SESSION_CONFLICT' });
          expect(clock.now() - begun).toBeGreaterThanOrEqual(2_000);
          // The last pause may begin just before.
          expect(clock.now() - begun).toBeLessThan(2_129);
        }
      }
    });
  });
});

describe('what sessions tell', () => {
  test('goes to listeners until they leave, and to the channel', async () => {
    const messages = messagesOn(CHANNELS.store);
    const { house, open, run, started } = houseOf({ name: 'shop' });
    const heard: unknown[] = [];
    const listening = house.on('rotated', (event) => void heard.push(event));
    const { cookie } = await started({ a: 1 });
    const [session, late] = [await open(cookie), await open(cookie)];
    await run(session.rotate());
    listening[Symbol.dispose]();
    await run(session.rotate());
    await run(session.logout());
    late.data['a'] = 2;
    await run(late.save());
    expect(heard).toEqual([{ name: 'shop' }]);
    expect(messages).toEqual([
      { type: 'session-rotated', name: 'shop' },
      { type: 'session-rotated', name: 'shop' },
      { type: 'session-gone', name: 'shop' },
    ]);
  });

  test('a listener that throws changes nothing', async () => {
    const warnings = hearWarnings();
    const { house, open, run, started } = houseOf();
    const { cookie } = await started({ a: 1 });
    house.on('rotated', () => {
      throw new Error('listener');
    });
    const session = await open(cookie);
    await run(session.rotate());
    await Promise.resolve();
    expect(session.state).toBe('loaded');
    expect(warnings).toMatchObject([{ code: 'HF_LISTENER_ERROR' }]);
  });
});

describe('what a session cannot hold', () => {
  test('fails the save, and nothing is written or cut', async () => {
    const { open, run, started, store } = houseOf({ maxBytes: 100, maxDepth: 3 });
    const { cookie } = await started({ a: 1 });
    store.taken();
    const large = { code: 'HF_SESSION_TOO_LARGE' };
    for (const [value, error] of [
      ['x'.repeat(100), large],
      [{ b: { c: {} } }, large],
      [() => 1, { name: 'TypeError' }],
      [1n, { name: 'TypeError' }],
      [Number.NaN, { name: 'TypeError' }],
    ] as const) {
      const session = await open(cookie);
      session.data['a'] = value;
      expect(session.pending).toBe(true);
      await expect(run(session.save())).rejects.toMatchObject(error);
      await expect(run(session.login('ada'))).rejects.toMatchObject(error);
      await expect(run(session.update((data) => void (data['a'] = value)))).rejects.toMatchObject(
        error,
      );
      session.data['a'] = [{}];
      await run(session.save());
      session.data['a'] = 1;
      await run(session.save());
    }
    expect(await open(cookie)).toMatchObject({ data: { a: 1 } });
  });

  test('may also be what two make together', async () => {
    const { open, run, started } = houseOf({ maxBytes: 100 });
    const { cookie } = await started({ a: 1 });
    const [one, other] = [await open(cookie), await open(cookie)];
    one.data['b'] = 'x'.repeat(50);
    other.data['c'] = 'x'.repeat(50);
    await run(one.save());
    await expect(run(other.save())).rejects.toMatchObject({ code: 'HF_SESSION_TOO_LARGE' });
  });
});
