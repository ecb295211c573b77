import { having, retryAfter, slowest, type Answer } from '../ask.ts';
import { QUEUE, SLOTS, type Stage } from '../stage.ts';
import type { Story } from '../story.ts';
import { comesTrue } from '../wait.ts';

const ORDERS = 60;
const TOO_MANY = ORDERS - SLOTS - QUEUE;
const AT_ONCE_MS = 1_000;

const isRefusal = (answer: Answer): boolean => answer.status === 503 && retryAfter(answer) >= 1;

/** More orders at once than there are slots, while payments takes its time. */
export const overload = async (stage: Stage): Promise<Story> => {
  const { payments } = stage;
  payments.hold();
  const told: Answer[] = [];
  const orders = stage.client().orders(ORDERS);
  for (const order of orders) void order.then((answer) => told.push(answer));
  await comesTrue(() => told.length >= TOO_MANY);
  const early = [...told];
  const alive = await stage.client().ask('/livez');
  payments.answer();
  const answers = await Promise.all(orders);
  const served = having(answers, 201);
  const refused = answers.filter(isRefusal);
  return {
    title: `Overload: ${ORDERS} orders at once, ${SLOTS} slots, ${QUEUE} may wait`,
    lines: [
      `${served.length} served, ${refused.length} refused, ${early.length} of them within ${slowest(early)} ms`,
      `/livez in the midst of it: ${alive.status} after ${slowest([alive])} ms`,
    ],
    claims: [
      {
        text: 'who finds a slot or a place in the queue is served',
        holds: served.length >= SLOTS && served.length <= SLOTS + QUEUE,
      },
      {
        text: 'everybody else is told so at once, with 503 and Retry-After',
        holds:
          served.length + refused.length === ORDERS && early.length >= TOO_MANY && atOnce(early),
      },
      { text: 'the process stays responsive', holds: alive.status === 200 && atOnce([alive]) },
    ],
  };
};

/** Most of them: this machine may be busy with other things. */
const atOnce = (answers: readonly Answer[]): boolean =>
  answers.filter(({ tookMs }) => tookMs < AT_ONCE_MS).length > answers.length / 2;
