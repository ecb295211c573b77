import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { request } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { METRICS_TOPIC } from '../../src/protocol/messages.ts';
import { ask, sleep } from './support/asking.ts';
import { Rig } from './support/rig.ts';

const rig = new Rig();
afterAll(() => rig[Symbol.dispose]());

describe.concurrent('a program', { timeout: 30_000 }, () => {
  it('may be in a language that a hook of require knows', async () => {
    const hook = join(import.meta.dirname, 'fixtures/commonjs/hook.cjs');
    const env = { NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --require "${hook}"` };
    const worker = await rig.ready('', {}, { app: 'commonjs/translated.shout', env });
    expect(await ask(worker, '/')).toMatchObject({ body: 'served' });
    worker.send({ holdfast: 'drain', reason: 'test', deadlineMs: 10_000 });
    expect(await worker.ends()).toBe(0);
  });

  it('may drain servers itself: each is ended once, by its own drain where a signal starts that', async () => {
    const worker = await rig.ready('drains');
    await ask(worker, '/now');
    await worker.prints('all are drained\n');
    worker.send({ holdfast: 'drain', reason: 'test', deadlineMs: 10_000 });
    expect(await worker.ends()).toBe(0);
    const { report } = await worker.says('bye');
    expect(report).toMatchObject({ clean: true, open: [] });
    for (const text of [
      'watched once: true',
      'before is torn',
      'at is torn',
      'later is torn',
      'deaf is cl',
      'watched once: true',
      'last is cl',
    ])
      expect(worker.output).toContain(text);
  });

  it('may have servers of each kind that Node has', async () => {
    const worker = await rig.ready('kinds');
    const socket = connect(worker.port, '127.0.0.1');
    socket.on('error', () => undefined).write('hello');
    await once(socket, 'data');
    const session = connectHttp2(`http://127.0.0.1:${worker.ports[2]}`);
    session.on('error', () => undefined);
    await once(session.request({ ':path': '/' }).resume(), 'end');
    const secure = request({
      host: '127.0.0.1',
      port: worker.ports[1],
      rejectUnauthorized: false,
      headers: { connection: 'keep-alive' },
    }).end();
    const [response] = await once(secure, 'response');
    response.resume();
    worker.send({ holdfast: 'drain', reason: 'test', deadlineMs: 2_000 });
    await once(session, 'close');
    await sleep(100);
    expect(socket.readableEnded).toBe(false);
    const [ended] = await Promise.all([worker.ends(), once(socket, 'end')]);
    expect(ended).toBe(0);
    expect(await worker.says('bye')).toMatchObject({ report: { clean: true } });
    expect(worker.output).toBe('closed\ntorn down\n');
  });

  it('may answer the supervisor, which has its metrics too', async () => {
    const worker = await rig.ready('topics');
    const answerTo = async (id: number, topic: string, data?: unknown): Promise<unknown> => {
      worker.send({ holdfast: 'request', id, topic, data });
      return worker.answer(id);
    };
    expect(await answerTo(1, 'double', 21)).toBe(42);
    expect(await answerTo(2, 'nobody')).toBe('nobody handles the topic "nobody"');
    expect(await answerTo(3, 'big')).toMatch(/^the answer cannot be sent: .*BigInt/);
    const families = await answerTo(4, METRICS_TOPIC);
    const own = { name: 'own', help: '', type: 'gauge', values: [], source: 0 };
    expect(families).toContainEqual(own);
    expect(families).toContainEqual(expect.objectContaining({ name: 'holdfast_memory_bytes' }));
    worker.send({ holdfast: 'unknown' });
    const { vitals } = await worker.says('vitals');
    expect(vitals).toMatchObject({ requests: 0, inFlight: 0 });
    expect(worker.output).toContain(
      'RangeError: option "topic" is "double"; allowed: a topic that',
    );
    expect(worker.output).toContain('RangeError: option "topic" is "holdfast:x"; allowed: a name');
    expect(worker.output).toContain('TypeError: option "topic" is ""; allowed: a non-empty string');
    worker.send({ holdfast: 'drain', reason: 'test', deadlineMs: 10_000 });
    expect(await worker.ends()).toBe(0);
  });

  // Of other systems Node has no such option.
  it.skipIf(process.platform !== 'linux')(
    'listens on a socket of its own by SO_REUSEPORT',
    async () => {
      const first = await rig.ready('usual', { reusePort: true });
      const second = await rig.ready('usual', { reusePort: true }, { port: first.port });
      first.signal('SIGTERM');
      expect(await first.ends()).toBe(0);
      expect(await ask(second, '/now')).toMatchObject({ body: 'served' });
      second.signal('SIGTERM');
      expect(await second.ends()).toBe(0);
      const third = await rig.start('usual', { reusePort: true }, { port: 0 });
      expect(await third.ends()).toBe(1);
      expect(await third.says('fatal')).toMatchObject({
        detail: expect.stringMatching(/^FixedPortError: .* listen on a fixed port/),
      });
    },
  );
});
