import { within } from '../../../harness/goals.ts';
import type { Contestant, Operation, RatioGroup, Side } from '../../../harness/suite.ts';
import { latestWasAnswered, socketsInTurn, type NextSocket } from './exchange.ts';

/** How a framework calls its middleware. */
export interface Framework<Middleware> {
  readonly name: string;
  /** Requests that go straight to the handler. */
  readonly bare: (nextSocket: NextSocket) => Operation;
  /** Requests that pass the middleware first. */
  readonly through: (middleware: Middleware, nextSocket: NextSocket) => Operation;
  /** One after another, the outermost first. */
  readonly chain: (middlewares: readonly Middleware[]) => Middleware;
}

/** One way to guard a route. */
export interface Guarded<Middleware> {
  readonly name: string;
  readonly side: Side;
  readonly make: () => Middleware;
  /** Nanoseconds a request may take beyond the bare one. */
  readonly atMostNs?: number;
}

interface Setting<Middleware> {
  readonly id: string;
  readonly title: string;
  /** How many clients take turns. */
  readonly clients: number;
  readonly rows: readonly Guarded<Middleware>[];
}

/** Each client once, so that none is new any more. */
const familiar = async (operation: Operation, clients: number): Promise<Operation> => {
  for (let i = 0; i < clients; i++) await operation();
  return operation;
};

/** Middlewares called directly with real request and response objects, in rounds with the bare handler. */
export const direct = <Middleware>(
  framework: Framework<Middleware>,
  { id, title, clients, rows }: Setting<Middleware>,
): RatioGroup => ({
  kind: 'ratio',
  id: `${framework.name.toLowerCase()}-${id}`,
  title: `${framework.name}: ${title}`,
  loop: 'awaited',
  bare: () => framework.bare(socketsInTurn(clients)),
  expects: latestWasAnswered,
  contestants: rows.map(({ name, side, make }): Contestant => ({
    name,
    side,
    make: () => familiar(framework.through(make(), socketsInTurn(clients)), clients),
  })),
  goals: rows.flatMap(({ name, atMostNs }) =>
    atMostNs === undefined ? [] : within(name, { addedNs: atMostNs }),
  ),
});
