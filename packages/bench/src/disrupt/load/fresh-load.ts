// Asks as fast as it is answered, on a connection for each request. A process of its own, so that what it costs is
// not the bench's.
import { connect } from 'node:net';

/** Where, for how long, and how many at a time. */
export interface FreshLoad {
  readonly port: number;
  readonly ms: number;
  readonly atATime: number;
}

/** What came of it. */
export interface FreshResult {
  readonly answered: number;
  readonly failed: number;
  readonly ms: number;
}

const BODY = 'all of it';
const REQUEST = 'GET /now HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n';

/** One for all: what is in it is looked at before the next read. */
const buffer = Buffer.alloc(4_096);

/** As cheap as Node makes it: clients and contestants share the processors. */
const askOnce = (port: number): Promise<boolean> => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  let isSound = false;
  const callback = (bytes: number): boolean => {
    isSound = buffer.toString('latin1', 0, bytes).endsWith(BODY);
    return true;
  };
  const socket = connect({ port, host: '127.0.0.1', onread: { buffer, callback } });
  socket.on('error', () => undefined);
  socket.on('close', () => resolve(isSound));
  socket.write(REQUEST);
  return promise;
};

const run = async ({ port, ms, atATime }: FreshLoad): Promise<FreshResult> => {
  const begin = performance.now();
  const end = begin + ms;
  let answered = 0;
  let failed = 0;
  const lane = async (): Promise<void> => {
    while (performance.now() < end) {
      if (await askOnce(port)) answered++;
      else failed++;
    }
  };
  await Promise.all(Array.from({ length: atATime }, lane));
  return { answered, failed, ms: performance.now() - begin };
};

process.on('message', (load: FreshLoad) => {
  void run(load).then((result) => process.send?.(result));
});
process.on('disconnect', () => process.exit());
