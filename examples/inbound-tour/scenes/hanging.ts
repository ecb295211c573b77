import type { Answer } from '../ask.ts';
import type { Stage } from '../stage.ts';
import type { Story } from '../story.ts';
import { comesTrue } from '../wait.ts';

const CALLER_WAITS_MS = 300;

const isProblem = ({ headers }: Answer): boolean =>
  headers['content-type'] === 'application/problem+json';

/** Handlers that hang, because payments does. */
export const hanging = async (stage: Stage): Promise<Story> => {
  const { payments } = stage;
  const client = stage.client().onOneConnection();
  const before = payments.abandoned;
  payments.hold();
  const late = await client.order();
  const overdue = await client.order({
    headers: { 'x-request-timeout-ms': `${CALLER_WAITS_MS}` },
  });
  const ended = await comesTrue(() => payments.abandoned - before === 2, 1_500);
  payments.answer();
  const next = await client.order();
  client.leave();
  return {
    title: 'Handlers that hang',
    lines: [
      `timeout: ${late.status} after ${Math.round(late.tookMs)} ms`,
      `a caller who waits ${CALLER_WAITS_MS} ms: ${overdue.status} after ${Math.round(overdue.tookMs)} ms`,
    ],
    claims: [
      {
        text: 'a handler that hangs is answered for: 503',
        holds: late.status === 503 && isProblem(late),
      },
      {
        text: 'a caller who says how long it waits hears before that is over: 504',
        holds: overdue.status === 504 && overdue.tookMs < late.tookMs,
      },
      { text: 'and what it waited for is ended', holds: ended },
      {
        text: 'the connection is as good as before',
        holds: overdue.reused && next.reused && next.status === 201,
      },
    ],
  };
};
