import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

it('the example ends by itself, and its claims hold', async () => {
  const example = spawn(process.execPath, [main], { stdio: ['ignore', 'pipe', 'inherit'] });
  const printed = text(example.stdout);
  const [code] = await once(example, 'close');
  expect((await printed).match(/^(?:holds |FAILED) .*$/gm)).toHaveLength(4);
  expect(await printed).not.toContain('FAILED');
  expect(code).toBe(0);
}, 20_000);
