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
    expect((await printed).match(/^holds {3}.*$/gm)).toHaveLength(3);
    expect(code).toBe(0);
  }, 90_000);
});
