import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { watchListening } from '../../src/worker/listening.ts';

const connected = async (server: Server): Promise<Socket> => {
  const { port } = server.address() as AddressInfo;
  const client = connect(port, '127.0.0.1');
  await once(client, 'connect');
  return client;
};

const watched = () => {
  const log: string[] = [];
  const watcher = watchListening({
    argumentsOf: (args) => args,
    begins: (_server, listen) => {
      log.push('begins');
      listen();
    },
    listens: () => log.push('listens'),
    ends: () => log.push('ends'),
  });
  const server = createServer();
  onTestFinished(() => {
    watcher[Symbol.dispose]();
    server.close();
  });
  return { log, server };
};

it('tells that a server which listens still does where it is told to a second time', async () => {
  const { log, server } = watched();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  expect(() => server.listen(0)).toThrow('more than once');
  await new Promise(setImmediate);
  expect(log).toStrictEqual(['begins', 'begins', 'listens', 'listens']);
  const [client] = await Promise.all([connected(server), once(server, 'connection')]);
  server.close();
  expect(log.slice(4)).toStrictEqual(['ends']);
  client.destroy();
  await once(server, 'close');
});

it('does not tell that a server listens which is closed as soon as it does', async () => {
  const { log, server } = watched();
  server.listen(0, '127.0.0.1', () => server.close());
  await once(server, 'close');
  await new Promise(setImmediate);
  expect(log).toStrictEqual(['begins', 'ends', 'ends']);
});

it('tells that a server does not listen where it is told to in a wrong way', () => {
  const { log, server } = watched();
  expect(() => server.listen({})).toThrow('must have the property "port" or "path"');
  expect(log).toStrictEqual(['begins', 'ends']);
});
