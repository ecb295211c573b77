// One service in a process of its own, which tells what it is asked about itself.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { subscribe } from 'node:diagnostics_channel';
import { CHANNELS } from '@holdfast/core';
import { answering } from '../processes/questions.ts';
import { services, type ServiceName, type Told } from './services.ts';

const PENDING_EVERY_MS = 2;

const [, , name = '', redisPort = ''] = process.argv;

const told: Told[] = [];
let mostPending = 0;

// Names are given by this bench, and messages of the channel have this form.
const service = services[name as ServiceName](Number(redisPort));
subscribe(CHANNELS.store, (message) => {
  const { type } = message as { readonly type: string };
  told.push({ type, at: performance.timeOrigin + performance.now() });
});

const start = async (): Promise<number> => {
  const { listener, store } = await service;
  setInterval(() => {
    mostPending = Math.max(mostPending, store?.health().pending ?? 0);
  }, PENDING_EVERY_MS).unref();
  const server = createServer({ keepAliveTimeout: 60_000 }, listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};

const heap = (): number => {
  // Once more for what the finalizers of the first collection let go.
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};

answering({ start, heap, report: () => ({ told, mostPending }) });
