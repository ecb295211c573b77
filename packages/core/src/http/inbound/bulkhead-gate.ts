import { isBulkhead } from '../../bulkhead/is-bulkhead.ts';
import { bulkheadRegistry } from '../../bulkhead/registry.ts';
import type {
  Bulkhead,
  BulkheadOptions,
  BulkheadPermit,
  BulkheadRefusal,
} from '../../bulkhead/types.ts';
import { assertFunction, assertOptions, given } from '../../options/validate.ts';
import type { KeyedRegistry } from '../../registry/types.ts';
import { Answerer } from './answer.ts';
import type { Exchange } from './exchange.ts';
import { untilDisposed, type Gate } from './gate.ts';
import { entriesOf, givenKeyOf, maxKeysOf, type KeyOptions } from './keyed.ts';
import type { AnswerOptions, OfRequest } from './types.ts';
import { priorityAnswer } from './user-answers.ts';

/** Options of `bulkhead`: those of core's, of which `concurrency` is required. */
export interface BulkheadGateOptions<Subject extends readonly unknown[]>
  extends Omit<BulkheadOptions, 'holdUntil'>, KeyOptions<Subject>, AnswerOptions<Subject> {
  /** Who goes first where `order` is `priority`; 0, the default, is shed first. */
  readonly priority?: OfRequest<Subject, number> | undefined;
}

const KNOWN = [
  'name',
  'concurrency',
  'queue',
  'order',
  'maxWaitMs',
  'clock',
  'random',
  'key',
  'maxKeys',
  'priority',
  'onReject',
];

const bulkheadsOf = <Subject extends readonly unknown[]>(
  options: BulkheadGateOptions<Subject>,
): KeyedRegistry<Bulkhead> => {
  const { key: _, priority: __, onReject: ___, random: ____, maxKeys, ...own } = options;
  return bulkheadRegistry({ ...own, name: given(own.name, 'inbound') }, maxKeysOf(maxKeys));
};

/** Everybody in one. */
const together = (): string => '';

type Answer = BulkheadPermit | BulkheadRefusal;

/** Holds slots until responses are over. */
class Slots<Subject extends readonly unknown[]> {
  readonly #bulkheadOf: (subject: Subject) => Bulkhead | undefined;
  readonly #priority: BulkheadGateOptions<Subject>['priority'];
  readonly #answerer: Answerer<Subject>;

  constructor(
    bulkheadOf: (subject: Subject) => Bulkhead | undefined,
    priority: BulkheadGateOptions<Subject>['priority'],
    answerer: Answerer<Subject>,
  ) {
    this.#bulkheadOf = bulkheadOf;
    this.#priority = priority;
    this.#answerer = answerer;
  }

  enter(exchange: Exchange, subject: Subject): boolean | Promise<boolean> {
    if (exchange.over) return false;
    const limit = this.#bulkheadOf(subject);
    if (limit === undefined || !exchange.enters(limit)) return true;
    if (this.#priority !== undefined)
      exchange.priority = priorityAnswer('priority()', this.#priority(...subject));
    const answer = limit.enter(exchange);
    if (!(answer instanceof Promise)) return this.#admit(answer, exchange, subject);
    return answer.then(
      (late) => this.#admit(late, exchange, subject),
      (error: unknown) => {
        if (exchange.signal.aborted) return false; // it left, or was answered, while it waited
        throw error;
      },
    );
  }

  #admit(answer: Answer, exchange: Exchange, subject: Subject): boolean {
    if (!answer.admitted) return this.#answerer.refuse(exchange, answer.rejection, subject);
    // Left just as its turn came: nobody would tell when it is over.
    if (exchange.over) answer.release();
    else exchange.atEnd(() => answer.release());
    return !exchange.over;
  }
}

/**
 * Holds a slot for each request until its response is over, streams included; a client who leaves leaves
 * the queue.
 */
export const bulkheadGate = <Subject extends readonly unknown[]>(
  bulkheadOrOptions: Bulkhead | BulkheadGateOptions<Subject>,
  answers?: AnswerOptions<Subject>,
): { readonly gate: Gate<Subject>; readonly bulkheads: KeyedRegistry<Bulkhead> | undefined } => {
  if (isBulkhead(bulkheadOrOptions)) {
    const answerer = new Answerer(answers ?? {});
    const slots = new Slots(() => bulkheadOrOptions, undefined, answerer);
    return { gate: (exchange, subject) => slots.enter(exchange, subject), bulkheads: undefined };
  }
  assertOptions('bulkhead', bulkheadOrOptions, KNOWN);
  const answerer = new Answerer(answers ?? bulkheadOrOptions);
  assertFunction('priority', bulkheadOrOptions.priority);
  const bulkheads = bulkheadsOf(bulkheadOrOptions);
  const bulkheadOf = entriesOf(givenKeyOf(bulkheadOrOptions) ?? together, bulkheads);
  const slots = new Slots(bulkheadOf, bulkheadOrOptions.priority, answerer);
  const gate: Gate<Subject> = (exchange, subject) => slots.enter(exchange, subject);
  return { gate: untilDisposed(gate, answerer), bulkheads };
};
