import { expect, it } from 'vitest';
import { keptSessionOf, lifeOf, recordOf } from '../../src/express-session-record.ts';

const RECORD = {
  version: 1,
  base: '',
  ttlMs: 5_000,
  data: { cookie: { path: '/', originalMaxAge: 60_000 }, a: 1 },
};

it('the drift of a lifetime is no change, another lifetime is one', () => {
  const save = (originalMaxAge: unknown): unknown =>
    recordOf({ cookie: { originalMaxAge, expires: new Date() } }, RECORD)['cookie'];
  expect(save(59_998)).toEqual({ originalMaxAge: 60_000 });
  expect(save(30_000)).toEqual({ originalMaxAge: 30_000 });
  expect(save(null)).toEqual({ originalMaxAge: null });
});

it('a cookie that ends ends with its record, and one that does not does not', () => {
  const found = keptSessionOf(RECORD, 1_000);
  expect(found.cookie.expires).toEqual(new Date(6_000));
  const open = keptSessionOf({ ...RECORD, data: { cookie: { originalMaxAge: null } } }, 1_000);
  expect(open.cookie).toEqual({ originalMaxAge: null });
  expect(lifeOf(open)).toBeUndefined();
});

it('a record whose cookie is none has an empty one', () => {
  expect(keptSessionOf({ ...RECORD, data: { cookie: 'x' } }, 0)).toEqual({ cookie: {} });
});
