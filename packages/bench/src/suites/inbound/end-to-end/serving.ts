// One app in a process of its own; answers each message with what it has used so far.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { appNamed } from './apps.ts';
import { usage } from './usage.ts';

/** Longer than it takes until this server has its turn again. */
const IDLE_MS = 600_000;

const [, , name = ''] = process.argv;
const server = createServer({ keepAliveTimeout: IDLE_MS }, appNamed(name).listener());

process.on('disconnect', () => process.exit());
process.on('message', () => process.send?.(usage()));
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
