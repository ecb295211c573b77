import type { FigureContestant, FigureGroup, Side } from '../../harness/suite.ts';
import { figureGoal } from '../../harness/goals.ts';
import { figure } from '../../harness/table.ts';
import { IN_FLIGHT, measureBeside } from './beside.ts';
import { COLUMNS } from './columns.ts';
import { connections, type ClientName } from './connections.ts';
import {
  flexible,
  leasedLimit,
  ping,
  sharedLimit,
  storeTake,
  type MakeCall,
} from './limit-calls.ts';
import { measureTraffic } from './traffic.ts';

const PEER = 'rate-limiter-flexible';
const OWN = 'Holdfast sharedRateLimit';
const LEASED = 'Holdfast sharedRateLimit, leasing';

/** At least 0.8 times as many calls. */
const OWN_TIME = 1 / 0.8;
/** At least five times as many. */
const LEASED_TIME = 1 / 5;

const MANY = 10_000;

interface Rival {
  readonly name: string;
  readonly side: Side;
  readonly make: MakeCall;
}

const RIVALS: readonly Rival[] = [
  { name: `${PEER}, against itself`, side: 'bare', make: flexible },
  { name: 'PING', side: 'bare', make: ping },
  { name: 'Holdfast redisStore().take', side: 'holdfast', make: storeTake },
  { name: OWN, side: 'holdfast', make: sharedLimit },
];

const HOT: readonly Rival[] = [...RIVALS, { name: LEASED, side: 'holdfast', make: leasedLimit }];

const contestant =
  (client: ClientName, users: readonly string[]) =>
  ({ name, side, make }: Rival): FigureContestant => ({
    name,
    side,
    measure: async (effort) => {
      const connection = await connections[client]();
      const own = make(connection, users);
      const figures = await measureBeside(flexible(connection, users), own, { effort });
      return { ...figures, ...(await measureTraffic(connection.info, own)) };
    },
  });

const within = (name: string, atMost: number): FigureGroup['goals'][number] =>
  figureGoal(name, 'time', { what: `${name}: time`, unit: `x ${PEER}`, atMost });

const group = (client: ClientName, users: readonly string[]): FigureGroup => {
  const isHot = users.length === 1;
  const whose = isHot ? 'one hot key' : `${figure(users.length)} keys in turn`;
  return {
    kind: 'figures',
    id: `${client}-${isHot ? 'hot' : 'many'}`,
    title: `Limits on ${client}, ${IN_FLIGHT} calls in flight, ${whose}; x: of ${PEER} in the same round`,
    columns: COLUMNS,
    contestants: (isHot ? HOT : RIVALS).map(contestant(client, users)),
    goals: [within(OWN, OWN_TIME), ...(isHot ? [within(LEASED, LEASED_TIME)] : [])],
  };
};

const USERS = Array.from({ length: MANY }, (_, at) => `user-${at}`);

/** Both clients, many keys and one. */
export const redisLimits: readonly FigureGroup[] = (['node-redis', 'ioredis'] as const).flatMap(
  (client) => [group(client, USERS), group(client, ['a'])],
);
