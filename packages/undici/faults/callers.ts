import { Readable, Writable } from 'node:stream';
import { fetch, pipeline, request, stream, upgrade, type Dispatcher } from 'undici';

/** The ways to make a call that each fault is done to. */
export const APIS = ['request', 'stream', 'pipeline', 'fetch', 'global fetch'] as const;

export type Api = (typeof APIS)[number] | 'upgrade' | 'connect';

/** One call, and what its caller wants to hear of it. */
export interface Order {
  readonly url: string;
  readonly dispatcher: Dispatcher;
  readonly method?: Dispatcher.HttpMethod;
  readonly headers?: Readonly<Record<string, string>>;
  /** `'stream'` sends the same bytes in a way that cannot be repeated. */
  readonly body?: string;
  readonly streamed?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** The final response has begun. */
  readonly onHeaders: (status: number) => void;
  readonly onChunk: (text: string) => void;
}

type Caller = (order: Order) => Promise<void>;

const bodyOf = ({ body, streamed }: Order): string | Readable | null =>
  body !== undefined && streamed === true ? Readable.from([body]) : (body ?? null);

const read = async (order: Order, body: AsyncIterable<Uint8Array>): Promise<void> => {
  for await (const chunk of body) order.onChunk(Buffer.from(chunk).toString());
};

const optionsOf = (order: Order) => ({
  dispatcher: order.dispatcher,
  method: order.method ?? ('GET' as const),
  headers: { ...order.headers },
  body: bodyOf(order),
  signal: order.signal ?? null,
});

const byRequest: Caller = async (order) => {
  const { statusCode, body } = await request(order.url, optionsOf(order));
  order.onHeaders(statusCode);
  await read(order, body);
};

const byStream: Caller = async (order) => {
  await stream(order.url, optionsOf(order), ({ statusCode }) => {
    order.onHeaders(statusCode);
    return new Writable({
      write(chunk: Buffer, _encoding, done) {
        order.onChunk(chunk.toString());
        done();
      },
    });
  });
};

/** The body of a pipeline is whatever is written to it: a stream, and never sent twice. */
const byPipeline: Caller = async (order) => {
  const { body: _, ...options } = optionsOf(order);
  const duplex = pipeline(order.url, options, ({ statusCode, body }) => {
    order.onHeaders(statusCode);
    return body;
  });
  duplex.end(order.body);
  await read(order, duplex);
};

interface FetchOptions {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string | null;
  readonly signal: AbortSignal | null;
}

interface FetchAnswer {
  readonly status: number;
  readonly body: AsyncIterable<Uint8Array> | null;
}

const byFetch =
  (
    call: (url: string, options: FetchOptions & { dispatcher: Dispatcher }) => Promise<FetchAnswer>,
  ): Caller =>
  async (order) => {
    const options = { ...optionsOf(order), body: order.body ?? null };
    const { status, body } = await call(order.url, options);
    order.onHeaders(status);
    if (body !== null) await read(order, body);
  };

const byUpgrade: Caller = async (order) => {
  const { dispatcher, signal } = order;
  const options = { dispatcher, protocol: 'echo', signal: signal ?? null };
  const { socket } = await upgrade(order.url, options);
  order.onHeaders(101);
  socket.on('error', () => undefined).destroy();
};

const byConnect: Caller = async (order) => {
  const { dispatcher, signal } = order;
  const { origin, pathname } = new URL(order.url);
  const path = `${pathname.slice(1).replaceAll('/', '.')}:80`;
  const { statusCode, socket } = await dispatcher.connect({ origin, path, signal: signal ?? null });
  order.onHeaders(statusCode);
  socket.on('error', () => undefined).destroy();
};

/** Node's own types of `fetch` know only the dispatchers of its own undici. */
const globalFetch: (url: string, options: object) => Promise<FetchAnswer> = globalThis.fetch;

export const CALLERS: Readonly<Record<Api, Caller>> = {
  request: byRequest,
  stream: byStream,
  pipeline: byPipeline,
  fetch: byFetch((url, options) => fetch(url, options)),
  'global fetch': byFetch(globalFetch),
  upgrade: byUpgrade,
  connect: byConnect,
};

const fieldOf = (error: unknown, field: 'cause' | 'code' | 'name'): unknown =>
  typeof error === 'object' && error !== null ? Reflect.get(error, field) : undefined;

/** An error as the matrix names it: by its code, or that of its cause as `fetch` has it, or its name. */
export const codeOf = (error: unknown): string => {
  for (const each of [error, fieldOf(error, 'cause')]) {
    const code = fieldOf(each, 'code');
    if (typeof code === 'string') return code;
  }
  const name = fieldOf(fieldOf(error, 'cause') ?? error, 'name');
  return typeof name === 'string' ? name : String(error);
};
