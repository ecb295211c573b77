import { Http1Connection } from '../../drain/clients/http1-connection.ts';
import { whoIn } from './ask-once.ts';

const TRIES = 50;

/** A connection of which it is known who has it. */
export interface Pinned {
  readonly pid: number;
  readonly connection: Http1Connection;
}

/** A connection to any worker but those. */
export const pinned = async (port: number, others: ReadonlySet<number>): Promise<Pinned> => {
  for (let tries = 0; tries < TRIES; tries++) {
    const connection = await Http1Connection.open(port);
    if (connection === undefined) continue;
    await connection.ask('/now');
    const pid = Number(whoIn(connection.body));
    if (!others.has(pid)) return { pid, connection };
    connection.close();
  }
  throw new Error('no connection to another worker');
};
