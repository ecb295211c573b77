import { fork } from 'node:child_process';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { outOfRange } from '@holdfast/core/adapter';
import { expect, onTestFinished, test } from 'vitest';
import { controlClient } from '../../src/control/control-client.ts';
import type { ControlClient, ControlClientOptions } from '../../src/control/types.ts';
import { ClusterError } from '../../src/errors.ts';
import type { ReloadReport, SupervisorEvent } from '../../src/supervisor/types.ts';
import { RELOADED, REPORT, STATUS } from './support/fake-supervisor.ts';
import { directory, served } from './support/served.ts';

const clientOf = async (path: string, options?: ControlClientOptions): Promise<ControlClient> => {
  const client = await controlClient(path, options);
  onTestFinished(() => client[Symbol.asyncDispose]());
  return client;
};

const all = async (events: AsyncIterable<SupervisorEvent>): Promise<SupervisorEvent[]> => {
  const seen: SupervisorEvent[] = [];
  for await (const event of events) seen.push(event);
  return seen;
};

test('every command is done, and its result comes back', async () => {
  const { path, supervisor } = await served();
  const client = await clientOf(path);
  await expect(client.status()).resolves.toStrictEqual(STATUS);
  await expect(client.reload('new build')).resolves.toStrictEqual(RELOADED);
  await expect(client.reload()).resolves.toStrictEqual(RELOADED);
  await expect(client.scale(3)).resolves.toBeUndefined();
  await expect(client.stop('night')).resolves.toStrictEqual(REPORT);
  expect(supervisor.asked).toStrictEqual([
    ['reload', 'new build'],
    ['reload', undefined],
    ['scale', 3],
    ['stop', 'night'],
  ]);
});

test('an error of the supervisor keeps its code, its message and its worker', async () => {
  const { path, supervisor } = await served();
  const client = await clientOf(path);
  const worker = { slot: 1, pid: 42, exitCode: 1, signal: null };
  const cause = new ClusterError('HF_WORKER_FAILED', 'worker 1 exited with 1');
  const aborted = new ClusterError('HF_RELOAD_ABORTED', 'reload given up', { cause, worker });
  supervisor.reloads = () => Promise.reject(aborted);
  const error = await client.reload().catch((each: unknown) => each);
  expect(error).toBeInstanceOf(ClusterError);
  expect(error).toMatchObject({
    code: 'HF_RELOAD_ABORTED',
    message: 'reload given up: worker 1 exited with 1',
    worker,
  });
});

test('what the supervisor refuses is a refusal with its own words as the cause', async () => {
  const { path, supervisor } = await served();
  const client = await clientOf(path);
  supervisor.scales = () => {
    throw outOfRange('workers', 0, 'a whole number from 1');
  };
  await expect(client.scale(0)).rejects.toMatchObject({
    code: 'HF_CONTROL_FAILED',
    message: expect.stringContaining('option "workers" is 0'),
    cause: { code: 'HF_INVALID_OPTION' },
  });
  await expect(client.scale(Number.NaN)).rejects.toMatchObject({ code: 'HF_CONTROL_FAILED' });
  await expect(client.reload('x'.repeat(70_000))).rejects.toMatchObject({
    code: 'HF_CONTROL_FAILED',
  });
  await expect(client.status()).resolves.toStrictEqual(STATUS);
});

test('two clients are served at once, and each gets its own answers', async () => {
  const { path, supervisor } = await served();
  const [one, other] = [await clientOf(path), await clientOf(path)];
  const reload = Promise.withResolvers<ReloadReport>();
  supervisor.reloads = () => reload.promise;
  const reloading = one.reload();
  await expect(other.status()).resolves.toStrictEqual(STATUS);
  await expect(one.status()).resolves.toStrictEqual(STATUS);
  reload.resolve(RELOADED);
  await expect(reloading).resolves.toStrictEqual(RELOADED);
});

test('events come from the moment they are asked for, in order, to every reader, and end with the stop', async () => {
  const { path, supervisor } = await served();
  const client = await clientOf(path);
  const one = all(client.events());
  const other = all(client.events());
  supervisor.reloads = () => {
    supervisor.scaled(2);
    supervisor.scaled(3);
    return Promise.resolve(RELOADED);
  };
  await client.reload();
  await client.stop();
  const events = await one;
  expect(events.map((event) => event.type)).toStrictEqual(['scaled', 'scaled', 'stopped']);
  expect(events[0]).toStrictEqual({ type: 'scaled', atMs: 1_002, from: 1, to: 2 });
  await expect(other).resolves.toStrictEqual(events);
});

test('who stops reading events leaves, and the client goes on', async () => {
  const { path, supervisor } = await served();
  const client = await clientOf(path);
  const events = client.events();
  await client.status();
  supervisor.scaled(2);
  for await (const event of events) {
    expect(event).toMatchObject({ to: 2 });
    break;
  }
  await expect(events.next()).resolves.toStrictEqual({ done: true, value: undefined });
  await expect(client.status()).resolves.toStrictEqual(STATUS);
});

