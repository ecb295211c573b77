import { once } from 'node:events';
import { connect, constants, type ClientHttp2Session } from 'node:http2';
import { BODY } from '../server/handle.ts';
import { orAfter } from '../within.ts';
import { busy, think } from './habit.ts';
import { many, type Ledger, type Place, type Site, type Traffic } from './ledger.ts';

const HANG_MS = 5_000;
const STREAMS = 3;

type Ending = 'answered' | 'refused' | 'lost';

/** One stream. HTTP/2 tells of some that they were not begun: those may be sent elsewhere. */
const ask = async (session: ClientHttp2Session, path: string): Promise<Ending> => {
  const stream = session.request({ ':path': path });
  let status = 0;
  let body = '';
  stream.setEncoding('latin1');
  stream.on('response', (headers) => (status = headers[':status'] ?? 0));
  stream.on('data', (text: string) => (body += text));
  stream.on('error', () => undefined);
  const closed = new Promise((resolve) => {
    stream.once('close', () => resolve(true));
  });
  if ((await orAfter(HANG_MS, closed, false)) === false) stream.close(constants.NGHTTP2_CANCEL);
  if (stream.rstCode === constants.NGHTTP2_REFUSED_STREAM) return 'refused';
  return status === 200 && body.endsWith(BODY) ? 'answered' : 'lost';
};

/** One session at a time; another one as soon as the server has said that it goes away. */
class Line {
  place: Place = 'leaving';
  readonly #site: Site;
  #session: Promise<ClientHttp2Session> | undefined = undefined;
  readonly #all = new Set<ClientHttp2Session>();

  constructor(site: Site) {
    this.#site = site;
  }

  async session(): Promise<ClientHttp2Session> {
    const session = await (this.#session ??= this.#open());
    if (!session.closed && !session.destroyed) return session;
    if (this.#session !== undefined && (await this.#session) === session) {
      this.#session = undefined;
      this.place = 'staying';
    }
    return this.session();
  }

  close(): void {
    for (const session of this.#all) session.destroy();
  }

  async #open(): Promise<ClientHttp2Session> {
    const { ports, ledger } = this.#site;
    const session = connect(`http://127.0.0.1:${ports[this.place]}`);
    session.on('error', () => undefined);
    try {
      await once(session, 'connect');
    } catch {
      ledger.refuse(this.place);
    }
    this.#all.add(session);
    return session;
  }
}

const noteIn = (ledger: Ledger, place: Place, ending: Ending): void => {
  if (ending === 'answered') ledger.answer(place);
  else if (ending === 'lost') ledger.lose();
  else ledger.refuse(place);
};

const stream = async (line: Line, { ledger, over }: Site): Promise<void> => {
  while (!over.aborted) {
    const session = await line.session();
    const { place } = line;
    noteIn(ledger, place, await ask(session, busy.path(place)));
    await think(busy, over);
  }
};

/** Clients with one session each, and a few requests at a time on it. */
export const http2Clients = (howMany: number): Traffic =>
  many(howMany, async (site) => {
    const line = new Line(site);
    await Promise.all(Array.from({ length: STREAMS }, () => stream(line, site)));
    line.close();
  });
