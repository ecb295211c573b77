import { lifecycle } from '@holdfast/cluster/worker';
import express from 'express';

// An API like any other; `node server.ts` runs it alone. Only the slot in its answer knows of the cluster.

const life = lifecycle();
const app = express();

app.get('/', (_, response) => {
  response.json({ message: 'Hello from a worker', pid: process.pid, slot: life.slot ?? null });
});

app.listen(Number(process.env['PORT'] ?? 3_000));
