// oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 hears of their rejections
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { bulkhead } from '@holdfast/core';
import { breaker, clientKey, drain, guard, inbound, rejections, timeout } from '@holdfast/express';
import express from 'express';
import { listen } from '../inbound-tour/shop/listen.ts';
import { itemIn, OrderBook } from '../inbound-tour/shop/order-book.ts';
import { Payments } from '../inbound-tour/shop/payments.ts';

// Orders that are paid for elsewhere. `PAYMENTS_URL` says where.

const orders = new OrderBook();
const payments = new Payments(process.env['PAYMENTS_URL'] ?? 'http://127.0.0.1:4000');

const app = express();
const server = createServer(app);

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

app.post(
  '/orders',
  timeout({ timeoutMs: 2_000 }),
  express.json(),
  breaker({ open: { baseMs: 1_000 } }), // after the body: who uploads slowly says nothing of payments
  async (request, response) => {
    const item = itemIn(request.body);
    if (item === undefined) response.status(400).json({ error: 'an order is for an item' });
    else if (await payments.charge(item, inbound(response).signal))
      response.status(201).json(orders.place(item));
    else response.status(502).json({ error: 'the payment failed' });
  },
);

app.get('/orders/feed', (_, response) => {
  const feed = orders.feed(inbound(response).signal);
  Readable.from(feed).pipe(response.type('text/event-stream'));
});

app.get('/orders/:id', (request, response) => {
  const order = orders.find(request.params.id);
  response.status(order === undefined ? 404 : 200).json(order ?? { error: 'no such order' });
});

const printer = bulkhead({ name: 'receipts', concurrency: 2 });

app.get('/orders/:id/receipt', async (request, response) => {
  const { signal } = inbound(response);
  const print = () => payments.receipt(request.params.id, signal);
  response.type('text/plain').send(await printer.execute(print));
});

app.use(rejections());

listen(server);
