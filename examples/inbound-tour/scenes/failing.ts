import { setTimeout as sleep } from 'node:timers/promises';
import { retryAfter, type Answer } from '../ask.ts';
import type { Client } from '../client.ts';
import type { Stage } from '../stage.ts';
import type { Story } from '../story.ts';
import { comesTrue } from '../wait.ts';

const MOST_FAILURES = 40;
/** Failures of the same moment are one to a circuit. */
const ORDER_EVERY_MS = 15;
const REFUSED = 10;
/** A circuit lets some try first, one at a time. */
const PROBES = 3;

const isRefusal = (answer: Answer): boolean =>
  answer.status === 503 &&
  retryAfter(answer) >= 1 &&
  answer.body.includes('#temporary-reduced-capacity');

/** How many orders fail before one is refused. */
const failuresOf = async (client: Client): Promise<number> => {
  for (let failures = 0; failures < MOST_FAILURES; failures++) {
    const { status } = await client.order();
    if (status !== 502) return failures;
    await sleep(ORDER_EVERY_MS);
  }
  return MOST_FAILURES;
};

/** How many of so many orders went through, one after the other. */
const inARow = async (client: Client, count: number): Promise<number> => {
  let placed = 0;
  for (let sent = 0; sent < count; sent++) if ((await client.order()).status === 201) placed++;
  return placed;
};

/** Payments fails, and is well again. */
export const failing = async (stage: Stage): Promise<Story> => {
  const { payments } = stage;
  const client = stage.client().onOneConnection();
  payments.fail();
  const failures = await failuresOf(client);
  const calls = payments.calls;
  const answers: Answer[] = [];
  for (let count = 0; count < REFUSED; count++) answers.push(await client.order());
  const spared = payments.calls === calls;
  const elsewhere = await client.ask('/orders/1');
  client.leave();
  payments.answer();
  const healedAt = performance.now();
  const isBack = await comesTrue(async () => (await stage.client().order()).status === 201);
  const tookMs = Math.round(performance.now() - healedAt);
  const next = await inARow(stage.client(), PROBES);
  return {
    title: 'A circuit: payments fails',
    lines: [
      `${failures} orders failed with 502, then ${answers.filter(isRefusal).length} of ${REFUSED} refused with 503`,
      `the next one went through ${tookMs} ms after payments was well again`,
    ],
    claims: [
      {
        text: 'what fails is left alone for a while, and callers hear it at once',
        holds: failures < MOST_FAILURES && spared && answers.every(isRefusal),
      },
      { text: 'other routes serve on', holds: elsewhere.status === 200 },
      {
        text: 'what is well again is used again',
        holds: failures > 0 && isBack && next === PROBES,
      },
    ],
  };
};
