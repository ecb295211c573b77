import ky, { type KyInstance } from 'ky';
import { describe } from 'vitest';
import { wrapFetch, type WrapOptions } from '../../src/index.ts';
import { replayable } from './replayable.ts';
import { FOUR_FAIL, shows } from './shown.ts';

const resilientKy = (baseUrl: string, options: WrapOptions): KyInstance =>
  ky.create({
    baseUrl,
    fetch: replayable(wrapFetch(fetch, options)),
    retry: 0, // one layer retries
    timeout: false, // and one has the time
  });

describe('ky over wrapFetch', () => {
  shows((url) => {
    const api = resilientKy(url, { breaker: FOUR_FAIL, retry: { attempts: 2 } });
    return {
      get: (path, signal) => api.get(path, signal === undefined ? {} : { signal }).text(),
      put: (path, json) => api.put(path, { json }).text(),
    };
  });
});
