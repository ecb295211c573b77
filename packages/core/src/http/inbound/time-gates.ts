import type { HoldfastError } from '../../errors.ts';
import { oneOf } from '../../options/validate.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Expiring, NoTimeLeft, RunningLimit } from '../../timeout/types.ts';
import type { Answerer } from './answer.ts';
import type { Exchange } from './exchange.ts';

/** What happens to a response that has begun when its time is over. */
export type OnStreaming = 'ignore' | 'destroy';

export const onStreamingOf = (onStreaming: OnStreaming = 'ignore'): OnStreaming =>
  oneOf('onStreaming', onStreaming, ['ignore', 'destroy']);

/** What the time of every request of one guard has in common. */
export interface TimeTerms<Subject extends readonly unknown[]> {
  readonly limit: { begin(work: Expiring, due?: number): RunningLimit | NoTimeLeft };
  readonly answerer: Answerer<Subject>;
  readonly onStreaming: OnStreaming;
  readonly clock: Clock;
  /** Whether outbound calls inherit it. */
  readonly propagates: boolean;
}

/** The end of the time of one request. */
class Expiry<Subject extends readonly unknown[]> implements Expiring {
  readonly #exchange: Exchange;
  readonly #subject: Subject;
  readonly #terms: TimeTerms<Subject>;

  constructor(exchange: Exchange, subject: Subject, terms: TimeTerms<Subject>) {
    this.#exchange = exchange;
    this.#subject = subject;
    this.#terms = terms;
  }

  /** A response that is left alone has met its limit: it had begun in time. */
  met(): boolean {
    const { response } = this.#exchange;
    return response.writableEnded || (response.headersSent && this.#terms.onStreaming === 'ignore');
  }

  expire(error: HoldfastError): void {
    const { response } = this.#exchange;
    if (!response.headersSent) {
      this.#terms.answerer.expire(this.#exchange, error, this.#subject);
      return;
    }
    this.#exchange.expiredWith(error);
    response.destroy(error);
    this.#exchange.abandon(error);
  }
}

/** Bounds a request in time, which may end earlier by `due`; false where there is none left. */
export const boundInTime = <Subject extends readonly unknown[]>(
  exchange: Exchange,
  subject: Subject,
  terms: TimeTerms<Subject>,
  due?: number,
): boolean => {
  if (exchange.over) return true; // nobody would tell when it is over
  const { limit, answerer, clock, propagates } = terms;
  const running = limit.begin(new Expiry(exchange, subject, terms), due);
  if (!running.admitted) return answerer.refuse(exchange, running.rejection, subject);
  exchange.bound(running.due, clock);
  if (propagates) exchange.passOn(running.due);
  exchange.atEnd(() => running.stop());
  return true;
};
