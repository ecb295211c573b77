import fc from 'fast-check';
import {
  bulkhead,
  type Bulkhead,
  type BulkheadAcquireOptions,
  type BulkheadOptions,
  type BulkheadPermit,
  type BulkheadRefusal,
} from '../../src/index.ts';
import { settled } from '../support/breaker.ts';
import { listenersOn } from '../support/calls.ts';
import { RecordingClock } from '../support/recording-clock.ts';

export type Answer = BulkheadPermit | BulkheadRefusal;

const codeOf = (error: unknown): string => (error as { code?: string }).code ?? String(error);

/** One that wants a slot, by whichever way in, and what became of it. */
interface Client {
  state: string;
  readonly caller: AbortController;
  release: () => void;
}

/** Clients of one bulkhead who all come in the same way. */
export abstract class Side {
  readonly clock = new RecordingClock();
  readonly policy: Bulkhead;
  readonly clients: Client[] = [];
  readonly told: unknown[] = [];

  constructor(options: BulkheadOptions) {
    this.policy = bulkhead({ ...options, clock: this.clock });
    for (const name of ['refusal', 'timeout'] as const) {
      this.policy.on(name, (event) => void this.told.push([this.clock.now(), event]));
    }
  }

  ask(priority: number, deadlineMs: number | undefined): void {
    const caller = new AbortController();
    const client: Client = { state: 'waits', caller, release: () => undefined };
    this.clients.push(client);
    const deadline = deadlineMs === undefined ? undefined : this.clock.now() + deadlineMs;
    this.come(client, { signal: caller.signal, priority, deadline });
  }

  protected abstract come(client: Client, options: BulkheadAcquireOptions): void;

  /** Does something with one of those in a state, if there is any. */
  each(state: string, which: number, act: (client: Client) => void): void {
    const those = this.clients.filter((client) => client.state === state);
    const one = those[which % those.length];
    if (one !== undefined) act(one);
  }

  get seen(): object {
    const { told, policy, clock } = this;
    return {
      states: this.clients.map(({ state }) => state),
      told,
      snapshot: policy.snapshot(),
      listeners: this.clients.map(({ caller }) => listenersOn(caller.signal)),
      holdsProcess: clock.holdsProcess,
    };
  }
}

export class Calls extends Side {
  protected override come(client: Client, options: BulkheadAcquireOptions): void {
    const run = async (): Promise<void> => {
      client.state = 'inside';
      const { promise, resolve } = Promise.withResolvers<void>();
      client.release = resolve;
      await promise;
    };
    this.policy.execute(run, options).then(
      () => (client.state = 'done'),
      (error: unknown) => (client.state = codeOf(error)),
    );
  }
}

export class Permits extends Side {
  /** Whether the last one was given a promise. */
  lastWaits = false;

  protected override come(client: Client, options: BulkheadAcquireOptions): void {
    const answer = this.policy.enter(options);
    const waits = answer instanceof Promise;
    this.lastWaits = waits;
    if (!waits) this.#got(client, answer);
    else
      answer.then(
        (later) => this.#got(client, later),
        (error: unknown) => (client.state = codeOf(error)),
      );
  }

  #got(client: Client, answer: Answer): void {
    client.state = answer.admitted ? 'inside' : answer.rejection.code;
    if (answer.admitted)
      client.release = () => {
        client.state = 'done';
        answer.release();
      };
  }
}

export type Step =
  | { readonly type: 'ask'; readonly priority: number; readonly deadlineMs: number | undefined }
  | { readonly type: 'release' | 'abort'; readonly which: number }
  | { readonly type: 'pass' | 'stall'; readonly ms: number }
  | { readonly type: 'resize'; readonly to: number };

export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('ask' as const),
      priority: fc.nat(3),
      deadlineMs: fc.option(fc.constantFrom(0, 30, 100, 400), { nil: undefined }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constantFrom('release' as const, 'abort' as const),
      which: fc.nat(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constantFrom('pass' as const, 'stall' as const),
      ms: fc.constantFrom(1, 30, 99, 150),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('resize' as const),
      to: fc.integer({ min: 1, max: 3 }),
    }),
  },
);

export const doTo = async (side: Side, what: Step): Promise<void> => {
  switch (what.type) {
    case 'ask':
      side.ask(what.priority, what.deadlineMs);
      break;
    case 'release':
      side.each('inside', what.which, (client) => client.release());
      break;
    case 'abort':
      side.each('waits', what.which, ({ caller }) => caller.abort('gave up'));
      break;
    case 'pass':
      await side.clock.advanceAsync(what.ms);
      break;
    case 'stall':
      side.clock.stall(what.ms);
      break;
    case 'resize':
      side.policy.update({ concurrency: what.to });
  }
  await settled();
};
