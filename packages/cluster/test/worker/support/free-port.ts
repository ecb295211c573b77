import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that systems give to clients, any of which may take one that is free now. */
let lastPort = 10_000 + ((process.pid * 127) % 20_000);

export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = lastPort++;
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    server.close();
    if (isFree) return port;
  }
};
