import type { Clock } from '@holdfast/core';
import { deadlinesOf, type Deadline, type KeyedRegistry } from '@holdfast/core/adapter';
import type { Dispatcher, request as undiciRequest } from 'undici';
import { Calls, type Answer, type Attempt, type CallPolicies, type Outgoing } from './calls.ts';
import type { DispatchOptions, Fields } from './exchange.ts';
import { linkOf } from './linked-abort.ts';
import { bodyMadeBy } from './outcome.ts';
import { stableRequest, withHeader } from './request.ts';
import { LONGEST_DRAIN_MS, MOST_DRAINED_BYTES } from './pause.ts';
import { destroyBody, isHandedOver, UploadFault } from './upload-fault.ts';
import { assertGiven, wrapSettingsOf, type WrapOptions } from './wrap-options.ts';

type Url = Parameters<typeof undiciRequest>[0];
type Body = NonNullable<DispatchOptions['body']> | null;
type Own = 'origin' | 'path' | 'method' | 'body' | 'signal';

/** Options of one call: undici's, with a body that may be a function that makes it for each attempt. */
export interface WrappedRequestOptions<Opaque = null> extends Omit<
  Dispatcher.RequestOptions<Opaque>,
  Own
> {
  readonly dispatcher?: Dispatcher;
  readonly method?: Dispatcher.HttpMethod;
  readonly body?: Body | (() => Body) | undefined;
  readonly signal?: AbortSignal | null | undefined;
}

/** `request` under policies; `policies` has those of each origin (or `key`). */
export type WrappedRequest = (<Opaque = null>(
  url: Url,
  options?: WrappedRequestOptions<Opaque>,
) => Promise<Dispatcher.ResponseData<Opaque>>) & {
  readonly policies: KeyedRegistry<CallPolicies>;
};

/** Fields by name; `responseHeaders: 'raw'` has undici give a list of names and values. */
const fieldsOf = (headers: Fields | readonly string[]): Fields => {
  if (!Array.isArray(headers)) return headers as Fields;
  const pairs = headers.flatMap((name, index) =>
    index % 2 === 0 ? [[String(name).toLowerCase(), String(headers[index + 1])] as const] : [],
  );
  return Object.fromEntries(pairs);
};

/** Reads what is left of a response for a while, so that its connection can be used again. */
const drain = (body: Dispatcher.ResponseData['body'], clock: Clock): void => {
  if (body.destroyed) return;
  const queue = deadlinesOf(clock);
  const patience: Deadline = {
    due: clock.now() + LONGEST_DRAIN_MS,
    position: -1,
    keepsAlive: false,
    fire: () => void body.destroy(),
  };
  queue.add(patience);
  body.once('close', () => queue.remove(patience));
  body.dump({ limit: MOST_DRAINED_BYTES }).catch(() => undefined);
};

const answerOf = <Response extends Dispatcher.ResponseData<unknown>>(
  response: Response,
  clock: Clock,
): Answer<Response> => ({
  response,
  statusCode: response.statusCode,
  headers: fieldsOf(response.headers),
  discard: () => drain(response.body, clock),
});

/** As undici reads a URL; parts of one are what `url.parse` gives. */
const urlOf = (url: Url): URL => {
  if (typeof url === 'string' || url instanceof URL) return new URL(url);
  const { protocol, hostname, port, pathname, search } = url;
  const host = `${hostname ?? ''}${port === undefined || port === null ? '' : `:${port}`}`;
  return new URL(`${pathname ?? ''}${search ?? ''}`, `${protocol ?? ''}//${host}`);
};

/** The call as the policies see it. */
const outgoingOf = (url: URL, options: WrappedRequestOptions<unknown>): Outgoing => {
  const { body, method, headers, idempotent, signal } = options;
  const made = typeof body === 'function';
  return stableRequest({
    origin: url.origin,
    path: url.pathname + url.search,
    method: method ?? (body ? 'PUT' : 'GET'),
    body: made ? null : (body ?? null),
    ...(headers === undefined ? {} : { headers }),
    ...(idempotent === undefined ? {} : { idempotent }),
    ...(signal === undefined || signal === null ? {} : { signal }),
  });
};

/** What one attempt passes to undici. */
const attemptOptions = <Opaque>(
  options: WrappedRequestOptions<Opaque>,
  outgoing: Outgoing,
  { added }: Attempt,
): NonNullable<Parameters<typeof undiciRequest<Opaque>>[1]> => {
  const { body, signal: _, headers: __, ...rest } = options;
  let sent: DispatchOptions = outgoing;
  for (const [name, value] of added) sent = withHeader(sent, name, value);
  return {
    ...rest,
    ...(sent.headers === undefined ? {} : { headers: sent.headers }),
    ...(body === undefined ? {} : { body: typeof body === 'function' ? bodyMadeBy(body) : body }),
  };
};

/** Undici hears no abort of a request that is queued in a pool (its issue 341): the caller need not wait. */
const untilAbort = <Response extends Dispatcher.ResponseData<unknown>>(
  sent: Promise<Response>,
  signal: AbortSignal,
): Promise<Response> =>
  new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason);
      sent.then(({ body }) => body.on('error', () => undefined).destroy()).catch(() => undefined);
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    const settled = (): void => signal.removeEventListener('abort', onAbort);
    sent.then(resolve, reject).finally(settled);
  });

/**
 * undici's `request` with the policies of `standard` round the whole call, where a dispatcher cannot be
 * had or a body has to be made anew for each attempt: `body: () => createReadStream(path)`. The order is
 * deadline → retry → circuit breaker → rate limit → bulkhead → timeout. A call is judged at the headers of
 * its response; what becomes of the body afterwards only an interceptor sees. Throws `TypeError` or
 * `RangeError` for a wrong option.
 */
export const wrapRequest = (
  request: typeof undiciRequest,
  options: WrapOptions = {},
): WrappedRequest => {
  assertGiven('request', request);
  const settings = wrapSettingsOf('wrapRequest', options);
  const calls = new Calls(settings);
  const wrapped = async <Opaque = null>(
    url: Url,
    given: WrappedRequestOptions<Opaque> = {},
  ): Promise<Dispatcher.ResponseData<Opaque>> => {
    const outgoing = outgoingOf(urlOf(url), given);
    const sent = calls.run(outgoing, async (attempt) => {
      const link = linkOf(outgoing.signal, attempt.signal);
      const upload = new UploadFault();
      const signal = link?.signal ?? attempt.signal;
      try {
        const asked = attemptOptions(given, outgoing, attempt);
        if (isHandedOver(asked.body)) asked.body = upload.watch(asked.body);
        const response = await (signal === undefined
          ? request(url, asked)
          : untilAbort(request(url, { ...asked, signal }), signal));
        link?.settled();
        response.body.once('close', () => link?.unlink());
        return answerOf(response, settings.clock);
      } catch (error) {
        link?.unlink();
        upload.fail(error);
        throw error;
      } finally {
        upload.stop();
      }
    });
    return sent.catch((error: unknown) => {
      destroyBody(given.body); // one that was refused never came to undici
      throw error;
    });
  };
  return Object.assign(wrapped, { policies: calls.policies });
};
