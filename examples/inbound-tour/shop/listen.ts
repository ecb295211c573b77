import type { Server } from 'node:http';

/** Listens on this machine alone, on `PORT` or a free one, and prints where. */
export const listen = (server: Server): void => {
  server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    console.log(`http://127.0.0.1:${address.port}`);
  });
};
