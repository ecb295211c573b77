import { once } from 'node:events';
import { lstat } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { controlClient } from '../../src/control/control-client.ts';
import type { ReloadReport, SupervisorEvent } from '../../src/supervisor/types.ts';
import { RELOADED, REPORT, STATUS } from './support/fake-supervisor.ts';
import { RawClient, rawClient } from './support/raw-client.ts';
import { served } from './support/served.ts';

const unhandled = (): readonly unknown[] => {
  const errors: unknown[] = [];
  const hear = (error: unknown): void => void errors.push(error);
  process.on('unhandledRejection', hear);
  onTestFinished(() => void process.off('unhandledRejection', hear));
  return errors;
};

const turn = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 20));

test('it says hello with its version, and answers a line that a shell may write', async () => {
  const { path } = await served();
  const client = new RawClient(path);
  expect(await client.message(0)).toStrictEqual({ control: 1, name: 'shop', pid: process.pid });
  client.socket.end('{"id":"a","command":"status"}'); // no newline, and nothing more to say
  expect(await client.message(1)).toStrictEqual({ id: 'a', ok: true, result: STATUS });
  await once(client.socket, 'end');
});

test('who has said all it has to say still gets the answer to what takes long', async () => {
  const { path, supervisor } = await served();
  const reload = Promise.withResolvers<ReloadReport>();
  supervisor.reloads = () => reload.promise;
  const client = await rawClient(path);
  client.socket.end('{"id":1,"command":"reload"}\n');
  await turn();
  reload.resolve(RELOADED);
  await once(client.socket, 'end');
  expect(client.said.slice(1)).toStrictEqual([{ id: 1, ok: true, result: RELOADED }]);
});

test.each([
  ['no JSON', 'hello\n', null, 'one object in JSON'],
  ['no object', '[1]\n', null, 'one object in JSON'],
  ['null', 'null\n', null, 'one object in JSON'],
  ['bytes that are no text', '\u0000\uFFFD\n', null, 'one object in JSON'],
  ['no id', '{"command":"status"}\n', null, '"id"'],
  ['an object for an id', '{"id":{},"command":"status"}\n', null, '"id"'],
  ['no command', '{"id":1}\n', 1, '"command"'],
  ['a command of every object', '{"id":1,"command":"constructor"}\n', 1, '"command"'],
  ['a prototype', '{"id":1,"__proto__":{"command":"stop"}}\n', 1, '"command"'],
  ['a number of workers in words', '{"id":1,"command":"scale","workers":"3"}\n', 1, '"workers"'],
  ['a reason that is none', '{"id":1,"command":"stop","reason":null}\n', 1, '"reason"'],
])('%s is answered as an error, and the next line is served', async (_, line, id, problem) => {
  const { path, supervisor } = await served();
  const client = await rawClient(path);
  expect(await client.ask(line)).toStrictEqual({
    id,
    ok: false,
    code: 'HF_CONTROL_FAILED',
    message: expect.stringContaining(problem),
  });
  expect(await client.ask('{"id":2,"command":"status"}\n')).toMatchObject({ id: 2, ok: true });
  expect(supervisor.asked).toStrictEqual([]);
});

test('a huge line is refused once, and the next line is served', async () => {
  const { path } = await served();
  const client = await rawClient(path);
  for (let i = 0; i < 64; i++) client.socket.write('x'.repeat(262_144));
  expect(await client.ask('\n')).toMatchObject({ id: null, ok: false });
  expect(await client.ask('{"id":2,"command":"status"}\n')).toMatchObject({ id: 2, ok: true });
  expect(client.said).toHaveLength(3);
});

test('half a line and a client that is gone leave the others served', async () => {
  const errors = unhandled();
  const { path, supervisor } = await served();
  const client = await rawClient(path);
  client.socket.end('{"id":1,"command":"sto');
  const other = await rawClient(path);
  other.socket.write('{"id":1,"command":"sto');
  other.socket.destroy();
  const third = await rawClient(path);
  expect(await third.ask('{"id":3,"command":"status"}\n')).toMatchObject({ id: 3, ok: true });
  expect(supervisor.asked).toStrictEqual([]);
  expect(errors).toStrictEqual([]);
});

test('a reload goes on without the client that asked, and its failure is nobody’s', async () => {
  const errors = unhandled();
  const { path, supervisor } = await served();
  const reload = Promise.withResolvers<ReloadReport>();
  supervisor.reloads = () => reload.promise;
  const client = await rawClient(path);
  client.socket.write('{"id":1,"command":"events"}\n{"id":2,"command":"reload"}\n');
  await client.message(1);
  client.socket.destroy();
  await expect.poll(() => supervisor.asked).toHaveLength(1);
  supervisor.scaled(2);
  reload.reject(new Error('given up'));
  await turn();
  expect(supervisor.asked).toStrictEqual([['reload', undefined]]);
  expect(errors).toStrictEqual([]);
  expect(await (await rawClient(path)).ask('{"id":3,"command":"status"}\n')).toMatchObject({
    ok: true,
  });
});

