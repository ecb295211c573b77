import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { describe } from 'vitest';
import type { Dispatcher } from 'undici';
import { taped } from './support/tape.ts';
import { transparent } from './support/transparent.ts';
import { caught, until, type World } from './support/world.ts';

const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nX-A: 1\r\nConnection: Upgrade\r\nUpgrade: ';

type Serve = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

const serving = (world: World, event: 'upgrade' | 'connect', serve: Serve): Promise<string> => {
  const server = createServer();
  server.on(event, (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => undefined);
    serve(request, socket, head);
  });
  return world.listen(server);
};

/** Switches to a protocol that greets and then echoes. */
const echoes: Serve = (request, socket) => {
  socket.write(`${SWITCHING}${request.headers.upgrade ?? ''}\r\n\r\nhello `);
  socket.pipe(socket);
};

/** Talks to the other side until it ends. */
const talk = async (socket: Duplex): Promise<string> => {
  let heard = '';
  socket.on('data', (chunk: Buffer) => (heard += chunk.toString('latin1')));
  socket.write('one ');
  await until(() => heard.includes('one'));
  socket.end('two');
  await once(socket, 'end');
  return heard;
};

const refuses: Serve = (_, socket) => {
  socket.end('HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 4\r\n\r\nbusy');
};

describe('connections that change their protocol', () => {
  transparent(
    'upgrade: both directions',
    async (world) => {
      const url = await serving(world, 'upgrade', echoes);
      const options = { dispatcher: world.agent(), protocol: 'echo', opaque: 'o' };
      const { socket, ...others } = await world.undici.upgrade(url, options);
      return [others, await talk(socket)];
    },
    { shows: 'hello one two', core: true },
  );
  transparent(
    'upgrade: raw headers',
    async (world) => {
      const url = await serving(world, 'upgrade', echoes);
      const options = { dispatcher: world.agent(), protocol: 'echo', responseHeaders: 'raw' };
      const { socket, ...others } = await world.undici.upgrade(url, options as never);
      return [others, await talk(socket)];
    },
    { shows: /x-a/i },
  );
  transparent(
    'upgrade: the events of a handler',
    async (world) => {
      const origin = await serving(world, 'upgrade', (_, socket) => {
        socket.end(`${SWITCHING}echo\r\n\r\n`);
      });
      return taped(world.agent(), { origin, path: '/', method: 'GET', upgrade: 'echo' });
    },
    { shows: 'onRequestUpgrade', core: true },
  );
  transparent(
    'upgrade: refused',
    async (world) => {
      const url = await serving(world, 'upgrade', refuses);
      return caught(world.undici.upgrade(url, { dispatcher: world.agent(), protocol: 'echo' }));
    },
    { shows: 'bad upgrade', core: true },
  );
  transparent(
    'upgrade: given up before the answer',
    async (world) => {
      const controller = new AbortController();
      const url = await serving(world, 'upgrade', () => controller.abort(new Error('enough')));
      const { signal } = controller;
      return caught(world.undici.upgrade(url, { dispatcher: world.agent(), signal }));
    },
    { shows: 'enough' },
  );
  transparent(
    'CONNECT: both directions',
    async (world) => {
      const url = await serving(world, 'connect', (request, socket) => {
        socket.write(`HTTP/1.1 200 OK\r\nX-To: ${request.url ?? ''}\r\n\r\nhello `);
        socket.pipe(socket);
      });
      const options = { dispatcher: world.agent(), path: 'example.com:80', opaque: 'o' };
      const { socket, ...others } = await world.undici.connect(url, options as never);
      return [others, await talk(socket)];
    },
    { shows: 'hello one two', core: true },
  );
  transparent(
    'CONNECT: refused',
    async (world) => {
      const origin = await serving(world, 'connect', refuses);
      const dispatcher: Dispatcher = world.agent();
      const { socket, ...others } = await dispatcher.connect({
        origin,
        path: 'example.com:80',
      });
      socket.destroy();
      return others;
    },
    { shows: '503', core: true },
  );
  transparent(
    'WebSocket of undici: both directions',
    async (world) => {
      world.withoutServers(); // the key and the mask are drawn by lot
      const url = await serving(world, 'upgrade', (request, socket) => {
        const key = `${String(request.headers['sec-websocket-key'])}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
        const accept = createHash('sha1').update(key).digest('base64');
        socket.write(`${SWITCHING}websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
        socket.write(Buffer.concat([Buffer.from([0x81, 5]), Buffer.from('hello')]));
        socket.once('data', (frame: Buffer) => {
          const text = frame.subarray(6).map((byte, at) => byte ^ (frame[2 + (at % 4)] ?? 0));
          socket.write(Buffer.concat([Buffer.from([0x81, text.length]), text]));
          socket.end(Buffer.from([0x88, 2, 0x03, 0xe8]));
        });
      });
      const heard: unknown[] = [];
      const socket = new world.undici.WebSocket(url.replace('http', 'ws'), {
        dispatcher: world.agent(),
      });
      socket.addEventListener('open', () => socket.send('paid'));
      socket.addEventListener('message', ({ data }) => heard.push(data));
      await new Promise((resolve) => {
        socket.addEventListener('close', ({ code, wasClean }) =>
          resolve(heard.push(code, wasClean)),
        );
      });
      return heard;
    },
    { shows: /hello[^]*paid[^]*1000/, core: true },
  );
  transparent(
    'WebSocket of undici: refused',
    async (world) => {
      world.withoutServers();
      const url = await serving(world, 'upgrade', refuses);
      const heard: unknown[] = [];
      const socket = new world.undici.WebSocket(url.replace('http', 'ws'), {
        dispatcher: world.agent(),
      });
      socket.addEventListener('error', ({ message }) => heard.push(message));
      await new Promise((resolve) => {
        socket.addEventListener('close', ({ code, wasClean }) =>
          resolve(heard.push(code, wasClean)),
        );
      });
      return heard;
    },
    { shows: '1006' },
  );
  transparent(
    'EventSource of undici',
    async (world) => {
      const url = await world.serve((_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write('id: 1\nevent: bill\ndata: paid\n\nda');
        response.write('ta: again\n\n');
      });
      const source = new world.undici.EventSource(url, {
        node: { dispatcher: world.agent() },
      });
      const heard: unknown[] = [];
      for (const type of ['bill', 'message'])
        source.addEventListener(type, (event) => {
          heard.push([type, Reflect.get(event, 'data'), Reflect.get(event, 'lastEventId')]);
        });
      await until(() => heard.length === 2);
      source.close();
      return heard;
    },
    { shows: /bill[^]*again/, core: true },
  );
});
