import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { virtualClock } from '@holdfast/core/testing';
import { expect, it } from 'vitest';
import { RawServers } from '../../src/worker/raw-servers.ts';

const listening = async (server: Server): Promise<number> => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
};

it('keeps nothing of a server that was closed, which may listen again', async () => {
  const clock = virtualClock();
  const servers = new RawServers(clock);
  const server = createServer();
  for (let times = 0; times < 2; times++) {
    await listening(server);
    servers.add(server);
    expect(server.listenerCount('connection')).toBe(1);
    server.close();
    await once(server, 'close');
    expect(server.eventNames()).toStrictEqual([]);
  }
  await listening(server);
  servers.add(server);
  expect(await servers.end(1_000)).toBe(0);
  expect(server.listening).toBe(false);
});

it('ends sockets shortly before the deadline, and cuts them in time for teardown', async () => {
  const clock = virtualClock();
  const servers = new RawServers(clock);
  const server = createServer({ allowHalfOpen: true });
  const port = await listening(server);
  servers.add(server);
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).resume();
  const ended = once(client, 'end');
  const [socket] = (await once(server, 'connection')) as [Socket];
  let cut: number | undefined = undefined;
  void servers.end(1_000).then((count) => (cut = count));
  await clock.advanceAsync(799);
  expect(socket.writableEnded).toBe(false);
  await clock.advanceAsync(1);
  expect(socket.writableEnded).toBe(true);
  await ended;
  await clock.advanceAsync(99);
  expect([socket.destroyed, cut]).toStrictEqual([false, undefined]);
  await clock.advanceAsync(1);
  expect([socket.destroyed, cut]).toStrictEqual([true, 1]);
  client.destroy();
});
