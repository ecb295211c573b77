import createClient, { type Client } from 'openapi-fetch';
import { describe } from 'vitest';
import { wrapFetch, type WrapOptions } from '../../src/index.ts';
import { replayable } from './replayable.ts';
import { FOUR_FAIL, shows } from './shown.ts';

type Answers = { 200: { headers: Record<string, unknown>; content: { 'text/plain': string } } };
interface Order {
  readonly path: { readonly id: string };
}

/** As a generator writes it from an OpenAPI document. */
interface paths {
  '/orders/{id}': {
    get: { parameters: Order; responses: Answers };
    put: {
      parameters: Order;
      requestBody: { content: { 'application/json': object } };
      responses: Answers;
    };
  };
}

const resilientClient = (baseUrl: string, options: WrapOptions): Client<paths> =>
  createClient<paths>({ baseUrl, fetch: replayable(wrapFetch(fetch, options)) });

describe('a generated SDK (openapi-fetch) over wrapFetch', () => {
  shows((url) => {
    const client = resilientClient(url, { breaker: FOUR_FAIL, retry: { attempts: 2 } });
    const at = (path: string): { params: Order; parseAs: 'text' } => ({
      params: { path: { id: path.split('/').at(-1) ?? '' } },
      parseAs: 'text',
    });
    return {
      get: async (path, signal) => {
        const call = { ...at(path), ...(signal === undefined ? {} : { signal }) };
        return (await client.GET('/orders/{id}', call)).data ?? 'no data';
      },
      put: async (path, body) =>
        (await client.PUT('/orders/{id}', { ...at(path), body })).data ?? 'no data',
    };
  });
});
