import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

it.runIf(process.platform !== 'win32')(
  'answers by its workers, replaces one that is killed, and ends at a signal',
  async () => {
    const port = await freePort();
    const example = spawn(process.execPath, [main], {
      env: { ...process.env, PORT: String(port), HOLDFAST_WORKERS: '2' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void example.kill('SIGKILL'));
    const exit = once(example, 'exit');
    const lines = createInterface(example.stdout)[Symbol.asyncIterator]();
    const printed = async (words: string): Promise<string> => {
      for (;;) {
        const { done, value } = await lines.next();
        if (done === true) throw new Error(`it ended before it printed "${words}"`);
        if (value.includes(words)) return value;
      }
    };
    const ask = async (): Promise<{ readonly pid: number; readonly slot: number }> => {
      const response = await fetch(`http://127.0.0.1:${port}/`, {
        headers: { connection: 'close' },
      });
      return (await response.json()) as { readonly pid: number; readonly slot: number };
    };

    await printed('has 2 of 2 workers ready');
    const first = await ask();
    expect(first).toStrictEqual({
      message: 'Hello from a worker',
      pid: expect.any(Number),
      slot: expect.any(Number),
    });
    process.kill(first.pid, 'SIGKILL');
    await printed(`worker ${first.slot} (process ${first.pid}) is gone: not as it should be`);
    await printed(`worker ${first.slot} (process`);
    expect([0, 1]).toContain((await ask()).slot);
    example.kill('SIGTERM');
    await printed('stopping: SIGTERM');
    expect(await exit).toStrictEqual([0, null]);
  },
  30_000,
);
