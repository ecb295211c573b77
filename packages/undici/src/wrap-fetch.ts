import type { KeyedRegistry } from '@holdfast/core/adapter';
import { Calls, type CallPolicies } from './calls.ts';
import {
  FetchCall,
  type FetchInit,
  type FetchResponse,
  type WrappedFetchInit,
} from './fetch-call.ts';
import { assertGiven, wrapSettingsOf, type WrapOptions } from './wrap-options.ts';

/** `fetch` under policies; `policies` has those of each origin (or `key`). */
export type WrappedFetch<Input, Init extends FetchInit, Response> = ((
  input: Input,
  init?: WrappedFetchInit<Init>,
) => Promise<Response>) & { readonly policies: KeyedRegistry<CallPolicies> };

/**
 * A `fetch` with the policies of `standard` round the whole call, where a dispatcher cannot be had or
 * bodies have to be sent again, for whatever takes a `fetch`: SDKs, ky, axios. It takes what the
 * `fetch` that is wrapped takes, and `body: () => …` and `idempotent: true` too; a stream that is no
 * function's, or the body of a `Request`, is sent once. The order is deadline → retry → circuit breaker →
 * rate limit → bulkhead → timeout. A call is judged at the headers of its response; what becomes of the
 * body afterwards only an interceptor sees. Fields that we add are left out on a redirect to another
 * origin, and of calls with `integrity`; a `dispatcher` that a `Request` was given does not go along with
 * such a redirect (give it in the options). Throws `TypeError` or `RangeError` for a wrong option.
 */
export const wrapFetch = <Input, Init extends FetchInit, Response extends FetchResponse>(
  fetch: (input: Input, init?: Init) => Promise<Response>,
  options: WrapOptions = {},
): WrappedFetch<Input, Init, Response> => {
  assertGiven('fetch', fetch);
  const calls = new Calls(wrapSettingsOf('wrapFetch', options));
  const wrapped = async (input: Input, init?: WrappedFetchInit<Init>): Promise<Response> => {
    const call = new FetchCall(fetch, input, init ?? ({} as WrappedFetchInit<Init>));
    return calls.run(call.outgoing, (attempt) => call.send(attempt));
  };
  return Object.assign(wrapped, { policies: calls.policies });
};
