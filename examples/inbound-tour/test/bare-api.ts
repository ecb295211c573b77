import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { listen } from '../shop/listen.ts';
import { itemIn, OrderBook } from '../shop/order-book.ts';
import { Payments } from '../shop/payments.ts';

// The same shop without any guard: what the tour claims must not hold here.

const orders = new OrderBook();
const payments = new Payments(process.env['PAYMENTS_URL'] ?? '');
const never = new AbortController().signal;

const place = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const item = itemIn(await json(request)) ?? '';
  const paid = await payments.charge(item, never);
  response.writeHead(paid ? 201 : 502).end(paid ? JSON.stringify(orders.place(item)) : '');
};

const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { method, url = '' } = request;
  if (method === 'POST') await place(request, response);
  else if (url === '/orders/feed') Readable.from(orders.feed(never)).pipe(response);
  else if (url.endsWith('/receipt')) response.end(await payments.receipt('1', never));
  else if (url.startsWith('/orders/')) response.end(JSON.stringify(orders.find('1')));
  else response.end(); // probes
};

listen(
  createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  }),
);
