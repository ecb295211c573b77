import type { ServerResponse } from 'node:http';
import { createGzip, gzip } from 'node:zlib';
import { expect } from 'vitest';
import type { Layer } from '../../conformance/rig.ts';
import type { Handler, SessionScenario, Stage } from '../stage.ts';

type Method = (...given: unknown[]) => unknown;

/** How a response was before somebody put hooks into it. */
const plainOf = (response: ServerResponse): Record<'writeHead' | 'write' | 'end', Method> => ({
  writeHead: response.writeHead.bind(response) as Method,
  write: response.write.bind(response) as Method,
  end: response.end.bind(response) as Method,
});

/** Sets what `writeHead` is given, and what a compressed answer says of itself. */
const describeGzip = (response: ServerResponse, fields: unknown): void => {
  for (const [name, value] of Object.entries(Object(fields) as Record<string, string>))
    response.setHeader(name, value);
  response.removeHeader('Content-Length');
  response.setHeader('Content-Encoding', 'gzip');
};

/** Sends the head at once and the body through a stream, as `compression` does; its end comes later. */
const streaming = (response: ServerResponse): void => {
  const plain = plainOf(response);
  const stream = createGzip();
  let ended = false;
  const begin = (): void => {
    if (!response.headersSent) response.writeHead(response.statusCode);
  };
  Object.assign(response, {
    writeHead: (status: number, fields?: unknown) => {
      describeGzip(response, fields);
      return plain.writeHead(status);
    },
    write: (chunk: string | Uint8Array, encoding?: BufferEncoding) => {
      begin();
      return stream.write(Buffer.from(chunk as string, encoding));
    },
    end: (chunk?: string | Uint8Array, encoding?: BufferEncoding) => {
      if (ended) return response;
      ended = true;
      begin();
      stream.end(chunk === undefined ? undefined : Buffer.from(chunk as string, encoding));
      return response;
    },
  });
  stream.on('data', (chunk) => plain.write(chunk));
  stream.on('end', () => plain.end());
};

/** Keeps everything back until the end, and even then for a while. */
const collecting = (response: ServerResponse): void => {
  const plain = plainOf(response);
  const chunks: Buffer[] = [];
  let out: Buffer | undefined;
  const collect = (chunk: unknown, encoding?: unknown): void => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array)
      chunks.push(Buffer.from(chunk as string, encoding as BufferEncoding));
  };
  Object.assign(response, {
    writeHead: (status: number, fields?: unknown) => {
      response.statusCode = status;
      describeGzip(response, fields);
      return out === undefined ? response : plain.writeHead(status);
    },
    write: (chunk: unknown, encoding?: unknown) => {
      collect(chunk, encoding);
      return true;
    },
    end: (chunk?: unknown, encoding?: unknown) => {
      collect(chunk, encoding);
      gzip(Buffer.concat(chunks), (_, zipped) => {
        out = zipped;
        plain.end(zipped);
      });
      return response;
    },
  });
};

interface Seen {
  readonly status: number;
  readonly text: string;
  readonly encoding: string | null;
  readonly cookie: string | undefined;
}

/** By a client that unpacks. */
const ask = async ({ world }: Stage, path: string, cookie?: string): Promise<Seen> => {
  const headers = { connection: 'close', ...(cookie === undefined ? {} : { cookie }) };
  const response = await fetch(`http://127.0.0.1:${world.port}${path}`, { headers });
  const [own] = response.headers.getSetCookie();
  return {
    status: response.status,
    encoding: response.headers.get('content-encoding'),
    cookie: own?.split(';', 1)[0],
    text: await response.text(),
  };
};

const WAYS: readonly (readonly [title: string, handler: Handler])[] = [
  ['text', (_, { text }) => text('all is well')],
  [
    'writes',
    (_, exchange) => {
      const response = exchange.raw();
      response.write('all is ');
      response.end('well');
    },
  ],
  [
    'writes of a length that was told',
    (_, exchange) => {
      const response = exchange.raw();
      response.setHeader('Content-Length', 11);
      response.write('all is ');
      response.write('well');
      response.end();
    },
  ],
];

const compresses = (
  kind: string,
  compress: (response: ServerResponse) => void,
): readonly SessionScenario[] =>
  WAYS.map(([title, answer]) => ({
    title: `behind a compression (${kind}) an answer of ${title} is saved, told and readable`,
    only: 'http1',
    run: async (stage) => {
      const layer: Layer = stage.world.rig.onEntry(({ response }) => compress(response));
      const change: Handler = (session, exchange) => {
        session.data['n'] = 1;
        return answer(session, exchange);
      };
      await stage.serve({ '/': change }, { guards: [layer, stage.sessions()] });
      const seen = await ask(stage, '/');
      expect(seen).toMatchObject({ status: 200, encoding: 'gzip', text: 'all is well' });
      expect(JSON.parse((await ask(stage, '/see', seen.cookie)).text)).toEqual({
        state: 'loaded',
        n: 1,
      });
    },
  }));

const answersFor = (
  kind: string,
  compress: (response: ServerResponse) => void,
): SessionScenario => ({
  title: `behind a compression (${kind}) what could not be saved is a readable 503`,
  only: 'http1',
  run: async (stage) => {
    const layer: Layer = stage.world.rig.onEntry(({ response }) => compress(response));
    const lose: Handler = ({ data }, { text }) => {
      data['n'] = 1;
      stage.store.lose();
      text('all is well');
    };
    await stage.serve({ '/': lose }, { guards: [layer, stage.sessions()] });
    const lost = await ask(stage, '/');
    expect(lost).toMatchObject({ status: 503, encoding: 'gzip', cookie: undefined });
    expect(JSON.parse(lost.text)).toMatchObject({ status: 503 });
  },
});

export const COMPRESSION_SCENARIOS: readonly SessionScenario[] = [
  ...compresses('streaming', streaming),
  ...compresses('collecting', collecting),
  answersFor('streaming', streaming),
  answersFor('collecting', collecting),
];
