import { having, retryAfter, type Answer } from '../ask.ts';
import { PRINTERS, type Stage } from '../stage.ts';
import type { Story } from '../story.ts';
import { comesTrue } from '../wait.ts';

const RECEIPTS = 6;

/** A handler with a bulkhead of its own, round what it calls. */
export const printing = async (stage: Stage): Promise<Story> => {
  const { payments } = stage;
  const client = stage.client();
  payments.hold();
  const told: Answer[] = [];
  const receipts = Array.from({ length: RECEIPTS }, () => client.ask('/orders/1/receipt'));
  for (const receipt of receipts) void receipt.then((answer) => told.push(answer));
  const early = await comesTrue(() => told.length === RECEIPTS - PRINTERS);
  payments.answer();
  const answers = await Promise.all(receipts);
  const refused = having(answers, 503);
  return {
    title: `Policies in a handler: ${RECEIPTS} receipts at once, ${PRINTERS} printers`,
    lines: [`${having(answers, 200).length} printed, ${refused.length} refused`],
    claims: [
      {
        text: 'what a handler is refused its client is refused, with 503 and Retry-After',
        holds:
          early &&
          refused.length === RECEIPTS - PRINTERS &&
          refused.every((answer) => retryAfter(answer) >= 1),
      },
    ],
  };
};
