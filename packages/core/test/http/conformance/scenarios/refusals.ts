import { expect } from 'vitest';
import { isRejection } from '../../../../src/index.ts';
import type { RejectionAnswer, Rejection } from '../../../../src/http/inbound/types.ts';
import type { Answer } from '../answer-reader.ts';
import type { Layer } from '../rig.ts';
import type { Scenario } from '../run-scenario.ts';
import type { World } from '../world.ts';
import { expectProblem, expectRetryAfter } from './guarded.ts';
import { REFUSERS, type Refuser } from './refusers.ts';

interface Asking {
  /** Options beside those that make it refuse. */
  readonly more?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly outer?: readonly Layer[];
}

/** Sends one request to an app that refuses it, and answers with what came. */
const refusedBy = async (refuser: Refuser, world: World, asking: Asking = {}): Promise<Answer> => {
  let calls = 0;
  const { handler, headers } = refuser;
  await world.serve({
    outer: asking.outer ?? [],
    guards: [refuser.layer(world, asking.more)],
    routes: { '/': (exchange) => (handler === undefined ? calls++ : handler(exchange)) },
  });
  const client = await world.client();
  const answer = await client.get('/', { headers: { ...headers, ...asking.headers } });
  world.release();
  expect(calls).toBe(0);
  return answer;
};

const inFull = (refuser: Refuser): Scenario => ({
  title: `${refuser.by} answers ${refuser.status} with a problem, and keeps the connection`,
  run: async (world) => {
    const answer = await refusedBy(refuser, world);
    expectProblem(answer, refuser.status, refuser.type);
    if (refuser.retryAfter) expectRetryAfter(answer, 70);
    else expect(answer.headers).not.toHaveProperty('retry-after');
    expect(answer.headers['connection']).toBe('keep-alive');
  },
});

const inText = (refuser: Refuser): Scenario => ({
  title: `${refuser.by} answers in plain text where that is asked for`,
  run: async (world) => {
    const answer = await refusedBy(refuser, world, { headers: { Accept: 'text/plain' } });
    expect(answer).toMatchObject({ status: refuser.status, complete: true });
    expect(answer.headers['content-type']).toMatch(/^text\/plain/u);
    expect(answer.body).not.toMatch(/[{}<>]/u);
    expect(answer.body.length).toBeGreaterThan(10);
  },
});

const keepsFields = (refuser: Refuser): Scenario => ({
  title: `${refuser.by} keeps the fields that middleware in front of it has set`,
  run: async (world) => {
    const cors = world.rig.onEntry(({ header }) => {
      header('Access-Control-Allow-Origin', 'https://shop.example');
      header('Vary', 'Origin');
    });
    const { headers } = await refusedBy(refuser, world, { outer: [cors] });
    expect(headers).toMatchObject({
      'access-control-allow-origin': 'https://shop.example',
      vary: 'Origin',
    });
  },
});

const ownAnswer = (refuser: Refuser): Scenario => ({
  title: `${refuser.by} lets its owner write another answer`,
  run: async (world) => {
    const heard: [Rejection, unknown][] = [];
    const onReject = (rejection: Rejection, ...subject: unknown[]): RejectionAnswer => {
      heard.push([rejection, world.rig.requestOf(subject).url]);
      return { status: 418, headers: { 'X-Own': 'yes' }, body: 'short and stout' };
    };
    const answer = await refusedBy(refuser, world, { more: { onReject } });
    expect(answer).toMatchObject({ status: 418, body: 'short and stout', complete: true });
    expect(answer.headers).toMatchObject({ 'x-own': 'yes', 'cache-control': 'no-store' });
    const [[rejection, url] = []] = heard;
    expect({ count: heard.length, url }).toEqual({ count: 1, url: '/' });
    expect(rejection).toMatchObject({ status: refuser.status, error: { code: refuser.code } });
    expect(isRejection(rejection?.error)).toBe(true);
  },
});

const CIRCUIT = REFUSERS[0] as Refuser;

