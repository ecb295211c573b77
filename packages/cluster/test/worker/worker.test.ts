import { Agent } from 'node:http';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { afterAll, describe, expect, it } from 'vitest';
import { ask, askSlowly, SERVED, sleep } from './support/asking.ts';
import { Rig } from './support/rig.ts';

const rig = new Rig();
afterAll(() => rig[Symbol.dispose]());

// Windows delivers none of these signals.
describe.skipIf(process.platform === 'win32').concurrent('a worker', { timeout: 30_000 }, () => {
  it('of a program that knows nothing of it is ready, drained and dismissed', async () => {
    const worker = await rig.ready('', {}, { app: 'plain.cjs' });
    const agent = new Agent({ keepAlive: true });
    await ask(worker, '/now', agent);
    const { answer } = await askSlowly(worker);
    worker.send({ holdfast: 'drain', reason: 'test', deadlineMs: 10_000 });
    expect(await answer).toStrictEqual(SERVED);
    const { report } = await worker.says('bye');
    expect(report).toMatchObject({ clean: true, open: [] });
    await sleep(100);
    expect(worker.exit).toBeUndefined();
    expect(await worker.ends()).toBe(0);
    expect(worker.kinds).toStrictEqual(['ready', 'bye']);
    expect(worker.output).toMatch(/^main true undefined (?!.*boot)/);
    agent.destroy();
  });

  it('leaves at SIGTERM, however often it comes, and not at what a terminal sends to all', async () => {
    const worker = await rig.ready('usual');
    const { answer } = await askSlowly(worker);
    worker.signal('SIGINT');
    worker.signal('SIGHUP');
    await sleep(50);
    expect(worker.kinds).toStrictEqual(['ready']);
    worker.signal('SIGTERM');
    await worker.prints('draining\n');
    worker.signal('SIGTERM');
    worker.send({ holdfast: 'drain', reason: 'late', deadlineMs: 1 });
    expect(await answer).toStrictEqual(SERVED);
    expect(await worker.ends()).toBe(0);
    expect(worker.kinds).toStrictEqual(['ready', 'leaving', 'bye']);
    expect(await worker.says('leaving')).toMatchObject({ reason: 'signal', detail: 'SIGTERM' });
    expect(worker.output).toContain('slot 2 generation 4 true\n');
    expect(worker.output).toContain('torn down\n');
  });

  it('serves on until another serves, and goes at once where it is told a second time', async () => {
    const worker = await rig.ready('usual');
    worker.mayWait = true;
    worker.signal('SIGTERM');
    await worker.says('leaving');
    await sleep(100);
    await expect(ask(worker, '/now')).resolves.toMatchObject({ body: 'served' });
    expect(worker.kinds).toStrictEqual(['ready', 'leaving']);
    // What a slow machine delivers together counts as one.
    const again = setInterval(() => worker.signal('SIGTERM'), 300);
    expect(await worker.ends()).toBe(0);
    clearInterval(again);
    expect(worker.kinds).toStrictEqual(['ready', 'leaving', 'leaving', 'bye']);
    const leaving = { holdfast: 'leaving', reason: 'signal', detail: 'SIGTERM' };
    expect(worker.said).toContainEqual({ ...leaving, isServing: true });
    expect(worker.said).toContainEqual({ ...leaving, isServing: false });
  });

  it.each([
    ['an error', 'Error: boom', /Error: boom\n {4}at .*app\.ts:\d+[^]*Node\.js v\d/],
    ['a rejection', 'Error: boom', /Error: boom\n {4}at .*app\.ts:\d+[^]*Node\.js v\d/],
    ['a trap', 'an error that cannot be shown', /Uncaught:[^]*Node\.js v\d/],
  ])(
    'ends what is in flight after %s that nobody caught, and exits with 1',
    async (scenario, detail, printed) => {
      const worker = await rig.ready(scenario);
      const { answer } = await askSlowly(worker);
      worker.signal('SIGUSR2');
      expect(await answer).toStrictEqual(SERVED);
      expect(await worker.ends()).toBe(1);
      expect(worker.kinds).toStrictEqual(['ready', 'leaving', 'bye']);
      expect(await worker.says('leaving')).toMatchObject({ reason: 'error', detail });
      expect(worker.output).toMatch(printed);
    },
  );

  it('exits at once after a second error', async () => {
    const worker = await rig.ready('an error');
    await askSlowly(worker);
    worker.signal('SIGUSR2');
    await worker.says('leaving');
    worker.signal('SIGUSR2');
    expect(await worker.ends()).toBe(1);
    expect(worker.kinds).toStrictEqual(['ready', 'leaving']);
  });

  it('that drains already has less time after an error', async () => {
    const shutdown = { announceMs: 0, lingerMs: 50, deadlineMs: 20_000, errorDeadlineMs: 300 };
    const worker = await rig.ready('an error', { shutdown });
    ask(worker, '/never').catch(() => undefined);
    await ask(worker, '/now');
    worker.send({ holdfast: 'drain', reason: 'test', deadlineMs: 20_000 });
    await worker.prints('draining\n');
    worker.signal('SIGUSR2');
    expect(await worker.ends()).toBe(1);
    const { report } = await worker.says('bye');
    expect(report).toMatchObject({ clean: false });
    expect(report.open.slice(0, 2)).toStrictEqual(['the drain was not over', '1 request cut']);
    expect(worker.kinds).toStrictEqual(['ready', 'bye']);
  });

  it('goes on where the program handles its errors itself', async () => {
    const worker = await rig.ready('errors that it handles');
    worker.signal('SIGUSR2');
    await worker.prints('handled boom\n');
    await expect(ask(worker, '/now')).resolves.toMatchObject({ body: 'served' });
    expect(worker.kinds).toStrictEqual(['ready']);
    worker.signal('SIGTERM');
    expect(await worker.ends()).toBe(0);
  });

  it('does not take for an error of the program that the supervisor cannot be reached', async () => {
    const worker = await rig.ready('a broken channel');
    for (const code of ['EPIPE', 'ECONNRESET', 'ERR_IPC_CHANNEL_CLOSED']) {
      worker.signal('SIGUSR2');
      await worker.prints(`past ${code}`);
    }
    expect(worker.kinds).toStrictEqual(['ready']);
    worker.signal('SIGUSR2');
    expect(await worker.says('leaving')).toMatchObject({ detail: 'Error: write ENOBUFS' });
    expect(await worker.ends()).toBe(1);
  });

  it('says why its program fails at its start', async () => {
    const worker = await rig.start('an error at its start');
    expect(await worker.ends()).toBe(1);
    expect(worker.kinds).toStrictEqual(['leaving', 'bye']);
    expect(await worker.says('leaving')).toMatchObject({ reason: 'error', detail: 'Error: boom' });
  });

  it('says that its port is in use, and that no other would do better', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { readonly port: number };
    const worker = await rig.start('usual', {}, { port });
    expect(await worker.ends()).toBe(1);
    taken.close();
    expect(worker.kinds).toStrictEqual(['fatal']);
    const { detail } = await worker.says('fatal');
    expect(detail).toBe(`Error: bind EADDRINUSE 127.0.0.1:${port}`);
  });

  it.each(['before', 'after'])(
    'whose supervisor is gone, %s its drain has begun, ends what is in flight though it prints, and exits',
    async (when) => {
      const worker = await rig.ready('usual');
      const { answer } = await askSlowly(worker);
      if (when === 'after') {
        worker.signal('SIGTERM');
        await worker.prints('draining\n');
      }
      worker.abandon();
      expect(await answer).toStrictEqual(SERVED);
      expect(await worker.ends()).toBe(0);
    },
  );

  it('that stands by listens once it is activated', async () => {
    const worker = await rig.start('usual', { slot: undefined });
    await worker.says('loaded');
    await expect(ask(worker, '/now')).rejects.toThrow('ECONNREFUSED');
    worker.send({ holdfast: 'activate', slot: 5 });
    await worker.says('ready');
    await expect(ask(worker, '/now')).resolves.toMatchObject({ body: 'served' });
    worker.signal('SIGTERM');
    expect(await worker.ends()).toBe(0);
    expect(worker.kinds).toStrictEqual(['loaded', 'ready', 'leaving', 'bye']);
  });

  it('that stands by never listens where the server is closed before, or it has to go', async () => {
    const worker = await rig.start('closed before', { slot: undefined });
    await worker.prints('closed\n');
    worker.send({ holdfast: 'activate', slot: 5 });
    await sleep(100);
    worker.send({ holdfast: 'drain', reason: 'test', deadlineMs: 10_000 });
    expect(await worker.ends()).toBe(0);
    expect(worker.kinds).toStrictEqual(['loaded', 'bye']);
    expect(worker.output).not.toContain('listens');
  });

  it('has another take its place once its program has closed all its servers', async () => {
    const worker = await rig.ready('closed after');
    const { reason, detail } = await worker.says('leaving');
    expect([reason, detail]).toStrictEqual(['asked', 'no server listens any more']);
    expect(await worker.ends()).toBe(0);
    expect(worker.kinds).toStrictEqual(['ready', 'leaving', 'bye']);
  });

  it('is one alone: threads and children that inherit its environment are none', async () => {
    const worker = await rig.start('heirs');
    await worker.prints('a child: false undefined\n');
    await worker.prints('a thread: false undefined\n');
    worker.send({ holdfast: 'drain', reason: 'test', deadlineMs: 10_000 });
    expect(await worker.ends()).toBe(0);
    expect(worker.kinds).toStrictEqual(['bye']);
    const orphan = await rig.start('usual', { supervisorPid: 1 });
    await orphan.prints('slot undefined generation 0 false\n');
    orphan.signal('SIGTERM');
    expect(await orphan.ends(false)).toBe(0);
  });

  it('is ready when it is told to be, where that is asked for', async () => {
    const worker = await rig.start('told', { readyOn: 'told' });
    while ((await ask(worker, '/now').catch(() => undefined)) === undefined) await sleep(20);
    expect(worker.kinds).toStrictEqual([]);
    worker.signal('SIGUSR2');
    await worker.says('ready');
    worker.signal('SIGTERM');
    expect(await worker.ends()).toBe(0);
    expect(worker.kinds).toStrictEqual(['ready', 'leaving', 'bye']);
  });

  it('is not ready any more once it has to go', async () => {
    const worker = await rig.start('told', { readyOn: 'told' });
    while ((await ask(worker, '/now').catch(() => undefined)) === undefined) await sleep(20);
    const { answer } = await askSlowly(worker);
    worker.send({ holdfast: 'drain', reason: 'test', deadlineMs: 10_000 });
    worker.signal('SIGUSR2');
    await answer;
    expect(await worker.ends()).toBe(0);
    expect(worker.kinds).toStrictEqual(['bye']);
  });

  it.each(['it leaves', 'it drains'])(
    'where %s by itself has another take its place',
    async (how) => {
      const worker = await rig.ready(how);
      const { answer } = await askSlowly(worker);
      worker.signal('SIGUSR2');
      expect(await answer).toStrictEqual(SERVED);
      expect(await worker.ends()).toBe(0);
      expect(await worker.says('leaving')).toMatchObject({ reason: 'asked', detail: 'of no use' });
    },
  );

  it('whose program exits does so with the code of that', async () => {
    const worker = await rig.ready('an exit');
    worker.signal('SIGTERM');
    expect(await worker.ends()).toBe(3);
    expect(worker.kinds).not.toContain('bye');
  });

  it('tells what was cut at the deadline, and exits with 1, also without a goodbye', async () => {
    const worker = await rig.ready('usual');
    const never = ask(worker, '/never').catch((error: Error) => error.message);
    await ask(worker, '/now');
    worker.send({ holdfast: 'drain', reason: 'test', deadlineMs: 400 });
    expect(await never).toBe('socket hang up');
    expect(await worker.ends(false)).toBe(1);
    const { report } = await worker.says('bye');
    expect(report).toMatchObject({ clean: false });
    expect(report.open.slice(0, 2)).toStrictEqual(['1 request cut', '1 connection cut']);
  });
});
