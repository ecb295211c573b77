import { clientKey, rateLimit } from '@holdfast/koa';
import Koa from 'koa';
import { describe, expect, it } from 'vitest';
import { serving } from './serving.ts';

// What docs/migrating.md shows after the move of a Koa app.

describe('from koa-ratelimit', () => {
  it('the same numbers, and old fields beside the new ones', async () => {
    const app = new Koa();
    const blocked = new Set<string>();
    app.on('error', () => undefined);

    const keyOf = clientKey({ trust: { hops: 1 } });

    app.use(async (context, next) => {
      if (blocked.has(keyOf(context))) context.throw(403);
      await next();
    });
    app.use(
      rateLimit({
        quota: 2_500,
        windowMs: 3_600_000,
        key: keyOf,
        skip: (context) => context.path === '/status',
        fields: 'both',
      }),
    );

    app.use((context) => {
      context.body = 'served';
    });
    const url = await serving(app);
    const response = await fetch(url);
    expect(response.headers.get('x-ratelimit-remaining')).toBe('2499');
    expect(response.headers.get('ratelimit')).toMatch(/^"inbound";r=2499;t=\d+$/);
    const other = await fetch(url, { headers: { 'x-forwarded-for': '192.0.2.8' } });
    expect(other.headers.get('x-ratelimit-remaining')).toBe('2499');
    expect((await fetch(`${url}/status`)).headers.has('ratelimit')).toBe(false);
    blocked.add(keyOf({ headers: {}, socket: { remoteAddress: '127.0.0.1' } }));
    expect((await fetch(url)).status).toBe(403);
  });
});
