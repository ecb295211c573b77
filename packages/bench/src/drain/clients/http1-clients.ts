import { busy, think, type Habit } from './habit.ts';
import { Http1Connection } from './http1-connection.ts';
import { many, type Place, type Site, type Traffic } from './ledger.ts';

/** Uses one connection for as long as it lasts. */
const visit = async (habit: Habit, site: Site, place: Place): Promise<void> => {
  const { ports, ledger, over } = site;
  const connection = await Http1Connection.open(ports[place]);
  if (connection === undefined) return ledger.refuse(place);
  const until = AbortSignal.any([over, connection.gone]);
  while (!until.aborted) {
    const ending = await connection.ask(habit.path(place));
    if (ending === 'lost') ledger.lose();
    else ledger.answer(place);
    await think(habit, until);
  }
  connection.close();
};

/** Clients with one connection each; when it is over they turn to the other server. */
export const http1Clients = (howMany: number, habit: Habit): Traffic =>
  many(howMany, async (site) => {
    await visit(habit, site, 'leaving');
    while (!site.over.aborted) await visit(habit, site, 'staying');
  });

/** One request on a connection of its own; where to go with the next one. */
const call = async ({ ports, ledger }: Site, place: Place): Promise<Place> => {
  const connection = await Http1Connection.open(ports[place]);
  if (connection === undefined) {
    ledger.refuse(place);
    return 'staying';
  }
  const ending = await connection.ask(busy.path(place));
  connection.close();
  if (ending === 'lost') ledger.lose();
  else ledger.answer(place);
  return ending === 'answered' ? place : 'staying';
};

/** Clients with a new connection for each request, until it is refused or they are told that it is over. */
export const freshClients = (howMany: number): Traffic =>
  many(howMany, async (site) => {
    for (let place: Place = 'leaving'; !site.over.aborted;) {
      place = await call(site, place);
      await think(busy, site.over);
    }
  });
