import { key } from '@holdfast/core/stateless';
import { expect, test, vi } from 'vitest';
import { FakeDriver, reply } from './support/fake-driver.ts';
import { rawStore } from './support/stores.ts';

const SERVER = 1_700_000_000_000;
const TAKE = { unitsPerMs: 1, burst: 10, want: 1 };

test('a driver that throws where it should tell about the server fails no operation', async () => {
  const driver = new FakeDriver(
    () => reply(SERVER),
    () => reply(SERVER, 1, 9, 0, 1, 1),
  );
  const infos = vi.spyOn(driver, 'infos').mockImplementation(() => {
    throw new Error('not mine');
  });
  const taken = await rawStore(driver).take(key('limit', 'a'), TAKE, { deadlineMs: 2_000 });
  expect(taken).toMatchObject({ units: 1, remaining: 9 });
  expect(infos).toHaveBeenCalledOnce();
});

test('a driver that cannot listen says so to each who watches', async () => {
  const store = rawStore(new FakeDriver());
  const watch = (): unknown => store.watch(key('lock', 'a'), () => undefined);
  expect(watch).toThrow('nobody listens here');
  expect(watch).toThrow('nobody listens here');
  await store[Symbol.asyncDispose]();
});
