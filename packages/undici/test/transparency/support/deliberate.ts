// Every difference between a request through our interceptors and the same without them that is meant.

export interface Difference {
  readonly reason: string;
  /** What was seen, without what differs. */
  readonly levelled: (seen: string) => string;
}

/** The handler is started before undici says what the context is; undici 8 says null, 7 undefined. */
export const CONTEXT_ON_7: Difference = {
  reason: 'the context of a request without one is null, as in undici 8',
  levelled: (seen) => seen.replaceAll('context: undefined', 'context: null'),
};

const STATE_OF_CONTROLLER =
  /> (context|aborted|paused|reason): |"onRequestStart"|(Array|Object) of/;

/**
 * The handler is started at once, so that an abort is heard at every stage, in a queue too. Undici
 * starts it when there is a connection; a request that fails before was never started. Its error then
 * comes with a controller, where undici has none. A request that undici queues again, because the
 * connection it was to share has closed, is started once, not twice; one that a redirect inside ours
 * sends on hears of each hop's context after that.
 */
export const STARTED_AT_ONCE: Difference = {
  reason: 'the handler is started before there is a connection',
  levelled: (seen) =>
    seen
      .split('\n')
      .filter((line) => !STATE_OF_CONTROLLER.test(line))
      .map((line) => line.replaceAll(/> \d+/g, '> some'))
      .join('\n'),
};

/** As above: a request whose signal had been aborted is not sent, where undici opens a connection first. */
export const NEVER_SENT: Difference = {
  reason: 'a request that was given up before costs no connection',
  levelled: (seen) => seen.replaceAll(/\nservers.*/g, ''),
};

/** What the policies are for: while a circuit is open its server is left alone. */
export const REFUSED: Difference = {
  reason: 'a refused request is never sent',
  levelled: (seen) => seen.replaceAll(/\nservers.*/g, ''),
};
