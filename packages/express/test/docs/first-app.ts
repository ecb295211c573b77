// oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 handles their promises
import { createServer } from 'node:http';
import { drain, guard, inbound } from '@holdfast/express';
import express from 'express';

const app = express();
const server = createServer(app);

app.use(
  guard({
    health: {},
    drain: drain(server),
    deadline: { deadlineMs: 10_000 },
    rateLimit: { rate: 50, burst: 100 },
    bulkhead: { concurrency: 200, queue: 50, maxWaitMs: 200 },
  }),
);
app.use(express.json());

const careful = guard({ timeout: { timeoutMs: 2_000 }, breaker: {} });

app.get('/prices/:item', careful, async (request, response) => {
  const { signal } = inbound(response);
  const price = await fetch(`https://prices.example/${request.params.item}`, { signal });
  response.json(await price.json());
});

server.listen(process.env['PORT'] ?? 3000);
