import type { Answer } from '../answer-reader.ts';
import type { Behaviour, Layer } from '../rig.ts';
import type { World } from '../world.ts';

const answers: Behaviour = ({ text }) => text('answered');
/** One key for all. */
export const WINDOW = { windowMs: 60_000, key: (): string => 'one' };

/** Serves a limit and asks in turn; each request may carry fields. */
export const askInTurn = async (
  world: World,
  limit: Layer,
  requests: readonly Readonly<Record<string, string>>[],
  handler: Behaviour = answers,
): Promise<readonly Answer[]> => {
  await world.serve({ guards: [limit], routes: { '/': handler } });
  const client = await world.client();
  const seen: Answer[] = [];
  for (const headers of requests) seen.push(await client.get('/', { headers }));
  return seen;
};

export const statusesOf = (seen: readonly Answer[]): readonly number[] =>
  seen.map(({ status }) => status);
