import { setTimeout as sleep } from 'node:timers/promises';
import { having } from '../ask.ts';
import { FeedReader } from '../feed-reader.ts';
import { Load } from '../load.ts';
import type { Stage } from '../stage.ts';
import type { Story } from '../story.ts';
import { comesTrue } from '../wait.ts';

/** There is room for all of them. */
const CLIENTS = 10;
const UNDER_WAY = 2;

/** SIGTERM while clients ask, orders are under way and a feed is read. */
export const draining = async (stage: Stage): Promise<Story> => {
  const { api, payments } = stage;
  const load = new Load(Array.from({ length: CLIENTS }, () => stage.client()));
  const reader = new FeedReader(api.origin);
  payments.hold();
  const orders = stage.client().orders(UNDER_WAY);
  await comesTrue(() => payments.held === UNDER_WAY && reader.status === 200);
  await sleep(300);

  const begun = performance.now();
  api.terminate();
  const probe = stage.client();
  const isUnready = await comesTrue(async () => (await probe.ask('/readyz')).status === 503, 900);
  const alive = await probe.ask('/livez');
  payments.answer();
  const finished = having(await Promise.all(orders), 201).length;
  await load.moveOn();
  const exitCode = await api.exitCode();
  const tookMs = Math.round(performance.now() - begun);

  const { answers } = load;
  const served = having(answers, 200).length;
  return {
    title: `SIGTERM: ${CLIENTS} keep-alive clients, ${UNDER_WAY} orders under way, one reads the feed`,
    lines: [
      `${served} of ${answers.length} requests served, and ${finished} of ${UNDER_WAY} orders`,
      `exit code ${exitCode} after ${tookMs} ms: ${api.lastWords}`,
    ],
    claims: [
      {
        text: 'no request is lost, none refused',
        holds: served > CLIENTS && served === answers.length && finished === UNDER_WAY,
      },
      {
        text: 'readiness fails while liveness stands',
        holds: isUnready && alive.status === 200,
      },
      { text: 'the feed is ended, not cut', holds: reader.complete },
      {
        text: 'the order book is closed last, with every order in it that was confirmed',
        holds: api.lastWords === `the order book is closed: ${stage.confirmed} orders`,
      },
      { text: 'the process exits by itself with 0', holds: exitCode === 0 },
    ],
  };
};
