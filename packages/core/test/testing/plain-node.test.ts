import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const PLAIN = fileURLToPath(new URL('./plain-node.ts', import.meta.url));
const KIT = fileURLToPath(new URL('../../src/testing/', import.meta.url));

test('the kit works under `node --test`, in a process without any other test runner', async () => {
  // A reporter of one kind for all versions, and no settings of this process's own runner.
  const env = { ...process.env, NODE_OPTIONS: '', NODE_TEST_CONTEXT: undefined };
  const args = ['--test', '--test-reporter=tap', PLAIN];
  const { stdout } = await run(process.execPath, args, { env });
  expect(stdout).toContain('# pass 2\n');
  expect(stdout).toContain('# fail 0\n');
}, 30_000);

test('the kit imports nothing but Holdfast and Node', () => {
  const imports = readdirSync(KIT).flatMap((file) =>
    Array.from(
      readFileSync(KIT + file, 'utf8').matchAll(/ from '(?<from>[^']+)'/g),
      ({ groups }) => groups?.['from'],
    ),
  );
  expect(imports.length).toBeGreaterThan(10);
  const foreign = imports.filter((from) => !from?.startsWith('.') && !from?.startsWith('node:'));
  expect(foreign).toEqual([]);
});