test('a supervisor that stops answers what is open, gives its report to all, and is gone', async () => {
  const { path, supervisor } = await served();
  const [one, other] = [await clientOf(path), await clientOf(path)];
  supervisor.reloads = () => new Promise(() => undefined);
  supervisor.stops = () => new Promise(() => undefined); // the real one waits for the socket's end
  const reloading = one.reload();
  const stopping = one.stop();
  await other.status();
  await one.status();
  supervisor.end();
  await expect(reloading).rejects.toMatchObject({ code: 'HF_STOPPED' });
  await expect(stopping).resolves.toStrictEqual(REPORT);
  await expect(other.stop()).resolves.toStrictEqual(REPORT);
  await expect(one.status()).rejects.toMatchObject({ code: 'HF_STOPPED' });
  await expect(controlClient(path)).rejects.toMatchObject({ code: 'HF_CONTROL_FAILED' });
});

test('a client that is disposed leaves nothing pending, and does nothing more', async () => {
  const { path, supervisor } = await served();
  const client = await clientOf(path);
  const failed = { code: 'HF_CONTROL_FAILED', message: 'the control client is disposed' };
  supervisor.reloads = () => new Promise(() => undefined);
  const reloading = client.reload();
  const reading = all(client.events());
  const disposed = client[Symbol.asyncDispose]();
  await expect(reloading).rejects.toMatchObject(failed);
  await expect(reading).resolves.toStrictEqual([]);
  await disposed;
  await client[Symbol.asyncDispose]();
  for (const call of [client.status(), client.reload(), client.scale(1), client.stop()])
    await expect(call).rejects.toMatchObject(failed);
  const events = client.events();
  await expect(events.next()).rejects.toMatchObject(failed);
  await expect(events.next()).resolves.toStrictEqual({ done: true, value: undefined });
});

test('nothing is left open once client and supervisor are gone', async () => {
  const program = new URL('support/come-and-go.ts', import.meta.url);
  const child = fork(program, [join(await directory(), 'control')], { execArgv: [] });
  const exit = once(child, 'exit');
  const [left] = (await once(child, 'message')) as [unknown];
  expect(left).toStrictEqual({ open: [], pipes: 0 });
  expect(await exit).toStrictEqual([0, null]);
});

test('a socket that is closed without a stop is a lost connection', async () => {
  const { path, supervisor, control } = await served();
  const client = await clientOf(path);
  supervisor.reloads = () => new Promise(() => undefined);
  const reloading = client.reload();
  const reading = all(client.events());
  await client.status();
  const outcomes = Promise.allSettled([reloading, reading]);
  await control[Symbol.asyncDispose]();
  const failed = { code: 'HF_CONTROL_FAILED' };
  for (const outcome of await outcomes)
    expect(outcome).toMatchObject({ status: 'rejected', reason: failed });
  await expect(client.stop()).rejects.toMatchObject(failed);
});

test('what serves nothing, says nothing or says something else is an error that tells so', async () => {
  const folder = await directory();
  const failed = (message: string): object => ({
    code: 'HF_CONTROL_FAILED',
    message: expect.stringContaining(message),
  });
  await expect(controlClient(join(folder, 'none'))).rejects.toMatchObject(failed('ENOENT'));
  const path = join(folder, 'other');
  const greetings = ['', 'HTTP/1.1 200 OK\r\n', '{"control":2}\n', '{"ok":true}\n', '7\n'];
  const server = createServer((socket) => {
    const greeting = greetings.shift() ?? '';
    socket.on('error', () => undefined).end(greeting);
  }).listen(path);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  for (const message of ['before it said', 'JSON', 'version 2', 'no supervisor', 'no object'])
    await expect(controlClient(path)).rejects.toMatchObject(failed(message));
});

test('a supervisor that stands still is given up after the time that was set', async () => {
  const { path, supervisor } = await served();
  const client = await clientOf(path, { timeoutMs: 300 });
  supervisor.shows = () => new Promise(() => undefined) as never;
  await expect(client.status()).rejects.toMatchObject({
    code: 'HF_CONTROL_FAILED',
    message: 'the supervisor did not answer within 300 ms',
  });
  const silent = join(await directory(), 'silent');
  const server = createServer((socket) => void socket.on('error', () => undefined).resume());
  server.listen(silent);
  onTestFinished(() => void server.close());
  await expect(controlClient(silent, { timeoutMs: 30 })).rejects.toMatchObject({
    message: expect.stringContaining('nothing was said within 30 ms'),
  });
});

test('options that are wrong are named', async () => {
  await expect(controlClient('')).rejects.toThrow('option "path" is ""');
  await expect(controlClient('/tmp/a\0b')).rejects.toThrow(TypeError);
  await expect(controlClient('/tmp/a', { timeoutMs: 0 })).rejects.toThrow(
    'option "timeoutMs" is 0',
  );
  await expect(controlClient('/tmp/a', { timeout: 1 } as never)).rejects.toThrow('timeout');
});
