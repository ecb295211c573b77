import fc from 'fast-check';
import { abort, arrive, dispose, end, release, update } from './bulkhead-model.ts';
import { arriveAt, type Rig } from './rig.ts';
import { BESIDE_MS, changes, OUTER_TIMEOUT_MS, STEP_MS, type Settings } from './settings.ts';
import type { Arrival, Model, Ticket, Way, Work } from './state.ts';

type Act = (model: Model, rig: Rig) => void;

/** What happens to the model and to the bulkhead alike; time passes in both afterwards. */
export class Command {
  readonly #name: string;
  readonly run: Act;
  readonly passes: number;

  constructor(name: string, run: Act, passes = 0) {
    this.#name = name;
    this.run = run;
    this.passes = passes;
  }

  [fc.toStringMethod](): string {
    return this.#name;
  }
}

interface Coming extends Omit<Arrival, 'deadline'> {
  /** In steps from now, and a little more; 0 and less is over already. */
  readonly deadlineIn: number | undefined;
}

const ways = fc.constantFrom<Way>('alone', 'alone', 'stacked', 'over', 'under', 'acquire', 'try');
const works = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<Work>('pends', 'heeds') },
  { weight: 1, arbitrary: fc.constantFrom<Work>('value', 'thenable', 'throws', 'rejects') },
);

const comings: fc.Arbitrary<Coming> = fc.record({
  way: ways,
  work: works,
  priority: fc.integer({ min: -1, max: 2 }),
  deadlineIn: fc.option(fc.integer({ min: -1, max: 7 }), { nil: undefined, freq: 3 }),
});

const withDeadline = new Set<Way>(['alone', 'stacked', 'acquire']);

/** Two that came at once would be timed out at once, one as it gets the slot of the other, or not. */
const alikeNoOther = ({ tickets, now }: Model, coming: Coming): Coming => {
  const alike = tickets.some(
    ({ way, outerDue }) => way === 'under' && outerDue === now + OUTER_TIMEOUT_MS,
  );
  return alike && coming.way === 'under' ? { ...coming, way: 'stacked' } : coming;
};

const come = (coming: Coming): Command =>
  new Command(`come ${JSON.stringify(coming)}`, (model, rig) => {
    const { deadlineIn, ...rest } = alikeNoOther(model, coming);
    const has = deadlineIn !== undefined && withDeadline.has(rest.way);
    const deadline = has ? model.now + (deadlineIn - 1) * STEP_MS + BESIDE_MS : undefined;
    arrive(model, { ...rest, deadline });
    arriveAt(rig, { ...rest, deadline });
  });

/** One of those that are so now; nothing happens where there is none. */
const one = (
  name: string,
  pick: number,
  eligible: (ticket: Ticket) => boolean,
  act: (model: Model, rig: Rig, ticket: Ticket) => void,
): Command =>
  new Command(`${name} ${pick}`, (model, rig) => {
    const tickets = model.tickets.filter((ticket) => eligible(ticket));
    const ticket = tickets[pick % Math.max(1, tickets.length)];
    if (ticket !== undefined) act(model, rig, ticket);
  });

const isRunning = ({ running }: Ticket): boolean => running;

const endWork = (pick: number, answer: 'value' | 'error'): Command =>
  one(`end with ${answer}`, pick, isRunning, (model, rig, ticket) => {
    end(model, ticket, answer);
    rig.handles[ticket.id]!.end(answer);
  });

const isPermit = ({ way, status }: Ticket): boolean =>
  (way === 'acquire' || way === 'try') && (status === 'inside' || status === 'released');

const giveBack = (pick: number, how: 'release' | 'dispose'): Command =>
  one(how, pick, isPermit, (model, rig, ticket) => {
    if (ticket.status === 'inside') release(model, ticket);
    rig.handles[ticket.id]!.release(how);
  });

const giveUp = (pick: number): Command =>
  one(
    'abort',
    pick,
    ({ status }) => status === 'waiting' || status === 'inside',
    (model, rig, ticket) => {
      abort(model, ticket);
      const { controller, reason } = rig.handles[ticket.id]!;
      controller.abort(reason);
    },
  );

const change = (settings: Partial<Settings>): Command =>
  new Command(`update ${JSON.stringify(settings)}`, (model, rig) => {
    update(model, settings);
    rig.bulkhead.update(settings);
  });

const disposal = new Command('dispose', (model, rig) => {
  dispose(model);
  rig.bulkhead[Symbol.dispose]();
});

const passing = (steps: number): Command =>
  new Command(`pass ${steps}`, () => undefined, steps * STEP_MS);

const weigh = <T>(weight: number, arbitrary: fc.Arbitrary<T>): fc.WeightedArbitrary<T> => ({
  weight,
  arbitrary,
});
const picks = fc.nat(1_000);
const answers = fc.constantFrom('value', 'error');
const waysBack = fc.constantFrom('release', 'dispose');

export const command: fc.Arbitrary<Command> = fc.oneof(
  weigh(240, comings.map(come)),
  weigh(
    80,
    fc.tuple(picks, answers).map(([pick, how]) => endWork(pick, how)),
  ),
  weigh(
    48,
    fc.tuple(picks, waysBack).map(([pick, how]) => giveBack(pick, how)),
  ),
  weigh(40, picks.map(giveUp)),
  weigh(64, fc.integer({ min: 1, max: 4 }).map(passing)),
  weigh(16, changes.map(change)),
  weigh(1, fc.constant(disposal)),
);

/** Ends the next that is still inside; undefined when there is none. */
export const conclusion = ({ tickets }: Model): Command | undefined => {
  if (tickets.some(isRunning)) return endWork(0, 'value');
  return tickets.some(({ slot }) => slot)
    ? one('release', 0, ({ slot }) => slot, giveBackNow)
    : undefined;
};

const giveBackNow = (model: Model, rig: Rig, ticket: Ticket): void => {
  release(model, ticket);
  rig.handles[ticket.id]!.release('release');
};

/** Longer than anything waits. */
export const patience: Command = passing(10);
