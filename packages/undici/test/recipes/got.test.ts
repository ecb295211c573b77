import { standardPipeline, type StandardPipeline, type TripRule } from '@holdfast/core';
import { isFailureStatus, RETRYABLE_STATUSES } from '@holdfast/core/http';
import got, { type Got, type Response } from 'got';
import { describe } from 'vitest';
import { FOUR_FAIL, shows } from './shown.ts';

const isResponse = (result: unknown): result is Response =>
  typeof result === 'object' && result !== null && 'statusCode' in result;

/** got has an http client of its own: the pipeline goes round its calls. */
const pipelineForGot = (trip?: TripRule): StandardPipeline =>
  standardPipeline({
    name: 'orders',
    retry: {
      attempts: 2,
      whenResult: (result) => isResponse(result) && RETRYABLE_STATUSES.includes(result.statusCode),
      delay: (ended) => (isResponse(ended) ? ended.headers['retry-after'] : undefined),
    },
    breaker: {
      trip,
      classify: (result) =>
        result.ok && isResponse(result.value) && !isFailureStatus(result.value.statusCode)
          ? 'success'
          : 'failure',
    },
  });

const orders = (prefixUrl: string): Got =>
  got.extend({
    prefixUrl,
    retry: { limit: 0 }, // one layer retries
    throwHttpErrors: false, // the pipeline looks at the status
  });

describe('got under standardPipeline', () => {
  shows((url) => {
    const api = orders(url);
    const pipeline = pipelineForGot(FOUR_FAIL.trip);
    return {
      get: async (path, signal) => {
        const call = (context: { signal: AbortSignal }): Promise<Response<string>> =>
          api.get(path.slice(1), { signal: context.signal });
        return (await pipeline.execute(call, { signal })).body;
      },
      put: async (path, json) =>
        (await pipeline.execute(({ signal }) => api.put(path.slice(1), { json, signal }))).body,
    };
  });
});
