// One server with one contestant in a process of its own. Tells its parent where it listens, and ends
// with it.
import type { AddressInfo } from 'node:net';
import { contestantNamed } from '../contestants/index.ts';
import { servers, type Protocol } from './servers.ts';

const [, , protocol, contestant = ''] = process.argv;
// The parent is this harness, and names one that there is.
const server = servers[protocol as Protocol]();
const prepare = await contestantNamed(contestant).load();
await prepare(server);

process.on('disconnect', () => process.exit());
// Only what the contestant leaves open is to keep the process.
process.channel?.unref();
server.listen(0, '127.0.0.1', () => {
  process.send?.((server.address() as AddressInfo).port);
});