const accepting = (accept: string, type: RegExp): Scenario => ({
  title: `a client who accepts "${accept}" is refused in ${type.source}`,
  run: async (world) => {
    const { headers } = await refusedBy(CIRCUIT, world, { headers: { Accept: accept } });
    expect(headers['content-type']).toMatch(type);
  },
});

interface Expected extends Partial<Omit<Answer, 'headers'>> {
  /** Undefined for one that may not be there. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** What the process is warned of. */
  readonly warning?: RegExp;
}

const answering = (title: string, onReject: () => unknown, expected: Expected): Scenario => ({
  title,
  run: async (world) => {
    const { headers, ...rest } = await refusedBy(CIRCUIT, world, { more: { onReject } });
    const { headers: fields = {}, warning, ...others } = expected;
    if (warning !== undefined) world.expectWarning(warning);
    expect(rest).toMatchObject(others);
    for (const [name, value] of Object.entries(fields)) expect(headers[name]).toBe(value);
  },
});

export const REFUSAL_SCENARIOS: readonly Scenario[] = [
  ...REFUSERS.flatMap((refuser) => [
    inFull(refuser),
    inText(refuser),
    keepsFields(refuser),
    ownAnswer(refuser),
  ]),
  accepting('*/*', /problem\+json/u),
  accepting('text/html, text/*;q=0.5', /text\/plain/u),
  accepting('application/problem+json, text/plain;q=0.9', /problem\+json/u),
  accepting('text/plain;q=x;;,,', /problem\+json|text\/plain/u),
  answering('an answer of one’s own may be an object', () => ({ body: { sorry: true } }), {
    status: 503,
    body: '{"sorry":true}',
    headers: { 'content-type': 'application/json' },
  }),
  answering('an answer of one’s own may be bytes', () => ({ body: Buffer.from('bytes') }), {
    status: 503,
    body: 'bytes',
    headers: { 'content-length': '5' },
  }),
  answering('an answer of one’s own may be empty', () => ({ status: 503, body: '' }), {
    status: 503,
    body: '',
    complete: true,
  }),
  answering('who has no answer of one’s own gets the usual one', () => undefined, {
    status: 503,
    headers: { 'content-type': 'application/problem+json' },
  }),
  answering(
    'who throws instead of an answer gets the usual one',
    () => {
      throw new Error('in onReject');
    },
    {
      status: 503,
      headers: { 'content-type': 'application/problem+json' },
      warning: /in onReject/u,
    },
  ),
  answering('an answer of one’s own of 204 has no body', () => ({ status: 204, body: 'none' }), {
    status: 204,
    body: '',
    headers: { 'content-length': undefined },
  }),
  answering(
    'fields of one’s own take the place of the usual ones, however they are written',
    () => ({
      headers: { 'retry-after': '7', 'CONTENT-TYPE': 'text/html', 'cache-control': 'private' },
    }),
    { headers: { 'retry-after': '7', 'content-type': 'text/html', 'cache-control': 'private' } },
  ),
  answering(
    'an answer of one’s own that cannot be written gives way to the usual one',
    () => ({ headers: { 'X-Bad': 'line\r\nbreak' } }),
    { status: 503, headers: { 'content-type': 'application/problem+json' }, warning: /onReject/u },
  ),
  {
    title: 'what a handler has prepared of its answer is not sent with the answer in its stead',
    run: async (world) => {
      const guards = [world.pieces.timeout({ timeoutMs: 20 })];
      await world.serve({
        guards,
        routes: {
          '/': ({ header }) => {
            header('Content-Encoding', 'gzip');
            header('ETag', '"1"');
            header('Cache-Control', 'max-age=60');
            return new Promise(() => undefined);
          },
        },
      });
      const answer = await (await world.client()).get('/');
      expect(answer.headers).not.toHaveProperty('content-encoding');
      expect(answer.headers).not.toHaveProperty('etag');
      expect(answer.headers['cache-control']).toBe('no-store');
    },
  },
];
