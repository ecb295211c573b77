// oxlint-disable typescript/no-misused-promises -- the promise of Koa's callback never rejects
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { bulkhead } from '@holdfast/core';
import {
  breaker,
  clientKey,
  drain,
  guard,
  inbound,
  rejections,
  timeout,
  type Context,
  type HoldfastState,
} from '@holdfast/koa';
import { Router } from '@koa/router';
import Koa from 'koa';
import { listen } from '../inbound-tour/shop/listen.ts';
import { itemIn, OrderBook } from '../inbound-tour/shop/order-book.ts';
import { Payments } from '../inbound-tour/shop/payments.ts';
import { jsonBody, type BodyState } from './json-body.ts';

// Orders that are paid for elsewhere. `PAYMENTS_URL` says where.

const orders = new OrderBook();
const payments = new Payments(process.env['PAYMENTS_URL'] ?? 'http://127.0.0.1:4000');

type State = HoldfastState & BodyState;
const app = new Koa<State>();
const router = new Router<State>();
const server = createServer();

const draining = drain(server, { announceMs: 1_000 });
draining.signal.addEventListener('abort', () => orders.endFeeds());
draining.defer('order book', () => orders.close());

// One balancer stands in front, and nobody gets past it: it tells the truth of clients and deadlines.
app.use(
  guard({
    health: { checks: { 'order book': () => orders.isOpen } },
    drain: draining,
    deadline: { deadlineMs: 5_000, trust: true },
    rateLimit: { quota: 100, windowMs: 60_000, key: clientKey({ trust: { hops: 1 } }) },
    bulkhead: {
      concurrency: 8,
      queue: 4,
      key: ({ path }) => (path === '/orders/feed' ? 'feed' : 'orders'),
    },
  }),
);
app.use(rejections());

router.post(
  '/orders',
  timeout({ timeoutMs: 2_000 }),
  jsonBody,
  breaker({ open: { baseMs: 1_000 } }), // after the body: who uploads slowly says nothing of payments
  async (context) => {
    const { body, holdfast } = context.state;
    const item = itemIn(body) ?? context.throw(400, 'an order is for an item');
    const paid = await payments.charge(item, holdfast.signal);
    context.status = paid ? 201 : 502;
    context.body = paid ? orders.place(item) : { error: 'the payment failed' };
  },
);

router.get('/orders/feed', (context) => {
  context.type = 'text/event-stream';
  context.body = Readable.from(orders.feed(context.state.holdfast.signal));
});

router.get('/orders/:id', (context) => {
  const { id = '' } = context.params;
  context.body = orders.find(id) ?? context.throw(404, 'no such order');
});

const printer = bulkhead({ name: 'receipts', concurrency: 2 });

router.get('/orders/:id/receipt', async (context) => {
  const { id = '' } = context.params;
  const print = () => payments.receipt(id, context.state.holdfast.signal);
  context.body = await printer.execute(print);
});

app.use(router.routes());
app.on('error', (error: Error, context: Context) => {
  if (!inbound(context).signal.aborted) app.onerror(error); // who left is no error
});
server.on('request', app.callback());
listen(server);
