import { fetch, request } from 'undici';
import { describe, expect, it } from 'vitest';
import { resilientAgent, wrapFetch, wrapRequest } from '../../src/index.ts';
import { afterTest } from '../origin.ts';
import { AT_ONCE } from './support/clients.ts';
import { answersWith } from './support/recorder.ts';

const MARKED = { ...AT_ONCE, attemptHeader: 'X-Attempt' };

/** Both layers, with or without the field; what the server saw of it. */
const attemptsThrough = async (
  retry: typeof AT_ONCE,
  ask: { method?: 'POST'; headers?: Record<string, string> } = {},
): Promise<Record<string, (string | string[] | undefined)[]>> => {
  const found: Record<string, (string | string[] | undefined)[]> = {};
  for (const kind of ['fetch', 'request'] as const) {
    const { url, seen } = await answersWith(503);
    const dispatcher = resilientAgent({ retry });
    afterTest(() => dispatcher.destroy());
    if (kind === 'fetch')
      await (await wrapFetch(fetch, { retry })(url, { ...ask, dispatcher })).text();
    else await (await wrapRequest(request, { retry })(url, { ...ask, dispatcher })).body.text();
    found[kind] = seen.map(({ headers }) => headers['x-attempt']);
  }
  return found;
};

describe('a wrapped call over an agent that repeats too', () => {
  it('is repeated by the outer layer alone where both use the field', async () => {
    const three = ['1', '2', '3'];
    expect(await attemptsThrough(MARKED)).toEqual({ fetch: three, request: three });
  });

  it('is repeated by both without it: nine attempts for one call', async () => {
    const nine = Array.from({ length: 9 }, () => undefined);
    expect(await attemptsThrough(AT_ONCE)).toEqual({ fetch: nine, request: nine });
  });

  it('is not repeated at all, nor marked anew, where somebody further out makes the attempts', async () => {
    const ask = { headers: { 'x-attempt': '2' } };
    expect(await attemptsThrough(MARKED, ask)).toEqual({ fetch: ['2'], request: ['2'] });
  });

  it('bears no mark where it may not be repeated', async () => {
    const ask = { method: 'POST' } as const;
    expect(await attemptsThrough(MARKED, ask)).toEqual({
      fetch: [undefined],
      request: [undefined],
    });
  });
});
