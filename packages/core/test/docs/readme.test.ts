import { createServer } from 'node:http';
import { once } from 'node:events';
import { circuitBreaker, fallback, pipeline, retry, timeout } from '@holdfast/core';
import { expect, test } from 'vitest';

interface Receipt {
  readonly status: 'paid' | 'pending';
}

const serve = async (answer: () => number): Promise<AsyncDisposable & { readonly url: string }> => {
  const server = createServer((_request, response) => {
    response.writeHead(answer()).end('{"status":"paid"}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};

test('the example of the README answers through failures', async () => {
  let calls = 0;
  await using server = await serve(() => (++calls === 1 ? 503 : 200));
  const PAYMENTS_URL = server.url;

  const payments = circuitBreaker({ name: 'payments' });

  const protect = pipeline(
    fallback({ to: (): Receipt => ({ status: 'pending' }) }),
    retry({ attempts: 3, backoff: { baseMs: 1 } }),
    payments,
    timeout({ timeoutMs: 800 }),
  );

  const pay = protect.wrap.withContext(async ({ signal }, order: string): Promise<Receipt> => {
    const response = await fetch(PAYMENTS_URL, { method: 'POST', body: order, signal });
    if (!response.ok) throw new Error(`payments answered ${response.status}`);
    return (await response.json()) as Receipt;
  });

  expect(await pay('order 1')).toEqual({ status: 'paid' });
  expect(payments.snapshot().counters).toMatchObject({ failures: 1, successes: 1 });

  payments.open(60_000);
  expect(await pay('order 2')).toEqual({ status: 'pending' });
  expect(calls).toBe(2);
});
