import { wrapFetch } from '@holdfast/undici';
import type { FlakyServer } from './flaky-server.ts';
import { OrdersClient } from './orders-client.ts';
import { sightOf, type Sight } from './sight.ts';

// A vendor's client that takes a `fetch`. Every second answer of the server is lost, after the order
// was booked: to send such a call again is right only with a key that tells the server so.

const place = (server: FlakyServer, orders: OrdersClient): Promise<Sight> =>
  sightOf(server, 10, async (index) => (await orders.place({ item: `tea ${index}` })) === 'booked');

export const bareOrders = (server: FlakyServer): Promise<Sight> =>
  place(server, new OrdersClient({ baseUrl: server.origin }));

export const wrappedOrders = (server: FlakyServer): Promise<Sight> => {
  const { origin: baseUrl } = server;
  const orders = new OrdersClient({
    baseUrl,
    fetch: wrapFetch(fetch, { retry: { idempotentOrigins: [baseUrl] } }),
  });
  return place(server, orders);
};
