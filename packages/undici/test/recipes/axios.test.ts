import { isFailureStatus, RETRYABLE_STATUSES } from '@holdfast/core/http';
import { standardPipeline, type StandardPipeline, type TripRule } from '@holdfast/core';
import axios, { type AxiosInstance } from 'axios';
import { describe } from 'vitest';
import { wrapFetch, type WrapOptions } from '../../src/index.ts';
import { replayable } from './replayable.ts';
import { FOUR_FAIL, shows, type RecipeClient } from './shown.ts';

const resilientAxios = (baseURL: string, options: WrapOptions): AxiosInstance =>
  axios.create({
    baseURL,
    adapter: 'fetch',
    env: { fetch: replayable(wrapFetch(fetch, options)) },
  });

/** The status that axios made an error of; undefined where no answer came. */
const statusOf = (error: unknown): number | undefined =>
  axios.isAxiosError(error) ? error.response?.status : undefined;

/** For axios's own adapter (proxies, agents, progress): the pipeline goes round the call. */
const pipelineForAxios = (trip?: TripRule): StandardPipeline =>
  standardPipeline({
    name: 'orders',
    retry: {
      attempts: 2,
      when: (error) => RETRYABLE_STATUSES.includes(statusOf(error) ?? 503),
      delay: (error) =>
        axios.isAxiosError(error) ? error.response?.headers['retry-after'] : undefined,
    },
    breaker: {
      trip,
      classify: (result) =>
        result.ok || !isFailureStatus(statusOf(result.error) ?? 503) ? 'success' : 'failure',
    },
  });

describe('axios over wrapFetch', () => {
  shows((url): RecipeClient => {
    const api = resilientAxios(url, { breaker: FOUR_FAIL, retry: { attempts: 2 } });
    return {
      get: async (path, signal) =>
        (await api.get<string>(path, signal === undefined ? {} : { signal })).data,
      put: async (path, body) => (await api.put<string>(path, body)).data,
    };
  });
});

describe('axios with its http adapter under standardPipeline', () => {
  shows((url): RecipeClient => {
    const api = axios.create({ baseURL: url, adapter: 'http' });
    const pipeline = pipelineForAxios(FOUR_FAIL.trip);
    return {
      get: async (path, signal) => {
        const call = (context: { signal: AbortSignal }) =>
          api.get<string>(path, { signal: context.signal });
        return (await pipeline.execute(call, { signal })).data;
      },
      put: async (path, body) =>
        (await pipeline.execute(({ signal }) => api.put<string>(path, body, { signal }))).data,
    };
  });
});
