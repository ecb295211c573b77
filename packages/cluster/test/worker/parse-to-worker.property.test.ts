import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ToWorker } from '../../src/protocol/messages.ts';
import { parseToWorker } from '../../src/protocol/parse-to-worker.ts';

const slot = fc.nat();
const topic = fc.string();

const sound: fc.Arbitrary<ToWorker> = fc.oneof(
  fc.record({ holdfast: fc.constant('activate' as const), slot }),
  fc.record({
    holdfast: fc.constant('drain' as const),
    reason: fc.string(),
    deadlineMs: fc.double({ min: 0, minExcluded: true, max: 1e9, noNaN: true }),
    announce: fc.boolean(),
  }),
  fc.record({ holdfast: fc.constant('goodbye' as const) }),
  fc.record({ holdfast: fc.constant('message' as const), topic, data: fc.jsonValue() }),
  fc.record({ holdfast: fc.constant('request' as const), id: slot, topic, data: fc.jsonValue() }),
);

it('takes every message of the supervisor as it is, and leaves out what is no part of it', () => {
  fc.assert(
    fc.property(sound, fc.string(), (message, more) => {
      expect(parseToWorker({ ...message, [`more ${more}`]: 1 })).toEqual(message);
    }),
  );
});

it('throws at nothing, and takes nothing of another kind', () => {
  fc.assert(
    fc.property(fc.anything({ withNullPrototype: true, withBigInt: true }), (value) => {
      expect(parseToWorker(value)).toBeUndefined();
    }),
  );
});

const WRONG = [undefined, null, '1', -1, 1.5, Number.NaN, Infinity, {}, [], true];

it.each([
  ...WRONG.map((wrong) => ({ holdfast: 'activate', slot: wrong })),
  ...WRONG.filter((wrong) => wrong !== 1.5).map((wrong) => ({
    holdfast: 'drain',
    reason: 'r',
    deadlineMs: wrong,
  })),
  { holdfast: 'drain', reason: 'r', deadlineMs: 0 },
  { holdfast: 'drain', reason: 1, deadlineMs: 1 },
  { holdfast: 'message', topic: 1 },
  ...WRONG.map((wrong) => ({ holdfast: 'request', id: wrong, topic: 't' })),
  { holdfast: 'request', id: 1, topic: ['t'] },
  { holdfast: 'toString' },
  { holdfast: '__proto__' },
  { holdfast: 'ready' },
])('takes no %j', (message) => {
  expect(parseToWorker(message)).toBeUndefined();
});
