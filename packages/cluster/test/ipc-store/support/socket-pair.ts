import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Both ends of one connection. */
export interface SocketPair extends Disposable {
  readonly near: Socket;
  readonly far: Socket;
}

let made = 0;

const freshPath = (): string =>
  process.platform === 'win32'
    ? `\\\\.\\pipe\\holdfast-${process.pid}-${made++}`
    : join(tmpdir(), `holdfast-${process.pid}-${made++}.sock`);

/** As between a worker and its supervisor; of TCP the kernel would hold megabytes. */
export const socketPair = async (): Promise<SocketPair> => {
  const path = freshPath();
  const server = createServer();
  server.listen(path);
  await once(server, 'listening');
  const near = connect(path);
  const [far] = (await once(server, 'connection')) as [Socket];
  server.close();
  for (const socket of [near, far]) socket.on('error', () => undefined);
  return {
    near,
    far,
    [Symbol.dispose]: () => {
      near.destroy();
      far.destroy();
    },
  };
};
