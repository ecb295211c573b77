import { expect, it } from 'vitest';
import { programOf } from '../../src/supervisor/program-settings.ts';
import { messageOf } from './support/message-of.ts';
import { VirtualCluster } from './support/virtual-cluster.ts';

const cycle: object[] = [];
cycle.push({ cycle });

it.each([
  ['a bigint', 1n, 'option "data" is 1;'],
  ['a bigint further in', { price: [2n] }, 'option "data" is an object;'],
  ['a cycle', cycle, 'option "data" is an array;'],
])('data that JSON cannot carry is a wrong argument: %s', async (_what, data, message) => {
  const { supervisor } = new VirtualCluster();
  const wrong = {
    name: 'TypeError',
    code: 'HF_INVALID_OPTION',
    message: `${message} allowed: what JSON can carry: no bigint, no cycle`,
    cause: expect.any(TypeError),
  };
  expect(() => supervisor.broadcast('prices', data)).toThrow(expect.objectContaining(wrong));
  await expect(supervisor.request(0, 'prices', data)).rejects.toMatchObject(wrong);
});

it('data that JSON carries in part is sent', async () => {
  const cluster = new VirtualCluster();
  await cluster.start(1);
  const data = [new Map([[1, 2]]), Number.NaN, () => 1, undefined];
  cluster.supervisor.broadcast('prices', data);
  cluster.supervisor.broadcast('prices');
  const asked = messageOf(cluster.supervisor.request(0, 'prices', data));
  expect(cluster.launcher.processes[0]?.received).toMatchObject([
    { holdfast: 'message', data },
    { holdfast: 'message', data: undefined },
    { holdfast: 'request', data },
  ]);
  await cluster.until(cluster.supervisor.stop());
  await asked;
});

it.each([
  [{ env: { A: 5 } }, 'option "env.A" is 5; allowed: a string'],
  [{ args: [null] }, 'option "args" is null; allowed: a string'],
  [{ execArgv: [1] }, 'option "execArgv" is 1; allowed: a string'],
  [{ exec: '' }, 'option "exec" is ""; allowed: a non-empty string'],
])('a wrong option says all that is allowed: %j', (options, message) => {
  const given = { exec: 'server.js', ...options };
  expect(() => Reflect.apply(programOf, undefined, [given])).toThrow(message);
  const empty = { exec: 'server.js', args: [''], execArgv: [''], env: { A: '', B: undefined } };
  expect(programOf(empty)).toMatchObject({ args: [''], execArgv: [''], env: { A: '' } });
});
