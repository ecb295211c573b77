import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { health } from '../../../../src/http/lifecycle/health.ts';
import type { HealthOptions } from '../../../../src/http/lifecycle/health-types.ts';
import { asked, boom, fails, rigOf } from './rig.ts';

describe('an answer', () => {
  test('is 200 or 503, is kept by no cache and names nothing', async () => {
    const { own } = rigOf({ checks: { 'db of customer 7': fails } });
    const headers = { 'Cache-Control': 'no-store', 'Content-Type': 'application/json' };
    expect(await own.answer(asked('/livez'))).toMatchObject({
      status: 200,
      headers: { ...headers, 'Content-Length': '17' },
      body: '{"status":"pass"}',
    });
    expect(await own.answer(asked('/readyz'))).toMatchObject({
      status: 503,
      headers,
      body: '{"status":"fail"}',
    });
    expect(await own.answer(asked('/startupz'))).toMatchObject({ status: 200 });
  });

  test.each(['/livez?', '/livez?verbose', '/livez?a=/b'])(
    'does not care about the query of %s',
    async (url) => {
      expect(await rigOf().own.answer(asked(url))).toMatchObject({ status: 200 });
    },
  );

  test('to HEAD is the same; leaving the body out is up to whoever writes it', async () => {
    const { own } = rigOf();
    expect(await own.answer(asked('/livez', 'HEAD'))).toEqual(await own.answer(asked('/livez')));
  });

  test.each([
    ['POST', '/livez'],
    ['OPTIONS', '/readyz'],
    ['GET', '/'],
    ['GET', '/livez/'],
    ['GET', '/LIVEZ'],
    ['GET', '/api/livez'],
    ['GET', '/livez%3F'],
  ])('is none to %s %s', (method, url) => {
    expect(rigOf().own.answer(asked(url, method))).toBeUndefined();
  });

  test('comes on paths of one’s own, and then not on the others', async () => {
    const { own } = rigOf({ livePath: '/healthz', readyPath: '/_/ready', startupPath: '/up' });
    expect(await own.answer(asked('/healthz'))).toMatchObject({ status: 200 });
    expect(await own.answer(asked('/_/ready'))).toMatchObject({ status: 200 });
    expect(await own.answer(asked('/up'))).toMatchObject({ status: 200 });
    expect(own.answer(asked('/livez'))).toBeUndefined();
  });

  test('goes out over a real socket, to GET and HEAD', async () => {
    const own = health({ checks: { db: () => true } });
    const server = createServer((request, response) => {
      void own.answer(request)?.then(({ status, headers, body }) => {
        response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body);
      });
    });
    onTestFinished(() => void server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/readyz`;
    const got = await fetch(url);
    expect(await got.json()).toEqual({ status: 'pass' });
    const head = await fetch(url, { method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe(got.headers.get('content-length'));
    own[Symbol.dispose]();
  });
});

describe('details', () => {
  const detailed = async (options: HealthOptions): Promise<unknown> => {
    const { own } = rigOf(options);
    return JSON.parse((await own.answer(asked('/readyz')))?.body ?? '');
  };

  test('are shown to whom detailsFor names, and to nobody else', async () => {
    const { own } = rigOf({ detailsFor: ({ url }) => url === '/readyz?key=1' });
    expect((await own.answer(asked('/readyz?key=1')))?.body).toBe(
      '{"status":"pass","draining":false,"started":true,"checks":{}}',
    );
    expect((await own.answer(asked('/readyz?key=2')))?.body).toBe('{"status":"pass"}');
  });

  test('name each check, how it stands, how long it took and what went wrong, without a stack', async () => {
    const checks: HealthOptions['checks'] = {
      db: fails,
      queue: () => true,
      cache: () => Promise.reject(Object.create(null)),
      ['__proto__']: () => false,
    };
    const seen = await detailed({ checks, detailsFor: () => true });
    const entry = { kind: 'readiness', tookMs: 0, ageMs: 0 };
    expect(seen).toEqual({
      status: 'fail',
      draining: false,
      started: true,
      checks: {
        db: { ...entry, status: 'fail', error: 'boom' },
        queue: { ...entry, status: 'pass' },
        cache: { ...entry, status: 'fail', error: 'an error that cannot be shown' },
        ['__proto__']: { ...entry, status: 'fail', error: 'the check answered false' },
      },
    });
  });

  test('show what no text can be made of as best they can', async () => {
    const odd = Object.assign(new Error('odd'), { message: 10n });
    const own = health({
      checks: {
        odd: () => {
          throw odd;
        },
      },
      detailsFor: () => true,
    });
    onTestFinished(() => own[Symbol.dispose]());
    const { status, body } = (await own.answer(asked('/readyz'))) ?? {};
    expect([status, body?.includes('"10"')]).toEqual([503, true]);
  });

  test('are not shown where detailsFor throws', async () => {
    expect(await detailed({ detailsFor: fails })).toEqual({ status: 'pass' });
  });

  test('are not shown for a promise, even one that would resolve with true', async () => {
    const unhandled: unknown[] = [];
    const hear = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', hear);
    onTestFinished(() => void process.off('unhandledRejection', hear));
    for (const answer of [Promise.resolve(true), Promise.reject(boom), 1, 'yes']) {
      const detailsFor = (() => answer) as unknown as () => boolean;
      expect(await detailed({ detailsFor })).toEqual({ status: 'pass' });
    }
    expect(unhandled).toEqual([]);
  });
});
