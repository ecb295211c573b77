import { setTimeout } from 'node:timers/promises';
import { controlClient } from '../../../src/control/control-client.ts';
import { serveControl } from '../../../src/control/serve-control.ts';
import { FakeSupervisor } from './fake-supervisor.ts';

// A client that leaves in the middle, then a supervisor without a stop: tells what is still open after both.

const path = process.argv[2] ?? '';
const supervisor = new FakeSupervisor();
supervisor.reloads = () => new Promise(() => undefined);
const control = await serveControl(path, supervisor);
const client = await controlClient(path, { timeoutMs: 60_000 });
const reading = client.events().next();
const reloading = client.reload().catch(() => undefined);
await client.status();
await client[Symbol.asyncDispose]();
await Promise.all([reading, reloading]);
await control[Symbol.asyncDispose]();
await setTimeout(20); // Node closes handles a turn later
const open = process.getActiveResourcesInfo().filter((kind) => kind !== 'PipeWrap');
const channel = process.channel === undefined ? 0 : 1;
const pipes = process.getActiveResourcesInfo().length - open.length - channel;
process.send?.({ open, pipes });
process.disconnect?.();
