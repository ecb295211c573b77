import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { having, type Answer } from '../ask.ts';
import { SLOTS, type Stage } from '../stage.ts';
import type { Story } from '../story.ts';

const SLOW = SLOTS - 2;
const BYTE_EVERY_MS = 50;
const GIVES_UP_AFTER_MS = 4_000;

/** Uploads an order byte by byte; resolves with the first line it is told, or none. */
const uploadSlowly = async (origin: string): Promise<string> => {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  const told: Buffer[] = [];
  socket.on('error', () => undefined); // then it was told nothing
  socket.on('data', (bytes: Buffer) => told.push(bytes));
  socket.write('POST /orders HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n');
  socket.write('Content-Length: 1000\r\n\r\n{');
  const until = performance.now() + GIVES_UP_AFTER_MS;
  while (told.length === 0 && performance.now() < until) {
    await sleep(BYTE_EVERY_MS);
    socket.write(' ');
  }
  socket.destroy();
  return Buffer.concat(told).toString('latin1').split('\r\n', 1).join('');
};

/** Orders of somebody in no hurry, one after the other, until something is over. */
const orderUntil = async (stage: Stage, over: Promise<unknown>): Promise<readonly Answer[]> => {
  const client = stage.client().onOneConnection();
  const answers: Answer[] = [];
  const end = new AbortController();
  void over.then(() => end.abort());
  while (!end.signal.aborted) {
    answers.push(await client.order());
    await sleep(BYTE_EVERY_MS);
  }
  client.leave();
  return answers;
};

/** Uploads that take for ever, in most of the slots. */
export const slowClients = async (stage: Stage): Promise<Story> => {
  const uploads = Promise.all(Array.from({ length: SLOW }, () => uploadSlowly(stage.api.origin)));
  const answers = await orderUntil(stage, uploads);
  const ended = (await uploads).filter((line) => line.includes(' 503 ')).length;
  const served = having(answers, 201).length;
  const allFree = await stage.hasAllSlots();
  return {
    title: `Slow clients: ${SLOW} uploads, a byte every ${BYTE_EVERY_MS} ms, in ${SLOW} of ${SLOTS} slots`,
    lines: [
      `${served} of ${answers.length} orders of another client served meanwhile`,
      `${ended} of ${SLOW} uploads ended with 503`,
    ],
    claims: [
      {
        text: 'clients who are slow take nobody else down',
        holds: served > 0 && served === answers.length,
      },
      {
        text: 'their time ends, upload or not, and their slots are free',
        holds: ended === SLOW && allFree,
      },
    ],
  };
};
