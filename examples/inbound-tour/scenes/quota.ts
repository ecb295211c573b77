import { having, retryAfter, type Answer } from '../ask.ts';
import { QUOTA, type Stage } from '../stage.ts';
import type { Story } from '../story.ts';

const TOO_MANY = 10;

/** What `RateLimit` says is left. */
const left = ({ headers }: Answer): number =>
  Number(/;r=(\d+)/.exec(String(headers['ratelimit']))?.[1]);

const isQuotaExceeded = (answer: Answer): boolean =>
  retryAfter(answer) >= 1 && left(answer) === 0 && answer.body.includes('#quota-exceeded');

/** A client who asks more often than it may. */
export const quota = async (stage: Stage): Promise<Story> => {
  const greedy = stage.client().onOneConnection();
  const answers: Answer[] = [];
  for (let count = 0; count < QUOTA + TOO_MANY; count++)
    answers.push(await greedy.ask('/orders/1'));
  greedy.leave();
  const other = await stage.client().ask('/orders/1');
  const refused = having(answers, 429);
  return {
    title: `Quotas: ${QUOTA + TOO_MANY} requests of one client, who has ${QUOTA} a minute`,
    lines: [
      `${having(answers, 200).length} served, ${refused.length} refused with 429`,
      `RateLimit: ${String(refused[0]?.headers['ratelimit'])}`,
      `RateLimit-Policy: ${String(refused[0]?.headers['ratelimit-policy'])}`,
    ],
    claims: [
      {
        text: 'a client is told what is left before it is too late',
        holds: answers.slice(0, QUOTA).every((answer, index) => left(answer) === QUOTA - 1 - index),
      },
      {
        text: 'beyond it 429, with Retry-After',
        holds: refused.length === TOO_MANY && refused.every(isQuotaExceeded),
      },
      { text: 'others have theirs', holds: other.status === 200 },
    ],
  };
};
