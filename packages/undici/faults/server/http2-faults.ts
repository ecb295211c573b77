import { constants, type ServerHttp2Stream } from 'node:http2';

/** What is done to an HTTP/2 request; `nth` counts those of its path, from 1. */
export type StreamFault = (stream: ServerHttp2Stream, nth: number) => void;

const A_MOMENT_MS = 25;

const soon = (action: () => void): void => void setTimeout(action, A_MOMENT_MS);

const answer =
  (status: number, text: string): StreamFault =>
  (stream) => {
    stream.respond({ ':status': status, 'content-type': 'text/plain' });
    stream.end(text);
  };

/** Good headers and a first part of the body; then something else. */
const halfway =
  (then: StreamFault): StreamFault =>
  (stream, nth) => {
    stream.respond({ ':status': 200 });
    stream.write('paid', () => soon(() => then(stream, nth)));
  };

const rst =
  (code: number): StreamFault =>
  (stream) =>
    stream.close(code);

const kill: StreamFault = (stream) => {
  const { session } = stream;
  if (session !== undefined) session.destroy();
};

/** Tells the client that nothing was or will be looked at, and that it may try elsewhere. */
const turnAway: StreamFault = ({ session }) => {
  session?.goaway(constants.NGHTTP2_NO_ERROR, 0);
  soon(() => session?.destroy());
};

const once =
  (fault: StreamFault): StreamFault =>
  (stream, nth) =>
    (nth === 1 ? fault : answer(200, 'paid'))(stream, nth);

/** What happens to an HTTP/2 request, by the first part of its path. */
export const HTTP2_FAULTS: Readonly<Record<string, StreamFault>> = {
  'h2-200': answer(200, 'paid'),
  'h2-503': answer(503, 'busy'),
  'h2-503-once': once(answer(503, 'busy')),
  'h2-goaway-answered': (stream) => {
    answer(200, 'paid')(stream, 1);
    const { session } = stream;
    soon(() => session?.close());
  },
  // GOAWAY at once, and the end of the session once this stream is over.
  'h2-goaway-mid-body': (stream) => {
    stream.respond({ ':status': 200 });
    stream.write('pa', () => {
      stream.session?.close();
      soon(() => stream.end('id'));
    });
  },
  'h2-goaway-unprocessed': once(turnAway),
  'h2-rst-internal': rst(constants.NGHTTP2_INTERNAL_ERROR),
  'h2-rst-refused': rst(constants.NGHTTP2_REFUSED_STREAM),
  'h2-rst-refused-once': once(rst(constants.NGHTTP2_REFUSED_STREAM)),
  // close() would end the body properly first.
  'h2-rst-mid-body': halfway((stream) => void stream.destroy(new Error('broken off'))),
  'h2-killed-before-headers': kill,
  'h2-killed-mid-body': halfway(kill),
  'h2-hang-before-headers': () => undefined,
  'h2-hang-mid-body': halfway(() => undefined),
};
