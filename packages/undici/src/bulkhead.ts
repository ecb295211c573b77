import type {
  Bulkhead,
  BulkheadOptions as PolicyOptions,
  BulkheadPermit,
  BulkheadRefusal,
} from '@holdfast/core';
import {
  assertOptions,
  bulkheadRegistry,
  given,
  isBulkhead,
  type KeyedRegistry,
} from '@holdfast/core/adapter';
import { type Dispatch, type DispatchOptions, type Handler } from './exchange.ts';
import { interceptor, type Interceptor } from './interceptor.ts';
import { HoldingExchange, patienceOf, type BodyPatience } from './holding-exchange.ts';
import { entriesOf, KEY_OPTIONS, type KeyOptions } from './keyed.ts';

/** Options of `bulkhead`: those of core's, of which `concurrency` is required. */
export interface BulkheadOptions extends Omit<PolicyOptions, 'holdUntil'>, KeyOptions {
  /** A slot is given back when nobody has read the response's body for this long. Default 30,000. */
  readonly unreadBodyMs?: number | undefined;
}

/** The interceptor, with its bulkheads by key; `bulkheads` is undefined where it was given one. */
export type BulkheadInterceptor = Interceptor & {
  readonly bulkheads: KeyedRegistry<Bulkhead> | undefined;
};

type Answer = BulkheadPermit | BulkheadRefusal;

/** Holds a slot until the response is over. */
class BulkheadExchange extends HoldingExchange {
  declare private permit: BulkheadPermit | undefined;

  constructor(handler: Handler, patience: BodyPatience) {
    super(handler, patience);
    this.permit = undefined;
  }

  admit(answer: Answer, dispatch: Dispatch, options: DispatchOptions): boolean {
    if (!answer.admitted) return this.end(answer.rejection);
    this.permit = answer;
    if (this.over) this.release(); // given up while it waited
    return this.send(dispatch, options);
  }

  protected override completed(): void {
    this.release();
  }

  protected override letGo(): void {
    this.release();
  }

  override get waits(): boolean {
    return this.permit === undefined || super.waits;
  }

  protected override failed(): void {
    this.release();
  }

  private release(): void {
    this.unwatch();
    this.permit?.release();
  }
}

type BulkheadFor = (request: DispatchOptions) => Bulkhead | undefined;

const handleOf =
  (bulkheadFor: BulkheadFor, patience: BodyPatience) =>
  (dispatch: Dispatch, options: DispatchOptions, handler: Handler): boolean => {
    const limit = bulkheadFor(options);
    if (limit === undefined) return dispatch(options, handler);
    const exchange = new BulkheadExchange(handler, patience);
    if (!exchange.start()) return true;
    const answer = limit.enter(exchange);
    if (!(answer instanceof Promise)) return exchange.admit(answer, dispatch, options);
    return exchange.after(answer, (late) =>
      exchange.admit(late, dispatch, exchange.refreshed(options)),
    );
  };

const KNOWN = [
  'name',
  'concurrency',
  'queue',
  'order',
  'maxWaitMs',
  'unreadBodyMs',
  'clock',
  ...KEY_OPTIONS,
];

const bulkheadsOf = (options: BulkheadOptions): KeyedRegistry<Bulkhead> => {
  const { key: _, maxKeys, unreadBodyMs: __, ...own } = options;
  return bulkheadRegistry({ ...own, name: given(own.name, 'outbound') }, maxKeys);
};

/**
 * An interceptor that lets no more than `concurrency` exchanges with an origin (or `key`) run at once,
 * from the request until the body of the response is over; an upgrade gives its slot back as it
 * succeeds. `queue`, `order` and `maxWaitMs` as in core's `bulkhead`. What finds no slot fails with
 * `HF_BULKHEAD_FULL` and is never sent; a caller's abort leaves the queue at once. Throws `TypeError` or
 * `RangeError` for a wrong option.
 */
export const bulkhead = (bulkheadOrOptions: Bulkhead | BulkheadOptions): BulkheadInterceptor => {
  if (isBulkhead(bulkheadOrOptions)) {
    const handle = handleOf(() => bulkheadOrOptions, patienceOf({}));
    return Object.assign(interceptor(handle), { bulkheads: undefined });
  }
  assertOptions('bulkhead', bulkheadOrOptions, KNOWN);
  const bulkheads = bulkheadsOf(bulkheadOrOptions);
  const bulkheadFor = entriesOf(bulkheadOrOptions, bulkheads);
  const handle = handleOf(bulkheadFor, patienceOf(bulkheadOrOptions));
  return Object.assign(interceptor(handle), { bulkheads });
};
