import { setTimeout as sleep } from 'node:timers/promises';
import { think, type Habit } from '../../drain/clients/habit.ts';
import { Http1Connection } from '../../drain/clients/http1-connection.ts';
import { whoIn } from './ask-once.ts';
import type { Ledger } from './ledger.ts';

/** Where clients go, until when, and where they write down what they see. */
export interface Site {
  readonly port: number;
  readonly ledger: Ledger;
  readonly over: AbortSignal;
}

/** How many clients of each kind there are. */
export interface Crowd {
  /** One connection for as long as it lasts, 0-20 ms between requests. */
  readonly kept: number;
  /** The same with 0-900 ms. */
  readonly sparse: number;
  /** The same with one request only, and then they only keep their connections. */
  readonly idle: number;
  /** A connection for each request, 0-20 ms between them. */
  readonly fresh: number;
}

const path = (): string => '/';
const kept: Habit = { path, thinkMs: 20 };
const sparse: Habit = { path, thinkMs: 900 };
const idle: Habit = { path, thinkMs: 3_600_000 };

/** Who was turned away comes again after that. */
const AGAIN_MS = 5;

const open = async ({ port, ledger }: Site): Promise<Http1Connection | undefined> => {
  const sentAt = performance.now();
  const connection = await Http1Connection.open(port);
  if (connection !== undefined) return connection;
  ledger.fail({ ending: 'refused', sentAt, who: undefined });
  await sleep(AGAIN_MS);
  return undefined;
};

/** One request; who answered, or else the last one who did. */
const ask = async (
  connection: Http1Connection,
  { ledger }: Site,
  who?: string,
): Promise<string | undefined> => {
  const sentAt = performance.now();
  if ((await connection.ask('/')) === 'lost') {
    ledger.fail({ ending: connection.hung ? 'stranded' : 'lost', sentAt, who });
    return who;
  }
  const now = whoIn(connection.body);
  ledger.answer(now, sentAt);
  return now;
};

const visit = async (habit: Habit, site: Site): Promise<void> => {
  const connection = await open(site);
  if (connection === undefined) return;
  const until = AbortSignal.any([site.over, connection.gone]);
  let who: string | undefined;
  while (!until.aborted) {
    who = await ask(connection, site, who);
    await think(habit, until);
  }
  connection.close();
};

const call = async (site: Site): Promise<void> => {
  const connection = await open(site);
  if (connection === undefined) return;
  await ask(connection, site);
  connection.close();
  await think(kept, site.over);
};

const untilOver =
  (client: (site: Site) => Promise<void>) =>
  async (site: Site): Promise<void> => {
    while (!site.over.aborted) await client(site);
  };

const many = (howMany: number, client: (site: Site) => Promise<void>, site: Site) =>
  Array.from({ length: howMany }, () => untilOver(client)(site));

/** All of them at work; resolves when the site is over and each has had its last answer. */
export const crowdAt = async (site: Site, crowd: Crowd): Promise<void> => {
  await Promise.all([
    ...many(crowd.kept, (at) => visit(kept, at), site),
    ...many(crowd.sparse, (at) => visit(sparse, at), site),
    ...many(crowd.idle, (at) => visit(idle, at), site),
    ...many(crowd.fresh, call, site),
  ]);
};
