import type { Answer, Attempt, Outgoing } from './calls.ts';
import { linkOf, type LinkedAbort } from './linked-abort.ts';
import { bodyMadeBy, madeHere, saidBy } from './outcome.ts';
import { fetchFailed, isRedirect, nextHop, type Hop } from './redirects.ts';
import { isReplayable } from './request.ts';
import { isHandedOver } from './upload-fault.ts';

/** What is read of a response. */
export interface FetchResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: { cancel(): Promise<void> } | null;
}

/** What is read of the options of a call. */
export interface FetchInit {
  readonly method?: string;
  readonly headers?: RequestInit['headers'];
  readonly body?: unknown;
  readonly redirect?: string;
  readonly integrity?: string;
  readonly signal?: AbortSignal | null;
}

/** Options of one call: those of the `fetch` that is wrapped, and two more. */
export type WrappedFetchInit<Init extends FetchInit> = Omit<Init, 'body'> & {
  /** A body, or a function that makes it anew for each attempt. */
  readonly body?: Init['body'] | (() => Init['body']);
  /** That the call may be sent twice, whatever its method. */
  readonly idempotent?: boolean | undefined;
};

const letGo = ({ body }: FetchResponse): void => void body?.cancel().catch(() => undefined);

const answerOf = <Response extends FetchResponse>(
  response: Response,
  link: LinkedAbort | undefined,
): Answer<Response> => ({
  response,
  statusCode: response.status,
  headers: {
    'retry-after': response.headers.get('retry-after') ?? undefined,
    date: response.headers.get('date') ?? undefined,
  },
  discard: () => {
    link?.unlink();
    letGo(response);
  },
});

/** One call of a `fetch`, whose parts may stand in a `Request` or in the options. */
export class FetchCall<Input, Init extends FetchInit, Response extends FetchResponse> {
  readonly outgoing: Outgoing;
  readonly #fetch: (input: Input, init?: Init) => Promise<Response>;
  readonly #input: Input;
  readonly #init: WrappedFetchInit<Init>;
  readonly #request: Request | undefined;
  readonly #url: URL;
  /** The body of the present attempt. */
  #sent: unknown = undefined;

  constructor(
    fetch: (input: Input, init?: Init) => Promise<Response>,
    input: Input,
    init: WrappedFetchInit<Init>,
  ) {
    // Called as a function and not as a method: some look at `this`.
    this.#fetch = (...call) => fetch(...call);
    this.#input = input;
    this.#init = init;
    this.#request = isRequest(input) ? input : undefined;
    this.#url = new URL(this.#request?.url ?? String(input));
    this.outgoing = this.#outgoing();
  }

