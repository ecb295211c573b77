// oxlint-disable typescript/no-misused-promises -- the promise of Koa's callback never rejects
import { createServer } from 'node:http';
import { drain, guard, type HoldfastState } from '@holdfast/koa';
import { Router } from '@koa/router';
import Koa from 'koa';

const app = new Koa<HoldfastState>();
const router = new Router<HoldfastState>();
const server = createServer();

app.use(
  guard({
    health: {},
    drain: drain(server),
    deadline: { deadlineMs: 10_000 },
    rateLimit: { rate: 50, burst: 100 },
    bulkhead: { concurrency: 200, queue: 50, maxWaitMs: 200 },
  }),
);

const careful = guard({ timeout: { timeoutMs: 2_000 }, breaker: {} });

router.get('/prices/:item', careful, async (context) => {
  const { signal } = context.state.holdfast;
  const price = await fetch(`https://prices.example/${context.params['item']}`, { signal });
  context.body = await price.json();
});

app.use(router.routes());
server.on('request', app.callback());
server.listen(process.env['PORT'] ?? 3000);
