import { SLOTS, type Stage } from '../stage.ts';
import type { Story } from '../story.ts';
import { comesTrue } from '../wait.ts';

/** Clients who leave while payments takes its time. */
export const leaving = async (stage: Stage): Promise<Story> => {
  const { payments } = stage;
  payments.hold();
  const before = payments.abandoned;
  const left = new AbortController();
  const orders = stage.client().orders(SLOTS, { signal: left.signal });
  await comesTrue(() => payments.held === SLOTS);
  left.abort();
  await Promise.all(orders);
  const told = await comesTrue(() => payments.abandoned - before === SLOTS, 1_500);
  const { abandoned } = payments;
  payments.answer();
  const allFree = await stage.hasAllSlots();
  return {
    title: `Clients who leave: ${SLOTS} orders at work, and nobody waits for them any more`,
    lines: [`${abandoned - before} of ${SLOTS} calls to payments ended with them`],
    claims: [
      { text: 'the signal ends what the handler waits for', holds: told },
      { text: 'the slots are free', holds: allFree },
    ],
  };
};
