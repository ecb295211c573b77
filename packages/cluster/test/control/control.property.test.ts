import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventQueue } from '../../src/supervisor/event-queue.ts';
import { HeldEvents } from '../../src/control/held-events.ts';
import { parseRequest } from '../../src/control/parse-request.ts';
import type { SupervisorEvent } from '../../src/supervisor/types.ts';

test('whatever a line holds, it is one of five commands or a problem with words', () => {
  const known = new Set(['status', 'events', 'reload', 'scale', 'stop']);
  const request = fc.record(
    {
      id: fc.oneof(fc.integer(), fc.string(), fc.jsonValue()),
      command: fc.oneof(fc.constantFrom(...known, '__proto__', 'toString'), fc.jsonValue()),
      reason: fc.oneof(fc.string(), fc.jsonValue()),
      workers: fc.oneof(fc.integer(), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  const line = fc.oneof(
    request.map((fields) => JSON.stringify(fields)),
    fc.json(),
    fc.string(),
    fc.constant(undefined),
  );
  fc.assert(
    fc.property(line, (text) => {
      const parsed = parseRequest(text);
      const id = ['string', 'number'].includes(typeof parsed.id) || parsed.id === null;
      expect(id).toBe(true);
      const sound = 'problem' in parsed ? parsed.problem !== '' : known.has(parsed.command);
      expect(sound).toBe(true);
    }),
  );
});

test('held events are the newest, in order, and all others are counted', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 700_000 }), { maxLength: 30 });
  fc.assert(
    fc.property(sizes, (lengths) => {
      const held = new HeldEvents();
      const lines = lengths.map((length, index) => `${String(index).padEnd(length, '.')}\n`);
      for (const line of lines) held.add(line);
      const given = held.take().split('\n').slice(0, -1);
      const missed = given[0]?.startsWith('{') === true ? JSON.parse(given.shift()!).missed : 0;
      const kept = lines.slice(missed);
      expect(given.map((line) => `${line}\n`)).toStrictEqual(kept);
      const sum = (some: readonly string[]): number => some.join('').length;
      expect(kept.length <= 1 || sum(kept) <= 1_048_576).toBe(true);
      expect(missed === 0 || kept.length === 0 || sum(lines.slice(missed - 1)) > 1_048_576).toBe(
        true,
      );
      expect(held.take()).toBe('');
    }),
    { numRuns: 30 },
  );
});

const eventAt = (to: number): SupervisorEvent => ({ type: 'scaled', atMs: 0, from: 0, to });

test('a queue of events gives each reader’s question one answer, in order, and ends once', async () => {
  const step = fc.constantFrom('push', 'next', 'next', 'push');
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.boolean(), async (steps, fails) => {
      const queue = new EventQueue(() => undefined);
      const answers: Promise<unknown>[] = [];
      let pushed = 0;
      const ask = (): void =>
        void answers.push(
          queue.next().then(
            ({ done, value }) => (done === true ? 'over' : value?.type === 'scaled' && value.to),
            () => 'failed',
          ),
        );
      for (const each of steps) {
        if (each === 'next') ask();
        else queue.push(eventAt(pushed++));
      }
      queue.end(fails ? new Error('lost') : undefined);
      while (answers.length < pushed + 2) ask();
      const rest = Array.from({ length: answers.length - pushed }, () => 'over');
      if (fails) rest[0] = 'failed';
      const numbers = Array.from({ length: pushed }, (_, index) => index);
      expect(await Promise.all(answers)).toStrictEqual([...numbers, ...rest]);
    }),
  );
});

test('who falls 1,000 events behind misses the oldest, and the count says so', async () => {
  const queue = new EventQueue(() => undefined);
  queue.skip(5);
  for (let to = 0; to < 1_200; to++) queue.push(eventAt(to));
  expect(queue.missed).toBe(205);
  await expect(queue.next()).resolves.toMatchObject({ value: { to: 200 } });
});

test('a queue that is left is told of once, keeps nothing and gives nothing', async () => {
  const left: EventQueue[] = [];
  const queue = new EventQueue((each) => void left.push(each));
  queue.push(eventAt(1));
  const over = { done: true, value: undefined };
  await expect(queue.return()).resolves.toStrictEqual(over);
  await expect(queue.next()).resolves.toStrictEqual(over);
  expect(left).toStrictEqual([queue]);
});