test('who asks without reading is not read any more, and the answers do not pile up', async () => {
  const { path, supervisor } = await served();
  let shown = 0;
  supervisor.shows = () => {
    shown += 1;
    return { ...STATUS, name: 'x'.repeat(10_000) };
  };
  const client = await rawClient(path);
  client.socket.pause();
  client.socket.write('{"id":1,"command":"status"}\n'.repeat(5_000));
  await turn();
  await turn();
  expect(shown).toBeLessThan(500);
  client.socket.resume();
  await client.message(5_000);
  expect(shown).toBe(5_000);
});

test('no more than 16 commands of a client are under way, and none is lost', async () => {
  const { path, supervisor } = await served();
  const reloads: PromiseWithResolvers<ReloadReport>[] = [];
  supervisor.reloads = () => {
    const reload = Promise.withResolvers<ReloadReport>();
    reloads.push(reload);
    return reload.promise;
  };
  const client = await rawClient(path);
  client.socket.write('{"id":1,"command":"reload"}\n'.repeat(20));
  await expect.poll(() => reloads.length).toBe(16);
  await turn();
  expect(reloads).toHaveLength(16);
  for (const { reject } of reloads) reject(new Error('no'));
  await expect.poll(() => reloads.length).toBe(20);
  expect(client.said).toHaveLength(17);
});

test('commands that are never over do not hold up the end', async () => {
  const { path, supervisor, control } = await served();
  supervisor.reloads = () => new Promise(() => undefined);
  const client = await rawClient(path);
  client.socket.write('{"id":1,"command":"reload"}\n'.repeat(20));
  await turn();
  client.socket.write('{"id":2,"command":"status"}\n');
  await turn();
  const begun = performance.now();
  supervisor.end();
  await control[Symbol.asyncDispose]();
  expect(performance.now() - begun).toBeLessThan(900);
  const answered = client.said.filter(({ code }) => code === 'HF_STOPPED');
  expect(answered).toHaveLength(16);
});

test('who reads events slowly misses the oldest, is told how many, and hears the last', async () => {
  const { path, supervisor } = await served();
  const client = await rawClient(path);
  await client.ask('{"id":1,"command":"events"}\n');
  client.socket.pause();
  const detail = 'x'.repeat(10_000);
  const count = 2_000;
  for (let slot = 0; slot < count; slot++) {
    const event: SupervisorEvent = { type: 'slotGivenUp', atMs: slot, slot, detail };
    supervisor.emit(event);
    if (slot % 100 === 0) await turn();
  }
  await turn();
  client.socket.resume();
  while (!client.said.some(({ event }) => Reflect.get(Object(event), 'slot') === count - 1))
    await once(client.socket, 'data');
  supervisor.end();
  await once(client.socket, 'end');
  const missed = client.said.reduce((sum, each) => sum + Number(each['missed'] ?? 0), 0);
  const slots = client.said.flatMap((each) => {
    const event = Object(each['event']) as { readonly slot?: number };
    return event.slot === undefined ? [] : [event.slot];
  });
  expect(missed).toBeGreaterThan(1_000);
  expect(slots.length + missed).toBe(count);
  expect(slots).toStrictEqual([...slots].sort((one, other) => one - other));
  expect(slots.at(-1)).toBe(count - 1);
  expect(client.said.at(-1)).toStrictEqual({ stopped: REPORT });
});

test('the end waits a second at most for who does not read', async () => {
  const { path, supervisor, control } = await served();
  const client = await rawClient(path);
  await client.ask('{"id":1,"command":"events"}\n');
  client.socket.pause();
  for (let slot = 0; slot < 500; slot++)
    supervisor.emit({ type: 'slotGivenUp', atMs: 0, slot, detail: 'x'.repeat(10_000) });
  await turn();
  const begun = performance.now();
  supervisor.end();
  await control[Symbol.asyncDispose]();
  expect(performance.now() - begun).toBeLessThan(3_000);
  await expect(lstat(path)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('the 65th client is turned away with a reason, and a place that is free is given again', async () => {
  const { path } = await served();
  const clients = await Promise.all(Array.from({ length: 64 }, () => rawClient(path)));
  await expect(controlClient(path)).rejects.toMatchObject({
    message: expect.stringContaining('64 clients are connected already'),
  });
  clients[0]!.socket.destroy();
  await expect.poll(async () => Object.keys((await rawClient(path)).said[0]!)).toContain('control');
});

test('clients that say nothing get the report and an end as the supervisor stops', async () => {
  const { path, supervisor, control } = await served();
  const [client, listener] = [await rawClient(path), await rawClient(path)];
  await listener.ask('{"id":1,"command":"events"}\n');
  const ends = [client, listener].map(({ socket }) => once(socket, 'end'));
  supervisor.end();
  await control[Symbol.asyncDispose](); // as a process does that is about to exit
  await Promise.all(ends);
  expect(client.said.slice(1)).toStrictEqual([{ stopped: REPORT }]);
  expect(listener.said.slice(2)).toStrictEqual([
    { event: { type: 'stopped', atMs: 2_000, ...REPORT } },
    { stopped: REPORT },
  ]);
});
