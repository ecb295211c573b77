import fc from 'fast-check';
import { expect, test } from 'vitest';
import { key } from '../../../src/stateless/key.ts';
import {
  memoryStore,
  semaphore,
  type LeaseContext,
  type LeasePolicy,
  type Store,
} from '../../../src/stateless/index.ts';
import { VirtualClock } from '../../../src/testing/index.ts';
import { listenersOn } from '../../support/calls.ts';
import { ScriptedStore, type Fate } from './support/scripted-store.ts';
import { storeOver } from './support/store-over.ts';
import { SimulatedProcess } from './support/simulated-process.ts';

const LEASE_MS = 1_000;
const DEADLINE_MS = 300;
const PROCESSES = 3;
const SLICE_MS = 5;
const JOBS = key('semaphore', 'default', 'jobs');

type Step =
  | { readonly do: 'run'; readonly of: number; readonly waitMs: number; readonly heeds: boolean }
  | { readonly do: 'end' | 'abort'; readonly nth: number }
  | { readonly do: 'crash'; readonly of: number }
  | { readonly do: 'stall'; readonly of: number; readonly ms: number }
  | { readonly do: 'fate'; readonly of: number; readonly fate: Fate; readonly ms: number }
  | { readonly do: 'pass'; readonly ms: number };

const of = fc.nat(PROCESSES - 1);
const nth = fc.nat(5);
const fates = [
  'well',
  'late',
  'slow',
  'lost',
  'hangs',
  'unknown',
  'not-sent',
  'refused',
  'throws',
  'garbage',
] as const;

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('run' as const),
      of,
      waitMs: fc.constantFrom(0, 0, 30, 700, 5_000),
      heeds: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('end' as const), nth }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('abort' as const), nth }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const), of }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('stall' as const),
      of,
      ms: fc.integer({ min: 1, max: 3_000 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('fate' as const),
      of,
      fate: fc.constantFrom<Fate>(...fates),
      ms: fc.oneof(fc.integer({ min: 1, max: DEADLINE_MS }), fc.integer({ min: 1, max: 1_500 })),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.integer({ min: 1, max: 800 }),
    }),
  },
);

/** One piece of work under a lease, from outside. */
interface Job {
  readonly process: SimulatedProcess;
  readonly caller: AbortController;
  readonly end: () => void;
  context: LeaseContext | undefined;
  /** The work is over. */
  done: boolean;
  /** The promise of `run` has settled. */
  settled: boolean;
}

interface Member {
  process: SimulatedProcess;
  scripted: ScriptedStore;
  policy: LeasePolicy;
}

/** Whether it may believe that it holds the lease. */
const holds = (job: Job): boolean =>
  job.context !== undefined && !job.done && !job.process.crashed && !job.context.signal.aborted;

class Fleet {
  readonly clock = new VirtualClock();
  readonly jobs: Job[] = [];
  readonly members: Member[];
  readonly #max: number;
  readonly #memory: Store = memoryStore({ clock: this.clock });
  readonly #store: Store = this.#judged(this.#memory);
  /** The most that held it at a time. */
  most = 0;

