import { clockOf } from '@holdfast/core/adapter';
import type { RedisDriver } from '../../src/index.ts';
import { KeyNames } from '../../src/key-names.ts';
import { RawStore } from '../../src/raw-store.ts';
import { SCRIPTS, type Scripts } from '../../src/scripts/scripts.ts';

export const KEY_SECRET = 'sixteen bytes or more';

/** Names as every store of these tests has them. */
export const namesOfTests = (): KeyNames => new KeyNames('hf', Buffer.from(KEY_SECRET));

/** A store without its guard, so that what is seen is what the client and the server do. */
export const rawStore = (driver: RedisDriver, scripts: Scripts = SCRIPTS): RawStore =>
  new RawStore({
    name: 'redis',
    driver,
    names: namesOfTests(),
    scripts,
    clock: clockOf(undefined),
  });
