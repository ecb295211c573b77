import { expect, it, vi } from 'vitest';
import { sessionOf } from '../../../src/http/inbound/index.ts';
import { memoryStore, StoreError } from '../../../src/stateless/index.ts';
import { sessions } from '../../../src/stateless/session/sessions.ts';
import type { Sessions } from '../../../src/stateless/session/types.ts';
import { get, guards, serve, type Handler } from './plain.ts';

const KEYS = [{ id: 'k1', secret: 'a secret of the tests that has enough bytes' }];

const counting: Handler = (_, response) => {
  const { data } = sessionOf(response);
  data['n'] = Number(data['n'] ?? 0) + 1;
  response.end(String(data['n']));
};

const cookieIn = ({ headers }: { readonly headers: Headers }): string =>
  headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';

it('works in front of any handler, and hands out its sessions', async () => {
  const layer = guards.session({ store: memoryStore(), keys: KEYS });
  const url = await serve(layer(counting));
  const first = await get(url);
  const headers = { cookie: cookieIn(first) };
  expect(first.text).toBe('1');
  expect(await get(url, { headers })).toMatchObject({ text: '2' });
  expect((await layer.sessions.open(headers.cookie)).data).toEqual({ n: 2 });
});

it('takes sessions that were made elsewhere', async () => {
  const made = sessions({ store: memoryStore(), keys: KEYS });
  const layer = guards.session(made);
  expect(layer.sessions).toBe(made);
  const url = await serve(layer(counting));
  const headers = { cookie: cookieIn(await get(url)) };
  expect(await get(url, { headers })).toMatchObject({ text: '2' });
});

it('two that share their sessions open each once', async () => {
  const made = sessions({ store: memoryStore(), keys: KEYS });
  const open = vi.spyOn(made, 'open');
  const url = await serve(guards.session(made)(guards.session(made)(counting)));
  await get(url);
  expect(open).toHaveBeenCalledTimes(1);
});

it('an error that is no rejection is the framework’s', async () => {
  const broken = { name: 'broken', open: () => Promise.reject(new Error('a bug')) };
  const layer = guards.session(broken as unknown as Sessions);
  const heard = vi.fn();
  const handler = layer(() => undefined);
  const url = await serve(async (request, response) => {
    await Promise.resolve(handler(request, response)).catch(heard);
    response.end();
  });
  await get(url);
  expect(heard).toHaveBeenCalledWith(new Error('a bug'));
});

it('says when it is worth coming back, where the store says so', async () => {
  const lost = new StoreError('redis', 'not-sent', { retryAfterMs: 5_000 });
  const made = { name: 'lost', open: () => Promise.reject(lost) };
  const url = await serve(guards.session(made as unknown as Sessions)(() => undefined));
  const answer = await get(url);
  expect(answer.status).toBe(503);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(5);
  expect(answer.text).not.toMatch(/redis|HF_/u);
});

it.each([
  ['nothing', undefined, /session/u],
  ['null', null, /session/u],
  ['no store', { keys: KEYS }, /store/u],
  ['no keys', { store: memoryStore() }, /keys/u],
  ['an option nobody knows', { store: memoryStore(), keys: KEYS, ttl: 1 }, /ttl/u],
  ['an answer that is no function', { store: memoryStore(), keys: KEYS, onReject: 1 }, /onReject/u],
])('refuses %s', (_, options, message) => {
  expect(() => guards.session(options as never)).toThrow(message);
});
