import assert from 'node:assert/strict';
import fc from 'fast-check';
import { circuitBreaker, pipeline, rateLimit, type RateLimit } from '../../src/index.ts';
import type {
  RateLimitEnterOptions,
  RateLimitOptions,
  RatePermit,
  Turned,
} from '../../src/rate-limit/types.ts';
import { settled } from '../support/breaker.ts';
import { listenersOn } from '../support/calls.ts';
import { RecordingClock } from '../support/recording-clock.ts';

export type Answer = RatePermit | Turned;

/** One that wants a unit, by whichever way in, and what became of it. */
interface Client {
  state: string;
  readonly caller: AbortController;
  /** Whether what it was let in for is never sent. */
  readonly unsent: boolean;
}

interface Asking {
  readonly key: string | undefined;
  readonly unsent: boolean;
  readonly deadlineMs: number | undefined;
}

const ended = (error: unknown): string => {
  const { code, retryAfterMs } = error as { code?: string; retryAfterMs?: number };
  return code === undefined ? String(error) : `${code} ${retryAfterMs}`;
};

/** Clients of one limit who all come in the same way. */
export abstract class Side {
  readonly clock = new RecordingClock();
  readonly policy: RateLimit;
  readonly clients: Client[] = [];
  readonly told: unknown[] = [];

  constructor(options: RateLimitOptions) {
    this.policy = rateLimit({ ...options, clock: this.clock });
    this.policy.on('refusal', (event) => void this.told.push([this.clock.now(), event]));
  }

  ask({ key, unsent, deadlineMs }: Asking): void {
    const client: Client = { state: 'waits', caller: new AbortController(), unsent };
    this.clients.push(client);
    const deadline = deadlineMs === undefined ? undefined : this.clock.now() + deadlineMs;
    this.come(client, { signal: client.caller.signal, key, deadline });
  }

  protected abstract come(client: Client, options: Omit<RateLimitEnterOptions, 'cost'>): void;

  abort(which: number): void {
    const those = this.clients.filter(({ state }) => state === 'waits');
    those[which % those.length]?.caller.abort('gave up');
  }

  get seen(): object {
    return {
      // Before anything else is asked of the policy, which would tell what it had kept back.
      told: [...this.told],
      states: this.clients.map(({ state }) => state),
      snapshot: this.policy.snapshot(),
      listeners: this.clients.map(({ caller }) => listenersOn(caller.signal)),
      left: ['a', 'b', undefined].map((key) => this.policy.take({ key, cost: 0 })),
      timers: this.clock.pendingTimers,
    };
  }
}

export class Calls extends Side {
  protected override come(client: Client, options: Omit<RateLimitEnterOptions, 'cost'>): void {
    // A policy inside that turns away what is never to be sent.
    const inside = circuitBreaker({ name: 'inside', clock: this.clock });
    if (client.unsent) inside.isolate('never to be sent');
    pipeline(this.policy, inside)
      .execute(() => undefined, options)
      .then(
        () => (client.state = 'sent'),
        (error: unknown) => {
          const text = ended(error);
          client.state = text.startsWith('HF_CIRCUIT_ISOLATED') ? 'unsent' : text;
        },
      );
  }
}

export class Permits extends Side {
  /** Whether the last one was given a promise. */
  lastWaits = false;

  protected override come(client: Client, options: Omit<RateLimitEnterOptions, 'cost'>): void {
    const answer = this.policy.enter(options);
    this.lastWaits = answer instanceof Promise;
    if (!(answer instanceof Promise)) this.#got(client, answer);
    else
      answer.then(
        (later) => this.#got(client, later),
        (error: unknown) => (client.state = ended(error)),
      );
  }

  #got(client: Client, answer: Answer): void {
    if (!answer.admitted) {
      assert.equal(answer.retryAfterMs, answer.rejection.retryAfterMs);
      client.state = ended(answer.rejection);
      return;
    }
    client.state = client.unsent ? 'unsent' : 'sent';
    if (!client.unsent) return;
    answer.giveBack();
    answer.giveBack();
  }
}

export type Step =
  | ({ readonly type: 'ask' } & Asking)
  | { readonly type: 'abort'; readonly which: number }
  | { readonly type: 'pass' | 'stall'; readonly ms: number };

export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('ask' as const),
      key: fc.constantFrom('a', 'b', undefined),
      unsent: fc.boolean(),
      deadlineMs: fc.option(fc.constantFrom(0, 300, 1_500), { nil: undefined }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('abort' as const), which: fc.nat() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constantFrom('pass' as const, 'stall' as const),
      ms: fc.constantFrom(1, 250, 999, 1_000),
    }),
  },
);

export const doTo = async (side: Side, what: Step): Promise<void> => {
  if (what.type === 'ask') side.ask(what);
  else if (what.type === 'abort') side.abort(what.which);
  else if (what.type === 'pass') await side.clock.advanceAsync(what.ms);
  else side.clock.stall(what.ms);
  await settled();
};
