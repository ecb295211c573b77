import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe } from 'vitest';
import { get } from './support/read.ts';
import { ok } from './support/replies.ts';
import { transparent } from './support/transparent.ts';
import { caught, type World } from './support/world.ts';

/** A proxy that opens tunnels and fetches plain addresses. */
const proxy = (world: World): Promise<string> => {
  const server = createServer((request, response) => {
    response.sendDate = false;
    response
      .writeHead(203)
      .end(`by proxy: ${request.method} ${new URL(request.url ?? '').pathname}`);
  });
  server.on('connect', (request, socket: Socket) => {
    if (request.url?.startsWith('refused')) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const [host, port] = (request.url ?? '').split(':');
    const other = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(other).pipe(socket);
    });
    for (const each of [socket, other]) each.on('error', () => undefined);
    world.afterwards(() => other.destroy());
  });
  return world.listen(server);
};

describe('a proxy', () => {
  for (const proxyTunnel of [true, false])
    transparent(
      proxyTunnel ? 'through a tunnel' : 'without a tunnel',
      async (world) => {
        const uri = await proxy(world);
        const origin = await world.serve(ok());
        const { ProxyAgent } = world.undici;
        const agent = new ProxyAgent({ uri, proxyTunnel, token: 'Basic x', connections: 1 });
        const dispatcher = world.through(agent);
        return [await get(dispatcher, '/1', origin), await get(dispatcher, '/2', origin)];
      },
      { shows: proxyTunnel ? 'CONNECT' : 'by proxy: GET /2', core: true },
    );
  transparent(
    'that refuses the tunnel',
    async (world) => {
      const uri = await proxy(world);
      const agent = new world.undici.ProxyAgent({ uri, proxyTunnel: true });
      return caught(get(world.through(agent), '/', 'http://refused.test'));
    },
    { shows: '407', noRetry: 'an error without a connection is worth a further attempt' },
  );
});
