import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { until } from './support/until.ts';
import { wireTo, type Wire } from './support/wire.ts';

const SCRIPT = new URL('support/exiting-process.ts', import.meta.url);
/** Processes start slowly where much else runs. */
const TIMEOUT_MS = 30_000;

interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

class Process {
  output = '';
  exit: Exit | undefined = undefined;
  port = 0;
  readonly #child;

  constructor(scenario: string) {
    const stdio = ['ignore', 'pipe', 'inherit'] as const;
    this.#child = spawn(process.execPath, [fileURLToPath(SCRIPT), scenario], { stdio: [...stdio] });
    this.#child.stdout?.on('data', (bytes: Buffer) => (this.output += bytes.toString()));
    this.#child.on('exit', (code, signal) => (this.exit = { code, signal }));
    onTestFinished(() => void this.#child.kill('SIGKILL'));
  }

  async has(text: string): Promise<void> {
    await until(() => this.output.includes(text) || this.exit !== undefined, TIMEOUT_MS);
    if (!this.output.includes(text)) throw new Error(`it ended, and never said ${text}`);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** What a slow machine delivers together counts as one. */
  async isToldUntilItEnds(signal: NodeJS.Signals): Promise<void> {
    while (this.exit === undefined) {
      this.kill(signal);
      await sleep(300);
    }
  }

  async over(): Promise<Exit> {
    await until(() => this.exit !== undefined, TIMEOUT_MS);
    return this.exit ?? { code: null, signal: null };
  }
}

const run = async (scenario: string): Promise<Process> => {
  const running = new Process(scenario);
  await running.has('port ');
  running.port = Number(/port (\d+)/.exec(running.output)?.[1]);
  return running;
};

/** Asks once before, so that the connection is one that the process knows. */
const asking = async (running: Process, path: string): Promise<Wire> => {
  const wire = await wireTo(running.port);
  wire.ask('/now');
  await wire.has('now');
  wire.clear();
  wire.ask(path);
  return wire;
};

// Windows delivers none of these signals.
describe.skipIf(process.platform === 'win32')(
  'a process that is told to end',
  { timeout: TIMEOUT_MS },
  () => {
    test.each(['SIGTERM', 'SIGINT'] as const)(
      'by %s ends with 0 when its last response is out',
      async (signal) => {
        const running = await run('usual');
        const [slow, idle] = [await asking(running, '/slow'), await asking(running, '/now')];
        await idle.has('now');
        running.kill(signal);
        await slow.has('late');
        expect(slow.received).toContain('Connection: close');
        expect(await running.over()).toEqual({ code: 0, signal: null });
        expect(idle.error).toBeUndefined();
      },
    );

    test('ends with 1 where a request had to be cut', async () => {
      const running = await run('hurried');
      const wire = await asking(running, '/hang');
      running.kill('SIGTERM');
      expect(await running.over()).toEqual({ code: 1, signal: null });
      await wire.end();
    });

    test('ends with 1 at once when it is told again', async () => {
      const running = await run('patient');
      const wire = await asking(running, '/hang');
      const idle = await asking(running, '/now');
      running.kill('SIGTERM');
      await idle.end(); // it has lingered, and waits for the other one
      expect(running.exit).toBeUndefined();
      await running.isToldUntilItEnds('SIGINT');
      expect(await running.over()).toEqual({ code: 1, signal: null });
      await wire.end();
    });

    test('is told once where a signal comes twice in one breath', async () => {
      const running = await run('told twice');
      running.kill('SIGUSR2');
      expect(await running.over()).toEqual({ code: 0, signal: null });
    });

    test('ends when all drains in it are over', async () => {
      const running = await run('two drains');
      running.kill('SIGTERM');
      expect(await running.over()).toEqual({ code: 0, signal: null });
      expect(running.output).toContain('slow is closed');
    });

    test('ends with the code that it has set', async () => {
      const own = await run('a code of its own');
      own.kill('SIGTERM');
      expect(await own.over()).toEqual({ code: 7, signal: null });
    });

    test('ends with 1 where deferred work fails', async () => {
      const running = await run('failing teardown');
      running.kill('SIGTERM');
      expect(await running.over()).toEqual({ code: 1, signal: null });
    });

    test('stays for deferred work that nothing else keeps alive, until the deadline', async () => {
      const running = await run('teardown without a handle');
      running.kill('SIGTERM');
      expect(await running.over()).toEqual({ code: 1, signal: null });
    });

    test('lets others read the report before it ends', async () => {
      const running = await run('a report');
      running.kill('SIGINT');
      expect(await running.over()).toEqual({ code: 0, signal: null });
      expect(running.output).toContain('over: SIGINT');
    });

    test('by a signal that the drain was told of listens to no other', async () => {
      const running = await run('only SIGUSR2');
      running.kill('SIGUSR2');
      expect(await running.over()).toEqual({ code: 0, signal: null });
      const other = await run('only SIGUSR2');
      other.kill('SIGTERM');
      expect(await other.over()).toEqual({ code: null, signal: 'SIGTERM' });
    });

    test.each(['deaf', 'disposed'])(
      'dies of the signal where the drain is %s',
      async (scenario) => {
        const running = await run(scenario);
        running.kill('SIGTERM');
        expect(await running.over()).toEqual({ code: null, signal: 'SIGTERM' });
      },
    );

    test('otherwise ends by itself once it is drained: nothing keeps it', async () => {
      const running = await run('by itself');
      running.kill('SIGUSR2');
      expect(await running.over()).toEqual({ code: 0, signal: null });
      expect(running.output).toContain('over');
    });
  },
);
