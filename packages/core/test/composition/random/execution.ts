import type { CallContext, Result } from '../../../src/index.ts';
import type { CallStep } from './plan.ts';

/** One execution of a random world, and all that may come of it. */
export class Execution {
  readonly id: number;
  readonly plan: CallStep;
  readonly startedAt: number;
  readonly caller: AbortController = new AbortController();
  readonly reason: Error = new Error('the caller has gone');
  /** What it may end with besides rejections of policies. */
  readonly values: Set<unknown> = new Set();
  readonly errors: Set<unknown> = new Set([this.reason]);
  calls = 0;
  outcome: Result<unknown> | undefined = undefined;
  settledAt: number | undefined = undefined;
  readonly #running = new Map<CallContext, 'call' | 'fallback' | 'own'>();

  constructor(id: number, plan: CallStep, startedAt: number) {
    this.id = id;
    this.plan = plan;
    this.startedAt = startedAt;
  }

  get aborted(): boolean {
    return this.caller.signal.aborted;
  }

  /** What of the user's runs for it now, and has not been given up. */
  get busyWith(): 'call' | 'fallback' | 'own' | undefined {
    for (const [{ signal }, what] of this.#running) if (!signal.aborted) return what;
    return undefined;
  }

  /** Whether something of the user's runs, wanted or not. */
  get runs(): boolean {
    return this.#running.size > 0;
  }

  /** Runs something of the user's, and knows that it does. */
  run<T>(what: 'call' | 'fallback' | 'own', context: CallContext, act: () => T): T {
    // One entry for each time: a context may be handed out twice.
    const entry = Object.create(context, { signal: { get: () => context.signal } }) as CallContext;
    this.#running.set(entry, what);
    const end = (): void => void this.#running.delete(entry);
    let value: T;
    try {
      value = act();
    } catch (error) {
      end();
      throw error;
    }
    if (value instanceof Promise) void value.then(end, end);
    else end();
    return value;
  }

  value<T>(value: T): T {
    this.values.add(value);
    return value;
  }

  error<E>(error: E): E {
    this.errors.add(error);
    return error;
  }
}

/** Executions are told apart by a small part of their priority, which reaches every policy. */
const PARTS = 1_024;

export const priorityOf = ({ id, plan }: Execution): number => plan.priority + id / PARTS;

export const idIn = (priority: number): number => (priority % 1) * PARTS;
