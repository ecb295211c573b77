import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

describe.runIf(process.platform !== 'win32')('the example', () => {
  it('ends by itself, and its claims hold', async () => {
    const example = spawn(process.execPath, [main], { stdio: ['ignore', 'pipe', 'inherit'] });
    const printed = text(example.stdout);
    const [code] = await once(example, 'close');
    expect(await printed).not.toContain('FAILED');
    expect((await printed).match(/^holds {3}.*$/gm)).toHaveLength(25);
    expect(code).toBe(0);
  }, 60_000);

  it('leaves no process behind, even where it is killed', async () => {
    const example = spawn(process.execPath, [main], { stdio: ['ignore', 'pipe', 'pipe'] });
    example.stderr.resume();
    await once(example.stdout, 'data');
    example.kill('SIGKILL');
    // The API holds this pipe too: `close` comes when it is gone.
    expect(await once(example, 'close')).toEqual([null, 'SIGKILL']);
  }, 20_000);
});
