import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** Answers with fields whose order, case and repetition a careless layer would lose. */
export const everyField: RequestListener = (_, response) => {
  response.writeHead(
    200,
    'Fine And Dandy',
    [
      ['X-Zebra', '1'],
      ['Content-Type', 'application/json'],
      ['x-lower', 'a'],
      ['X-Repeated', 'one'],
      ['X-REPEATED', 'two'],
      ['Set-Cookie', 'a=1; Path=/'],
      ['Set-Cookie', 'b=2; HttpOnly'],
      ['X-Latin', 'caf\u00e9'],
      ['X-Empty', ''],
    ].flat(),
  );
  response.end('{"paid":true}');
};

/** Answers with the request's own body. */
export const echo: RequestListener = (request, response) => {
  response.writeHead(200, { 'content-type': request.headers['content-type'] ?? 'text/plain' });
  request.pipe(response);
};

/** Answers once all of the request is here, as a server does that parses it first. */
export const afterBody =
  (
    answer: (body: Buffer, request: IncomingMessage, response: ServerResponse) => unknown,
  ): RequestListener =>
  (request, response) => {
    buffer(request).then(
      (body) => answer(body, request, response),
      () => response.destroy(),
    );
  };

/** Answers 200 with a body. */
export const ok =
  (body: string | Buffer = 'paid'): RequestListener =>
  (request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/plain' }).end(body);
  };
