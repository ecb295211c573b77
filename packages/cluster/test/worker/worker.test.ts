import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, it } from 'vitest';
import { Rig, type RiggedWorker } from './support/rig.ts';

const rig = new Rig();
afterAll(() => rig[Symbol.dispose]());

interface Answer {
  readonly body: string;
  readonly connection: string | undefined;
}

const ask = async (worker: RiggedWorker, path: string, agent?: Agent): Promise<Answer> => {
  const asking = request({ port: worker.port, host: '127.0.0.1', path, agent: agent ?? false });
  asking.end();
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  return { body: await text(response), connection: response.headers.connection };
};

/** A request that is on its way when this resolves, and answered after the drain has begun. */
const slowly = async (worker: RiggedWorker): Promise<{ readonly answer: Promise<Answer> }> => {
  const answer = ask(worker, '/slow');
  await worker.prints('slow\n');
  return { answer };
};

const SERVED: Answer = { body: 'served', connection: 'close' };

// Windows delivers none of these signals.
describe.skipIf(process.platform === 'win32').concurrent('a worker', { timeout: 30_000 }, () => {
  it('of a program that knows nothing of it is ready, drained and dismissed', async () => {
    const worker = await rig.ready('', {}, { app: 'plain.cjs' });
    using agent = idleAgent();
    await ask(worker, '/now', agent.agent);
    const slow = ask(worker, '/slow');
    await sleep(100);
    worker.send({ holdfast: 'drain', reason: 'test', deadlineMs: 2_000 });
    expect(await slow).toStrictEqual(SERVED);
    const { report } = await worker.says('bye');
    expect(report).toMatchObject({ clean: true, open: [] });
    await sleep(100);
    expect(worker.exit).toBeUndefined();
    expect(await worker.ends()).toBe(0);
    expect(worker.kinds).toStrictEqual(['ready', 'bye']);
    expect(worker.output).toMatch(/^main true undefined (?!.*boot)/);
  });
});
