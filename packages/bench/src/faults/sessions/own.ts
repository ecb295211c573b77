import { sessions, type Session, type Sessions, type Store } from '@holdfast/core/stateless';
import { SECRET } from '../app/parts.ts';

/** Sessions as a service has them; a busy machine is no failure of theirs. */
export const ownSessions = (store: Store): Sessions =>
  sessions({
    store,
    keys: [{ id: 'a1', secret: SECRET }],
    cookie: { secure: false },
    deadlineMs: 2_000,
  });

/** What a browser sends back of it. */
export const cookieOf = (session: Session): string => session.cookie()?.split(';', 1)[0] ?? '';

/** Somebody who has just logged in, as a cookie. */
export const loggedIn = async (own: Sessions, user: string): Promise<string> => {
  const session = await own.open(undefined);
  session.data['count'] = 0;
  await session.login(user);
  await session.save();
  return cookieOf(session);
};

/** So many at once, until all were done. */
export const inLanes = async (
  lanes: number,
  times: number,
  act: (index: number) => Promise<void>,
): Promise<void> => {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < times) await act(next++);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
};
