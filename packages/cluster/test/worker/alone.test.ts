import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, describe, expect, it } from 'vitest';
import { ask } from './support/asking.ts';
import { freePort } from './support/free-port.ts';

const APP = new URL('fixtures/app.ts', import.meta.url);

const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

interface Alone {
  readonly child: ChildProcess;
  readonly port: number;
  readonly output: () => string;
}

const start = async (scenario: string): Promise<Alone> => {
  const port = await freePort();
  const env = { ...process.env, SCENARIO: scenario, PORTS: String(port) };
  const child = fork(APP, { env, execArgv: process.execArgv, silent: true });
  children.push(child);
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  while ((await ask({ port }, '/now').catch(() => undefined)) === undefined)
    expect(child.exitCode).toBeNull();
  return { child, port, output: () => output };
};

// Windows delivers none of these signals.
describe
  .skipIf(process.platform === 'win32')
  .concurrent('a process that nobody supervises', { timeout: 30_000 }, () => {
    it('ends what is in flight at SIGTERM, and exits with 0', async () => {
      const { child, port, output } = await start('usual');
      const answer = ask({ port }, '/slow');
      while (!output().includes('slow\n')) await once(child.stdout ?? child, 'data');
      child.kill('SIGTERM');
      expect(await answer).toStrictEqual({ body: 'served', connection: 'close' });
      expect(await once(child, 'close')).toStrictEqual([0, null]);
      expect(output()).toBe('slot undefined generation 0 false\nslow\ndraining\ntorn down\n');
    });

    it('drains and exits with 1 where it leaves, for whoever started it to start another', async () => {
      const { child, port } = await start('it leaves');
      const answer = ask({ port }, '/slow');
      await once(child.stdout ?? child, 'data');
      child.kill('SIGUSR2');
      expect(await answer).toStrictEqual({ body: 'served', connection: 'close' });
      expect(await once(child, 'close')).toStrictEqual([1, null]);
    });
  });
