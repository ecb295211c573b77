import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { RedisServer, startProxy, until } from './rig/index.ts';
import { describeWithServer } from './support/with-server.ts';

const RIG = new URL('rig/index.ts', import.meta.url).href;

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describeWithServer('a server of the rig', () => {
  test('on a port where something silent listens fails at once', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => {
      silent.listen(0, '127.0.0.1', resolve);
    });
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as AddressInfo;
    const server = new RedisServer(port, (folder) => ['--port', String(port), '--dir', folder]);
    onTestFinished(() => server.stop());
    const began = performance.now();
    await expect(server.start()).rejects.toThrow('ended at once');
    expect(performance.now() - began).toBeLessThan(3_000);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'ends with a process that is ended by %s',
    async (signal) => {
      const script = `const { startServer } = await import('${RIG}');
      const server = await startServer();
      console.log(server.pid);
      setInterval(() => undefined, 1_000);`;
      const argv = ['--input-type=module', '--disable-warning=ExperimentalWarning', '-e', script];
      const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
      const [pid] = await once(child.stdout, 'data');
      expect(isAlive(Number(pid))).toBe(true);
      child.kill(signal);
      const [code, by] = await once(child, 'exit');
      expect([code, by]).toEqual([null, signal]);
      await until('the end of the server', () => !isAlive(Number(pid)));
    },
  );
});

test('a proxy that heals resets what it delayed: nothing overtakes', async () => {
  const echo = createServer((socket) => void socket.on('error', () => undefined).pipe(socket));
  await new Promise<void>((resolve) => {
    echo.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void echo.close());
  await using proxy = await startProxy((echo.address() as AddressInfo).port);
  const socket = connect(proxy.port, '127.0.0.1');
  let heard = '';
  let closed = false;
  socket.setEncoding('utf8');
  socket.on('data', (text) => (heard += text));
  socket.on('error', () => undefined);
  socket.on('close', () => (closed = true));
  await once(socket, 'connect');
  proxy.delay(40);
  socket.write('first');
  await sleep(20);
  proxy.heal();
  socket.write('second');
  await until('the end', () => closed);
  expect(heard).toBe('');
});
