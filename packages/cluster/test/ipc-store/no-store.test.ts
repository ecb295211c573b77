import { afterAll, expect, test } from 'vitest';
import { Rig } from '../worker/support/rig.ts';

const APP = { app: '../../ipc-store/fixtures/sharing.ts' };

const rig = new Rig();
afterAll(() => rig[Symbol.dispose]());

test('a program that shares a store tells at its start that its supervisor has none', async () => {
  const [without, withOne] = await Promise.all([
    rig.start('', { store: false }, APP),
    rig.start('', {}, APP),
  ]);
  const { detail } = await without.says('fatal');
  expect(detail).toContain('supervise({ store: false })');
  expect(await without.ends()).toBe(1);
  expect(without.output).toContain("code: 'HF_NO_STORE'");
  await withOne.prints('ipc\n');
  expect(withOne.output).not.toContain('Warning');
}, 30_000);
