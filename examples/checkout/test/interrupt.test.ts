import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

it.runIf(process.platform !== 'win32').each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGKILL', null],
] as const)(
  '%s leaves no process behind',
  async (signal, exitCode) => {
    const demo = spawn(process.execPath, [main], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(demo.stdout, 'data');
    demo.kill(signal);
    // Every process of the demo holds this pipe: `close` comes when the last one is gone.
    const [code] = await once(demo, 'close');
    expect(code).toBe(exitCode);
  },
  40_000,
);
