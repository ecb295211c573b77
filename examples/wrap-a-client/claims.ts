import { isRefusal, isRejection } from '@holdfast/core';
import type { Pair, Pairs } from './run.ts';
import { DEADLINE_MS } from './with-deadline.ts';

/** Something the example says about Holdfast, and whether this run bore it out. */
export interface Claim {
  readonly text: string;
  readonly holds: boolean;
}

const causeOf = (error: unknown): unknown => (error instanceof Error ? error.cause : undefined);

const flakyClaim = ({ bare, wrapped }: Pair): Claim => ({
  text: 'what fails now and then is hidden by one further request each time',
  holds: bare.answered < bare.calls && wrapped.answered === wrapped.calls,
});

const outageClaim = ({ bare, wrapped }: Pair): Claim => ({
  text: 'a server that is down is left alone, and calls are refused at once',
  holds:
    bare.requests === bare.calls &&
    wrapped.requests < wrapped.calls &&
    isRefusal(causeOf(wrapped.error)),
});

const ordersClaim = ({ bare, wrapped }: Pair): Claim => ({
  text: 'an order whose answer is lost is asked for again, and booked once',
  holds:
    bare.answered < bare.calls &&
    wrapped.answered === wrapped.calls &&
    wrapped.requests > wrapped.calls &&
    wrapped.booked === wrapped.calls,
});

const pageClaim = ({ wrapped }: Pair): Claim => ({
  text: 'what hangs ends with the deadline; no call is sent after it, and the server is told of it',
  holds:
    isRejection(wrapped.error) &&
    wrapped.error.code === 'HF_DEADLINE_EXCEEDED' &&
    wrapped.tookMs >= DEADLINE_MS - 5 &&
    wrapped.requests === 1 &&
    wrapped.remainingMs.length === 1 &&
    wrapped.remainingMs.every((left) => left > 0 && left <= DEADLINE_MS),
});

export const claimsOf = ({ flaky, outage, orders, page }: Pairs): readonly Claim[] => [
  flakyClaim(flaky),
  outageClaim(outage),
  ordersClaim(orders),
  pageClaim(page),
];

export const exitCodeOf = (claims: readonly Claim[]): number =>
  claims.every(({ holds }) => holds) ? 0 : 1;
