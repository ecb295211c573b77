import { key, memoryStore, sharedRateLimit } from '@holdfast/core/stateless';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { propertyOf } from '../../harness/outcome.ts';
import type { Contestant, Goal, RatioGroup, RatioRow } from '../../harness/suite.ts';
import { figure } from '../../harness/table.ts';
import { succeeding } from '../contender.ts';
import { inTurn } from './in-turn.ts';
import { MOST, RATE, WINDOW_S } from './limits.ts';

const PEER = 'rate-limiter-flexible, memory';
const OWN = 'Holdfast memoryStore().take';

/** At least three times as many: at most a third of the time. */
const THIRD = 1 / 3;

const peer = (users: readonly string[]): Contestant => ({
  name: PEER,
  side: 'peer',
  make: () => {
    const limiter = new RateLimiterMemory({ points: MOST, duration: WINDOW_S });
    const next = inTurn(users);
    return () => limiter.consume(next());
  },
});

const take = (users: readonly string[]): Contestant => ({
  name: OWN,
  side: 'holdfast',
  make: () => {
    const store = memoryStore();
    const next = inTurn(users.map((user) => key('limit', 'default', 'bench', user)));
    const units = { unitsPerMs: RATE / 1_000, burst: MOST, want: 1 };
    const operation = { deadlineMs: 50 };
    return () => store.take(next(), units, operation);
  },
});

const limit = (users: readonly string[]): Contestant => ({
  name: 'Holdfast sharedRateLimit on it',
  side: 'holdfast',
  make: () => {
    const shared = sharedRateLimit({
      store: memoryStore(),
      name: 'bench',
      rate: RATE,
      burst: MOST,
    });
    const next = inTurn(users);
    return () => shared.take({ key: next() });
  },
});

/** Whether a limit let the call through, by whatever its library says so. */
const isAdmitted = (outcome: unknown): boolean =>
  outcome === 1 ||
  propertyOf(outcome, 'admitted') === true ||
  propertyOf(outcome, 'units') === 1 ||
  Number(propertyOf(outcome, 'consumedPoints')) > 0;

const goal: Goal<RatioRow> = {
  what: `${OWN}: time`,
  unit: `x ${PEER}`,
  atMost: THIRD,
  measured: (find) => {
    const [own, other] = [find(OWN), find(PEER)];
    return own && other && own.ratio / other.ratio;
  },
};

const group = (id: string, users: readonly string[]): RatioGroup => ({
  kind: 'ratio',
  id: `memory-${id}`,
  title: `Limits in memory that are not reached, ${users.length === 1 ? 'one key' : `${figure(users.length)} keys in turn`}`,
  loop: 'awaited',
  bare: succeeding,
  expects: isAdmitted,
  contestants: [take(users), limit(users), peer(users)],
  goals: [goal],
});

const MANY = 10_000;

/** One key, and many. */
export const memory: readonly RatioGroup[] = [
  group('one', ['a']),
  group(
    'many',
    Array.from({ length: MANY }, (_, at) => `user-${at}`),
  ),
];