  constructor(max: number) {
    this.#max = max;
    this.members = [0.995, 1, 1.005].map((speed) => this.#member(speed));
  }

  get holders(): number {
    return this.jobs.filter(holds).length;
  }

  start(member: Member, waitMs: number, heeds: boolean): Promise<void> {
    const { promise, resolve: end } = Promise.withResolvers<void>();
    const caller = new AbortController();
    const { process } = member;
    const job: Job = { process, caller, end, context: undefined, done: false, settled: false };
    this.jobs.push(job);
    const work = async (context: LeaseContext): Promise<void> => {
      job.context = context;
      if (heeds) context.signal.addEventListener('abort', () => end());
      await promise;
      job.done = true;
    };
    const run = member.policy.run(work, { waitMs, signal: caller.signal });
    return run.then(
      () => void (job.settled = true),
      () => void (job.settled = true),
    );
  }

  crash(index: number): void {
    this.members[index]!.process.crash();
    this.members[index] = this.#member(1);
  }

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += SLICE_MS) {
      await this.clock.advanceAsync(Math.min(SLICE_MS, ms - passed));
      await this.probe();
    }
  }

  /** Whoever the store would let in now must find room. */
  async probe(): Promise<void> {
    const rival = { max: this.#max, leaseMs: 1, id: 'rival' };
    const { held } = await this.#store.lease(JOBS, rival, { deadlineMs: 50 });
    if (held) await this.#store.release(JOBS, rival, { deadlineMs: 50 });
    this.most = Math.max(this.most, this.holders);
  }

  /** Each network is well again, and each piece of work over. */
  async calm(): Promise<void> {
    for (const { scripted } of this.members) scripted.fate = 'well';
    for (const job of this.jobs) job.end();
    await this.clock.advanceAsync(9_000);
  }

  /** How many places the store has left. */
  async free(): Promise<number> {
    const last = { max: 1_000, leaseMs: 1, id: 'last' };
    const { holders } = await this.#memory.lease(JOBS, last, { deadlineMs: 50 });
    return this.#max + 1 - holders;
  }

  #member(speed: number): Member {
    const process = new SimulatedProcess(this.clock, speed);
    const scripted = new ScriptedStore(this.#store, this.clock);
    const { clock } = process;
    const store = process.seeing(scripted.store);
    const policy = semaphore({
      store,
      name: 'jobs',
      max: this.#max,
      leaseMs: LEASE_MS,
      deadlineMs: DEADLINE_MS,
      clock,
    });
    return { process, scripted, policy };
  }

  /** At the moment of each grant, those who believe that they hold it must have left room. */
  #judged(store: Store): Store {
    const lease: Store['lease'] = async (...all) => {
      const leased = await store.lease(...all);
      if (leased.held && !leased.renewed) this.most = Math.max(this.most, this.holders + 1);
      return leased;
    };
    return storeOver(store, { lease });
  }
}

const take = async (fleet: Fleet, each: Step, runs: Promise<void>[]): Promise<void> => {
  const open = fleet.jobs.filter((job) => job.context !== undefined && !job.done);
  const all = fleet.jobs.filter((job) => !job.settled);
  switch (each.do) {
    case 'run':
      return void runs.push(fleet.start(fleet.members[each.of]!, each.waitMs, each.heeds));
    case 'end':
      return open[each.nth]?.end();
    case 'abort':
      return all[each.nth]?.caller.abort(new Error('gave up'));
    case 'crash':
      return fleet.crash(each.of);
    case 'stall':
      return fleet.members[each.of]!.process.stall(each.ms);
    case 'fate':
      Object.assign(fleet.members[each.of]!.scripted, { fate: each.fate, ms: each.ms });
      return undefined;
    case 'pass':
      return await fleet.pass(each.ms);
  }
};

test.each([1, 2])(
  'there are never more than %i holders, whatever crashes, hangs, stalls and gives up, and nothing is left of them',
  async (max) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
        const fleet = new Fleet(max);
        for (const each of steps) await take(fleet, each, []);
        await fleet.calm();
        expect(fleet.most).toBeLessThanOrEqual(max);
        const mine = fleet.jobs.filter(({ process }) => !process.crashed);
        expect(mine.filter(({ settled }) => !settled)).toEqual([]);
        expect(mine.map(({ caller }) => listenersOn(caller.signal))).toEqual(mine.map(() => 0));
        for (const { policy } of fleet.members)
          expect(policy.snapshot()).toMatchObject({ held: 0, waiting: 0 });
        expect(await fleet.free()).toBe(max);
        expect(fleet.members.map(({ scripted }) => scripted.watchers)).toEqual([0, 0, 0]);
        expect(fleet.clock.pendingTimers).toBe(0);
      }),
      { numRuns: 300 },
    );
  },
  120_000,
);
