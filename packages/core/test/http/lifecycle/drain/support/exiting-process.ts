// A process with a server, for the test of how processes exit. Its first argument says what happens in it.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { drain } from '../../../../../src/http/lifecycle/drain.ts';
import type { Drain } from '../../../../../src/http/lifecycle/types.ts';

const server = createServer((request, response) => {
  if (request.url === '/now') response.end('now');
  else if (request.url === '/slow')
    draining?.signal.addEventListener('abort', () => {
      setTimeout(() => response.end('late'), 200);
    });
});

const tell = (text: string): void => void process.stdout.write(`${text}\n`);

/** A drain of the server, with something about it. */
const scenarios: Readonly<Record<string, () => Drain>> = {
  usual: () => drain(server, { lingerMs: 100, deadlineMs: 5_000 }),
  patient: () => drain(server, { lingerMs: 100, deadlineMs: 60_000 }),
  'told twice': () => {
    process.on('SIGUSR2', () => {
      for (const signal of ['SIGTERM', 'SIGINT']) process.kill(process.pid, signal);
    });
    return drain(server, { lingerMs: 50 });
  },
  hurried: () => drain(server, { lingerMs: 50, deadlineMs: 300 }),
  deaf: () => drain(server, { signals: false }),
  disposed: () => {
    const disposed = drain(server);
    disposed[Symbol.dispose]();
    return disposed;
  },
  'only SIGUSR2': () => drain(server, { signals: ['SIGUSR2'], lingerMs: 50 }),
  'two drains': () => {
    const slow = drain([], { name: 'slow', lingerMs: 0 });
    slow.defer('work', () => new Promise((resolve) => setTimeout(resolve, 250)));
    slow.on('phase', ({ phase }) => tell(`slow is ${phase}`));
    return drain(server, { lingerMs: 50 });
  },
  'a code of its own': () => {
    process.exitCode = 7;
    return drain(server, { lingerMs: 50 });
  },
  'failing teardown': () => {
    const failing = drain(server, { lingerMs: 50 });
    failing.defer('work', () => Promise.reject(new Error('boom')));
    return failing;
  },
  'teardown without a handle': () => {
    const stuck = drain(server, { lingerMs: 50, deadlineMs: 400 });
    stuck.defer('work', () => new Promise(() => undefined));
    return stuck;
  },
  'a report': () => {
    const reporting = drain(server, { lingerMs: 50 });
    const read = async (): Promise<void> => {
      const { reason } = await reporting.start();
      for (let turns = 0; turns < 20; turns++) await Promise.resolve();
      tell(`over: ${reason}`);
    };
    reporting.signal.addEventListener('abort', () => void read());
    return reporting;
  },
  'by itself': () => {
    const own = drain(server, { lingerMs: 50, deadlineMs: 60_000 });
    process.once('SIGUSR2', () => void own.start().then(() => tell('over')));
    return own;
  },
};

const draining = scenarios[process.argv[2] ?? '']?.();
server.listen(0, '127.0.0.1', () => tell(`port ${(server.address() as AddressInfo).port}`));
