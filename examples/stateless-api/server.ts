// oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 hears of their rejections
import { createServer } from 'node:http';
import { once } from '@holdfast/core/stateless';
import { rateLimit, rejections, session, sessionOf } from '@holdfast/express';
import express from 'express';
import { listen } from '../inbound-tour/shop/listen.ts';
import { openStore } from './store.ts';

// A shop that keeps nothing of its own: carts, log-ins and limits stand in a store. `REDIS_URL` says where.

const store = await openStore(process.env['REDIS_URL']);
// Five times the default: its three processes and the store may share one core with much else.
const deadlineMs = 250;
const app = express();

app.use(express.json());
app.get(
  '/search',
  rateLimit({
    name: 'search',
    quota: 30,
    windowMs: 60_000,
    store,
    deadlineMs,
    key: () => 'everybody',
  }),
  (_, response) => void response.json({ found: ['tea'] }),
);

app.use(
  session({
    store,
    deadlineMs,
    keys: [
      { id: 'a', secret: process.env['SESSION_SECRET'] ?? 'only for this example, not for a shop' },
    ],
    cookie: { secure: false }, // this example speaks HTTP
  }),
);

app.post('/log-in', async (request, response) => {
  await sessionOf(response).login(String(request.body.user));
  response.sendStatus(204);
});

app.post('/log-out', async (_, response) => {
  await sessionOf(response).logout();
  response.sendStatus(204);
});

app.post('/cart', async (request, response) => {
  await sessionOf(response).update((data) => {
    data['cart'] = [...cartIn(data['cart']), String(request.body.item)];
  });
  response.sendStatus(204);
});

app.get('/cart', (_, response) => {
  const { user, data } = sessionOf(response);
  response.json({ user, cart: cartIn(data['cart']), process: process.pid });
});

const report = once({ store, deadlineMs, name: 'nightly report' });

app.post('/reports/:day', async (request, response) => {
  const { ran } = await report.run(request.params.day, () => 'sent to everybody');
  response.status(ran ? 201 : 200).json({ ran });
});

app.use(rejections());

const cartIn = (cart: unknown): readonly unknown[] => (Array.isArray(cart) ? cart : []);

listen(createServer(app));
