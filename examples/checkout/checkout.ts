import { createServer } from 'node:http';
import { lifecycle } from '@holdfast/cluster/worker';
import { circuitBreaker, fallback, timeout } from '@holdfast/core';
import { rejections } from '@holdfast/express';
import { breaker } from '@holdfast/undici';
import express, { type ErrorRequestHandler } from 'express';
import { Agent, request, type Dispatcher } from 'undici';
import { serve } from './parent.ts';
import { PayLaterQueue } from './pay-later-queue.ts';
import { reportCircuit } from './report-circuit.ts';

// The checkout API. `--holdfast` charges through the lines between the two marks, and at the end
// answers refusals and takes the payments that were put off. It is then one of several workers that share nothing:
// each has a circuit of its own, which finds out for itself.

const [paymentsUrl, flag] = process.argv.slice(2);
const caller = flag === '--holdfast' ? 'holdfast' : 'bare';

interface Order {
  readonly id: string;
  /** Leaves the warehouse at once, so it must be paid for at once. */
  readonly express: boolean;
  readonly coupon?: string;
}

type Payment = 'paid' | 'later';

const charge = async (
  order: Order,
  options: { readonly dispatcher?: Dispatcher; readonly signal?: AbortSignal } = {},
): Promise<Payment> => {
  const { statusCode, body } = await request(`${paymentsUrl}/charges`, {
    method: 'POST',
    headers: { 'x-caller': caller, 'idempotency-key': order.id },
    body: JSON.stringify(order),
    ...options,
  });
  await body.dump();
  if (statusCode !== 200) throw new Error(`payments answered ${statusCode}`);
  return 'paid';
};

// --- Holdfast ---------------------------------------------------------------------------------
const circuit = circuitBreaker({ name: 'payments', open: { baseMs: 500, maxMs: 2_000 } });
const dispatcher = new Agent().compose(breaker(circuit));
const inTime = timeout({ name: 'charge', timeoutMs: 300 });
const orLater = fallback({ to: (): Payment => 'later' });

const chargeInTime = inTime.wrap.withContext(({ signal }, order: Order) =>
  charge(order, { dispatcher, signal }),
);
const chargeOrPutOff = orLater.wrap(chargeInTime);
const chargeGuarded = (order: Order): Promise<Payment> =>
  order.express ? chargeInTime(order) : chargeOrPutOff(order);
// ----------------------------------------------------------------------------------------------

const pay = caller === 'holdfast' ? chargeGuarded : charge;
const queue = new PayLaterQueue<Order>();

// An expression that takes for ever to find out that "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA!" is none.
const isCoupon = (text: string): boolean => /^(?:[A-Z]+-?)+$/.test(text);

const app = express();
app.post('/orders', express.json(), async ({ body: order }: { body: Order }, response) => {
  if (order.coupon !== undefined && !isCoupon(order.coupon)) {
    response.status(400).json({ error: 'no such coupon' });
    return;
  }
  const payment = await pay(order);
  if (payment === 'later') queue.add(order);
  response.status(payment === 'paid' ? 200 : 202).json({ order: order.id, payment });
});
if (caller === 'holdfast') app.use(rejections());
app.use(((_error, _request, response, _next) => {
  response.status(502).json({ error: 'the payment failed' });
}) satisfies ErrorRequestHandler);

serve(createServer(app));
if (caller === 'holdfast') {
  const chargeLater = (): Promise<void> => queue.drain(chargeInTime, 4);
  setInterval(() => {
    if (circuit.state === 'CLOSED') void chargeLater();
  }, 1_000);
  reportCircuit(circuit, queue);
  lifecycle().drain.defer('payments that were put off', chargeLater);
}
