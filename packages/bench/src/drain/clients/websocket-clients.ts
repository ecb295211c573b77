import { once } from 'node:events';
import { WebSocket } from 'ws';
import { busy, think } from './habit.ts';
import { many, type Place, type Site, type Traffic } from './ledger.ts';

/** What a close without a close frame is called. */
const ABNORMAL = 1_006;

const opened = async (socket: WebSocket): Promise<boolean> => {
  try {
    await once(socket, 'open');
    return true;
  } catch {
    return false;
  }
};

/** Sends message after message and waits for each to come back, until the connection or the site is over. */
const talk = async (socket: WebSocket, until: AbortSignal): Promise<void> => {
  while (!until.aborted) {
    socket.send('message');
    await once(socket, 'message', { signal: until }).catch(() => undefined);
    await think(busy, until);
  }
};

const visit = async ({ ports, ledger, over }: Site, place: Place): Promise<void> => {
  const socket = new WebSocket(`ws://127.0.0.1:${ports[place]}`);
  socket.on('error', () => undefined);
  if (!(await opened(socket))) return ledger.refuse(place);
  const gone = new AbortController();
  const closed = new Promise<number>((resolve) => {
    socket.once('close', resolve);
    socket.once('close', () => gone.abort());
  });
  await talk(socket, AbortSignal.any([over, gone.signal]));
  // Whatever comes after that is our own doing.
  if (over.aborted) return socket.close();
  if ((await closed) === ABNORMAL) ledger.lose();
  else ledger.answer(place);
};

/** Clients with one WebSocket each; what is counted are connections that their server ended. */
export const websocketClients = (howMany: number): Traffic =>
  many(howMany, async (site) => {
    await visit(site, 'leaving');
    while (!site.over.aborted) await visit(site, 'staying');
  });
