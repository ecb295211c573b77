import { request, type Agent, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';

/** How long anybody in the tour waits for an answer before it counts as lost. */
const PATIENCE_MS = 4_000;

/** What a client was told; status 0 where it was told nothing. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly tookMs: number;
  /** Whether the connection had served another request before. */
  readonly reused: boolean;
}

export interface Question {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly agent?: Agent | undefined;
  /** Its abort is a client who leaves. */
  readonly signal?: AbortSignal;
}

const NOTHING = { status: 0, headers: {}, body: '', reused: false };

/** Asks once, and on a connection of its own unless there is an agent. Never rejects. */
export const ask = async (url: string, question: Question = {}): Promise<Answer> => {
  const { method = 'GET', agent, body, signal } = question;
  const begun = performance.now();
  const headers = { ...question.headers, 'content-type': 'application/json' };
  const patience = AbortSignal.timeout(PATIENCE_MS);
  const outgoing = request(url, {
    method,
    headers,
    agent: agent ?? false,
    signal: signal === undefined ? patience : AbortSignal.any([signal, patience]),
  });
  const told = new Promise<Omit<Answer, 'tookMs'>>((resolve) => {
    outgoing.once('error', () => resolve(NOTHING));
    outgoing.once('response', (response) => {
      const { statusCode = 0, headers: fields } = response;
      text(response).then(
        (content) =>
          resolve({
            status: statusCode,
            headers: fields,
            body: content,
            reused: outgoing.reusedSocket,
          }),
        () => resolve(NOTHING),
      );
    });
  });
  outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  return { ...(await told), tookMs: performance.now() - begun };
};

/** When a refusal says to come back, in seconds; NaN where it does not. */
export const retryAfter = ({ headers }: Answer): number => Number(headers['retry-after']);

export const having = (answers: readonly Answer[], status: number): readonly Answer[] =>
  answers.filter((answer) => answer.status === status);

/** The slowest of these answers, in whole milliseconds. */
export const slowest = (answers: readonly Answer[]): number =>
  Math.round(Math.max(0, ...answers.map(({ tookMs }) => tookMs)));
