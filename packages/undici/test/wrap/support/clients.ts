import { fetch as undiciFetch, FormData as UndiciFormData, request } from 'undici';
import { wrapFetch, wrapRequest, type CallPolicies, type WrapOptions } from '../../../src/index.ts';
import { afterTest } from '../../origin.ts';

/** What every kind of client can be asked. */
export interface Ask {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer | FormData | Blob | (() => string);
  readonly signal?: AbortSignal;
  readonly idempotent?: boolean;
}

export interface Reply {
  readonly status: number;
  text(): Promise<string>;
}

export interface Client {
  call(url: string, ask?: Ask): Promise<Reply>;
  /** undici takes its own forms only. */
  form(): FormData;
  policies(key: string): CallPolicies['policies'];
}

/** Repeats at once and without a budget, so that a test need not wait. */
export const AT_ONCE = {
  backoff: { kind: 'constant', baseMs: 0, jitter: 'none' },
  budget: false,
} as const;

const overFetch = (options: WrapOptions = {}): Client => {
  const fetch = wrapFetch(globalThis.fetch, { retry: AT_ONCE, ...options });
  afterTest(() => fetch.policies[Symbol.dispose]());
  return {
    call: (url, ask) => fetch(url, ask),
    form: () => new FormData(),
    policies: (key) => fetch.policies.get(key).policies,
  };
};

const undicisForm = (): FormData => new UndiciFormData();

const overUndicisFetch = (options: WrapOptions = {}): Client => {
  const fetch = wrapFetch(undiciFetch, { retry: AT_ONCE, ...options });
  afterTest(() => fetch.policies[Symbol.dispose]());
  return {
    call: (url, ask) => fetch(url, ask),
    form: undicisForm,
    policies: (key) => fetch.policies.get(key).policies,
  };
};

const overRequest = (options: WrapOptions = {}): Client => {
  const wrapped = wrapRequest(request, { retry: AT_ONCE, ...options });
  afterTest(() => wrapped.policies[Symbol.dispose]());
  return {
    call: async (url, ask) => {
      const { statusCode, body } = await wrapped(url, ask as Parameters<typeof wrapped>[1]);
      return { status: statusCode, text: () => body.text() };
    },
    form: undicisForm,
    policies: (key) => wrapped.policies.get(key).policies,
  };
};

/** Every kind of client that can be wrapped. */
export const CLIENTS: readonly (readonly [string, (options?: WrapOptions) => Client])[] = [
  ['wrapFetch over the global fetch', overFetch],
  ['wrapFetch over undici’s fetch', overUndicisFetch],
  ['wrapRequest', overRequest],
];
