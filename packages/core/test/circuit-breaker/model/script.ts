import fc from 'fast-check';
import { circuitBreaker } from '../../../src/index.ts';
import type { CircuitBreaker, CircuitBreakerOptions, Permit } from '../../../src/index.ts';
import { virtualClock } from '../../../src/testing/virtual-clock.ts';
import type { VirtualClock } from '../../../src/testing/virtual-clock.ts';

/** A short story of calls, for properties that compare two breakers with each other. */
export type Action =
  | { readonly do: 'begin' }
  | {
      readonly do: 'end';
      readonly index: number;
      readonly ending: 'success' | 'failure' | 'ignore';
    }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'open'; readonly ms: number }
  | { readonly do: 'reset' };

/** A breaker, its clock, and all that was seen of it. */
export interface World {
  readonly breaker: CircuitBreaker;
  readonly clock: VirtualClock;
  readonly permits: Permit[];
  /** Answers to calls and transitions, in order, with their moments. */
  readonly trace: unknown[][];
}

export const newWorld = (
  options: Omit<CircuitBreakerOptions, 'name' | 'clock'>,
  nowMs = 0,
): World => {
  const clock = virtualClock({ nowMs });
  const breaker = circuitBreaker({ name: 'story', random: () => 0.5, ...options, clock });
  const trace: unknown[][] = [];
  breaker.on('transition', ({ from, to, reason, openForMs }) => {
    trace.push(['transition', clock.now() - nowMs, from, to, reason, openForMs]);
  });
  return { breaker, clock, permits: [], trace };
};

/** Plays actions; a permit that ended leaves the list, so that `index` means one that has not. */
export const play = (world: World, actions: readonly Action[]): World => {
  for (const action of actions) act(world, action);
  return world;
};

const act = (world: World, action: Action): void => {
  switch (action.do) {
    case 'begin':
      begin(world);
      break;
    case 'end':
      end(world, action);
      break;
    case 'wait':
      world.clock.advance(action.ms);
      break;
    case 'open':
      world.breaker.open(action.ms);
      break;
    case 'reset':
      world.breaker.reset();
      break;
    default:
      action satisfies never;
  }
};

const begin = ({ breaker, permits, trace }: World): void => {
  const answer = breaker.tryAcquire();
  if (answer.admitted) {
    permits.push(answer);
    trace.push(['admitted', answer.probe]);
  } else trace.push(['refused', answer.code, answer.retryAfterMs]);
};

const end = ({ permits }: World, { index, ending }: Extract<Action, { do: 'end' }>): void => {
  const [permit] = permits.splice(index % Math.max(1, permits.length), 1);
  permit?.[ending]();
};

/** Everything that counts and has no moment of its own. */
export const standing = ({ breaker }: World): object => {
  const { generation: _, ...rest } = breaker.snapshot();
  return rest;
};

const begins = fc.constant<Action>({ do: 'begin' });
const ends = fc.record({
  do: fc.constant('end' as const),
  index: fc.nat(3),
  ending: fc.constantFrom(
    'success' as const,
    'failure' as const,
    'failure' as const,
    'ignore' as const,
  ),
});

const waits = (...ms: number[]): fc.Arbitrary<Action> =>
  fc.constantFrom(...ms).map((each) => ({ do: 'wait', ms: each }));

/** Calls that begin, end and overlap, while time passes. */
export const stories: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: begins },
    { weight: 6, arbitrary: ends },
    { weight: 5, arbitrary: waits(1, 10, 20, 50, 100, 250) },
  ),
  { maxLength: 120, size: 'max' },
);

/** As `stories`, with an operator. */
export const commandedStories: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: begins },
    { weight: 6, arbitrary: ends },
    { weight: 5, arbitrary: waits(1, 10, 20, 50, 100, 250) },
    { weight: 1, arbitrary: fc.constantFrom<Action>({ do: 'open', ms: 70 }, { do: 'reset' }) },
  ),
  { maxLength: 120, size: 'max' },
);