  /** Makes one attempt. */
  async send(attempt: Attempt): Promise<Answer<Response>> {
    const link = linkOf(this.outgoing.signal, attempt.signal);
    try {
      const signal = link?.signal ?? attempt.signal;
      const response = await (attempt.added.length === 0 || this.#hasIntegrity
        ? this.#fetch(this.#input, this.#initWith({ body: this.#body(), signal }))
        : this.#sendMore(attempt.added, signal));
      link?.unlinkAfter(response.body);
      return answerOf(response, link);
    } catch (error) {
      link?.unlink();
      this.#blame(error);
      throw error;
    }
  }

  /** An error of a body that was handed over bit by bit is no word on the server. */
  #blame(error: unknown): void {
    if (isHandedOver(this.#sent ?? this.#request?.body)) blameUpload(error);
  }

  /** With fields of ours: they must not follow a redirect to another origin, so each hop is made here. */
  async #sendMore(added: Attempt['added'], signal: AbortSignal | undefined): Promise<Response> {
    const headers = this.#headers();
    for (const [name, value] of added) headers.set(name, value);
    const first = { headers, body: this.#body(), signal };
    if (this.#redirect !== 'follow') return this.#fetch(this.#input, this.#initWith(first));
    const ours = added.map(([name]) => name);
    let hop: Hop = { url: this.#url, method: this.#method, headers, withBody: true };
    let response = await this.#fetch(this.#input, this.#initWith({ ...first, redirect: 'manual' }));
    for (let hops = 1; ; hops++) {
      const location = response.headers.get('location');
      if (!isRedirect(response.status, location)) return redirected(response, hops > 1);
      letGo(response);
      hop = nextHop(hop, response.status, location, ours);
      response = await this.#fetch(...this.#follow(hop, hops, signal));
    }
  }

  #follow(hop: Hop, hops: number, signal: AbortSignal | undefined): [Input, Init] {
    const { method, headers, withBody } = hop;
    const cannot = withBody && !isReplayable(this.outgoing);
    if (cannot) throw fetchFailed('the body cannot be sent to a redirect');
    if (hops > MOST_HOPS) throw fetchFailed('too many redirects');
    const body = withBody ? this.#body() : undefined;
    const parts = { method, headers, body, signal, redirect: 'manual' };
    // What `fetch` takes as its first argument it takes as text too.
    return [hop.url.href as Input, this.#initWith(parts)];
  }

  get #redirect(): string {
    return this.#init.redirect ?? this.#request?.redirect ?? 'follow';
  }

  /** The body of a redirect would be held against it, so `fetch` has to follow, without fields of ours. */
  get #hasIntegrity(): boolean {
    const { integrity = this.#request?.integrity } = this.#init;
    return integrity !== undefined && integrity !== '' && this.#redirect === 'follow';
  }

  get #method(): string {
    const method = this.#init.method ?? this.#request?.method ?? 'GET';
    return NORMALIZED.has(method.toUpperCase()) ? method.toUpperCase() : method;
  }

  #headers(): Headers {
    const { headers } = this.#init;
    return new Headers(headers ?? this.#request?.headers);
  }

  #body(): unknown {
    const { body } = this.#init;
    this.#sent = isMaker(body) ? bodyMadeBy(body) : body;
    return this.#sent;
  }

  /** The options of one `fetch`: those of the caller, and what is ours in their place. */
  #initWith(parts: Record<string, unknown>): Init {
    const { body: _, idempotent: __, ...init } = this.#init;
    const there = Object.entries(parts).filter(([, value]) => value !== undefined);
    return { ...init, ...Object.fromEntries(there) } as unknown as Init;
  }

  #outgoing(): Outgoing {
    const { body, idempotent } = this.#init;
    const own = typeof body === 'function' ? null : (body ?? this.#request?.body ?? null);
    // null says that there is none, also where the `Request` has one.
    const signal = this.#init.signal === undefined ? this.#request?.signal : this.#init.signal;
    const path = this.#url.pathname + this.#url.search;
    return {
      origin: this.#url.origin,
      path,
      method: this.#method,
      headers: [...this.#headers()].flat(),
      body: own as Outgoing['body'] & null,
      ...(idempotent === undefined ? {} : { idempotent }),
      ...(signal === undefined || signal === null ? {} : { signal }),
    };
  }
}

/** As many as the Fetch standard allows. */
const MOST_HOPS = 20;

/** Methods that the Fetch standard writes in upper case; others are taken as they are. */
const NORMALIZED: ReadonlySet<string> = new Set([
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'POST',
  'PUT',
]);

/** Says of a response that redirects led to it, as `fetch` does; it cannot know where they are followed here. */
const redirected = <Response extends FetchResponse>(response: Response, yes: boolean): Response =>
  yes ? Object.defineProperty(response, 'redirected', { value: true }) : response;

/**
 * Errors of connections have a code, and one of the parser its name. What else there is came from the body,
 * or says that it cannot be sent a second time, to a redirect.
 */
const blameUpload = (error: unknown): void => {
  const said = saidBy(error);
  if (said instanceof Error && !('code' in said) && said.name !== 'HTTPParserError') madeHere(said);
};

const isMaker = (body: unknown): body is () => unknown => typeof body === 'function';

const isRequest = (input: unknown): input is Request =>
  typeof input === 'object' && input !== null && 'url' in input && 'method' in input;
