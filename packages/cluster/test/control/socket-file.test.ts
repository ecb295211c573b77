import { fork } from 'node:child_process';
import { once } from 'node:events';
import {
  lstat,
  mkdir,
  readdir,
  readFile,
  symlink,
  unlink,
  watch,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { controlClient } from '../../src/control/control-client.ts';
import { serveControl } from '../../src/control/serve-control.ts';
import { FakeSupervisor, STATUS } from './support/fake-supervisor.ts';
import { directory, served } from './support/served.ts';

const serve = async (path: string): Promise<AsyncDisposable> => {
  const control = await serveControl(path, new FakeSupervisor());
  onTestFinished(() => control[Symbol.asyncDispose]());
  return control;
};

const expectRefusal = async (path: string, message: string): Promise<void> => {
  const attempt = serveControl(path, new FakeSupervisor());
  await expect(attempt).rejects.toMatchObject({
    code: 'HF_CONTROL_FAILED',
    message: expect.stringContaining(message),
  });
};

const statusAt = async (path: string): Promise<unknown> => {
  const client = await controlClient(path);
  const status = await client.status();
  await client[Symbol.asyncDispose]();
  return status;
};

/** A socket whose server is gone without a trace: its process was killed. */
const staleSocket = async (path: string): Promise<void> => {
  const program = new URL('support/listen-and-wait.ts', import.meta.url);
  const child = fork(program, [path], { execArgv: [] });
  await once(child, 'message');
  child.kill('SIGKILL');
  await once(child, 'exit');
};

test.each([0o000, 0o022, 0o777])('its mode is 0600 with the umask %o', async (umask) => {
  const path = join(await directory(), 'control');
  const before = process.umask(umask);
  onTestFinished(() => void process.umask(before));
  await serve(path);
  process.umask(before);
  const { mode } = await lstat(path);
  expect((mode & 0o7777).toString(8)).toBe('600');
});

test('it has its name only after it has its mode, and is in a closed folder before', async () => {
  const folder = await directory();
  const before = process.umask(0);
  onTestFinished(() => void process.umask(before));
  const modes: string[] = [];
  const watcher = watch(folder, { signal: AbortSignal.timeout(300) });
  const looking = (async () => {
    for await (const { filename } of watcher) {
      const found = await lstat(join(folder, filename ?? '')).catch(() => undefined);
      if (found !== undefined) modes.push((found.mode & 0o077).toString(8));
    }
  })().catch(() => undefined);
  await serve(join(folder, 'control'));
  await looking;
  expect(modes.length).toBeGreaterThan(0);
  expect(new Set(modes)).toStrictEqual(new Set(['0']));
});

test('nothing is left in its directory, neither while it serves nor after', async () => {
  const { path, control } = await served();
  expect(await readdir(dirname(path))).toStrictEqual(['control']);
  await Promise.all([control[Symbol.asyncDispose](), control[Symbol.asyncDispose]()]);
  expect(await readdir(dirname(path))).toStrictEqual([]);
});

test('a socket that nobody serves any more is replaced', async () => {
  const path = join(await directory(), 'control');
  await staleSocket(path);
  await serve(path);
  await expect(statusAt(path)).resolves.toStrictEqual(STATUS);
  expect(await readdir(dirname(path))).toStrictEqual(['control']);
});

test('of several that start at once over a stale socket one serves, and the others are told', async () => {
  const path = join(await directory(), 'control');
  await staleSocket(path);
  const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => serve(path)));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  await expect(statusAt(path)).resolves.toStrictEqual(STATUS);
  expect(await readdir(dirname(path))).toStrictEqual(['control']);
});

test('a socket that is served is left alone', async () => {
  const { path } = await served();
  await expectRefusal(path, 'another process serves it');
  await expect(statusAt(path)).resolves.toStrictEqual(STATUS);
});

test('what is no socket is never deleted', async () => {
  const folder = await directory();
  const file = join(folder, 'file');
  await writeFile(file, 'mine');
  await mkdir(join(folder, 'folder'));
  await symlink('nowhere', join(folder, 'link'));
  for (const name of ['file', 'folder', 'link'])
    await expectRefusal(join(folder, name), 'something is there that is no socket');
  await expect(readFile(file, 'utf8')).resolves.toBe('mine');
  expect(await readdir(folder)).toStrictEqual(['file', 'folder', 'link']);
});

test('a directory that is not there is named', async () => {
  const folder = join(await directory(), 'run');
  await expectRefusal(join(folder, 'control'), `there is no directory "${folder}"`);
  await writeFile(folder, 'a file');
  await expectRefusal(join(folder, 'control'), `there is no directory "${folder}"`);
});

test.runIf(process.platform === 'linux')(
  'a directory in which nothing can be made is not said to be missing',
  async () => {
    await expectRefusal('/proc/control', 'nothing can be made in the directory "/proc"');
  },
);

test('a path is as long as the system allows, and no longer', async () => {
  const folder = await directory();
  const limit = process.platform === 'linux' ? 107 : 103;
  const longest = join(folder, 'x'.repeat(limit - folder.length - 1));
  await serve(longest);
  await expect(statusAt(longest)).resolves.toStrictEqual(STATUS);
  const tooLong = serveControl(`${longest}x`, new FakeSupervisor());
  await expect(tooLong).rejects.toThrow(RangeError);
  await expect(serveControl(`${longest}x`, new FakeSupervisor())).rejects.toThrow(
    `a path of up to ${limit} bytes`,
  );
  const deep = join(folder, 'y'.repeat(limit - folder.length - 3), 'z');
  await expect(serveControl(deep, new FakeSupervisor())).rejects.toThrow(RangeError);
});

test('the path of another is not removed at the end', async () => {
  const { path, control } = await served();
  await unlink(path);
  const other = createServer().listen(path);
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  await control[Symbol.asyncDispose]();
  expect((await lstat(path)).isSocket()).toBe(true);
});
