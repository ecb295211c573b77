import { figureGoal } from '../../harness/goals.ts';
import type { FigureContestant, FigureGroup, Side } from '../../harness/suite.ts';
import { IN_FLIGHT, measureBeside } from './beside.ts';
import { COLUMNS } from './columns.ts';
import { nodeRedis, type NodeRedis } from './connections.ts';
import {
  connectRedis,
  holdfastForExpress,
  holdfastSessions,
  type SessionCalls,
} from './session-calls.ts';
import { measureTraffic } from './traffic.ts';

const PEER = 'connect-redis';
const FOR_EXPRESS = 'Holdfast expressSessionStore';
const SESSIONS = 'Holdfast sessions, with the cookie’s signature';

const MOST_CPU = 1.3;
/** As many as a busy service has under way. */
const FEW = 8;

type What = keyof SessionCalls;

interface Rival {
  readonly name: string;
  readonly side: Side;
  readonly make: (connection: NodeRedis) => Promise<SessionCalls>;
}

const RIVALS: readonly Rival[] = [
  { name: `${PEER}, against itself`, side: 'bare', make: connectRedis },
  { name: FOR_EXPRESS, side: 'holdfast', make: holdfastForExpress },
];

const OWN_SESSIONS: Rival = { name: SESSIONS, side: 'holdfast', make: holdfastSessions };

const contestant =
  (what: What, inFlight: number) =>
  ({ name, side, make }: Rival): FigureContestant => ({
    name,
    side,
    measure: async (effort) => {
      const connection = await nodeRedis();
      const reference = await connectRedis(connection);
      const own = await make(connection);
      const figures = await measureBeside(reference[what], own[what], { effort, inFlight });
      return { ...figures, ...(await measureTraffic(connection.info, own[what])) };
    },
  });

const goals = (name: string, trips: number): FigureGroup['goals'] => [
  figureGoal(name, 'cpu', { what: `${name}: client CPU`, unit: `x ${PEER}`, atMost: MOST_CPU }),
  figureGoal(name, 'trips', { what: `${name}: round trips`, unit: '/op', atMost: trips }),
];

/** The server reads once for each round trip, and now and then for something of the client's own. */
const ONE = 1.01;

const TITLES: Readonly<Record<What, string>> = {
  read: 'one is read (get)',
  write: 'one is written that was read before (set)',
  request: 'one is read, changed and written (get, set)',
};

const rivalsOf = (what: What): readonly Rival[] =>
  what === 'write' ? RIVALS : [...RIVALS, OWN_SESSIONS];

const group = (what: What, inFlight: number): FigureGroup => ({
  kind: 'figures',
  id: `session-${what}-${inFlight}`,
  title: `Sessions of 550 B on node-redis, ${inFlight} in flight: ${TITLES[what]}; x: of ${PEER} in the same round`,
  columns: COLUMNS,
  contestants: rivalsOf(what).map(contestant(what, inFlight)),
  // With more in flight hardly any time goes to the network: a script is compared with a plain command.
  goals: inFlight === FEW ? goals(FOR_EXPRESS, what === 'request' ? 2 * ONE : ONE) : [],
});

/** Reading, writing, and both as a request does. */
export const sessionRecords: readonly FigureGroup[] = [FEW, IN_FLIGHT].flatMap((inFlight) =>
  (['read', 'write', 'request'] as const).map((what) => group(what, inFlight)),
);
