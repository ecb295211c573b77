import { isRejection, type Permit, type Refusal } from '@holdfast/core';
import { retryAfterMs } from '@holdfast/core/http';
import { warnOfCertificate } from './certificate-warning.ts';
import type { Dispatch, DispatchOptions, Fields, Handler } from './exchange.ts';
import { HoldingExchange, type BodyPatience } from './holding-exchange.ts';
import { isCertificateError, isOurFault, isTimeout, statusOfError } from './outcome.ts';
import { isHandedOver, UploadFault } from './upload-fault.ts';

/** What all exchanges of an interceptor share. */
export interface BreakerTerms {
  readonly failureStatus: (status: number) => boolean;
  readonly patience: BodyPatience;
}

/** Settles a permit when the outcome of its exchange is known. */
export class BreakerExchange extends HoldingExchange {
  declare private readonly terms: BreakerTerms;
  declare private readonly callerSignal: unknown;
  declare private permit: Permit | undefined;
  declare private upload: UploadFault | undefined;
  declare private answeredWell: boolean;

  constructor(handler: Handler, terms: BreakerTerms, options: DispatchOptions) {
    super(handler, terms.patience);
    this.terms = terms;
    this.callerSignal = 'signal' in options ? options.signal : undefined;
    this.permit = undefined;
    this.upload = undefined;
    this.answeredWell = false;
  }

  /** Asked here and not when the request starts: undici starts one anew that it re-queues. */
  admit(answer: Permit | Refusal, dispatch: Dispatch, options: DispatchOptions): boolean {
    if (!answer.admitted) return this.end(answer.rejection);
    this.permit = answer;
    if (this.over) answer.ignore(); // given up while it waited
    return this.send(dispatch, this.watched(options));
  }

  protected override answered(status: number, headers: Fields): boolean {
    super.answered(status, headers);
    this.answeredWell = !this.terms.failureStatus(status);
    if (!this.answeredWell) this.permit?.failure(`HTTP ${status}`, retryAfterMs(headers));
    // A probe must not wait for somebody to read the body: nobody may ever do.
    else if (this.permit?.probe === true) this.permit.success();
    return true;
  }

  protected override completed(): void {
    this.unwatch();
    this.upload?.stop();
    this.permit?.success();
  }

  protected override letGo(): void {
    this.permit?.success(); // the server did its part
  }

  protected override failed(error: Error): void {
    this.unwatch();
    const permit = this.permit;
    if (permit === undefined) return;
    const signal = this.abortedSignal();
    const status = statusOfError(error);
    if (this.waits || this.isOurs(error, signal)) this.settleOurs(permit, error);
    else if (status === undefined || signal !== undefined) permit.reject(error, { signal });
    else if (this.terms.failureStatus(status)) permit.failure(error);
    else permit.success();
    this.upload?.stop();
  }

  private isOurs(error: Error, signal: AbortSignal | undefined): boolean {
    // The server did its part: where time ran out, it is the reader who is overdue.
    const unread = this.answeredWell && this.paused;
    if (signal !== undefined) return unread || !isTimeout(signal.reason);
    if (unread && isRejection(error)) return true;
    const uploadFailed = this.upload?.error !== undefined && this.upload.error === error;
    return uploadFailed || this.threw(error) || isOurFault(error);
  }

  /**
   * This side gave up. Where the server had answered well before, that stands: to ignore it would
   * leave only its failures in the window.
   */
  private settleOurs(permit: Permit, error: Error): void {
    if (isCertificateError(error)) warnOfCertificate(error);
    if (this.answeredWell) permit.success();
    else permit.ignore();
  }

  /** The signal by which this side gave the request up, if it did. */
  private abortedSignal(): AbortSignal | undefined {
    // The caller's first: once the body has begun, `request` turns its reason into a plain abort.
    const signal = this.callerSignal;
    if (signal instanceof AbortSignal && signal.aborted) return signal;
    return this.aborted ? AbortSignal.abort(this.reason) : undefined;
  }

  private watched(options: DispatchOptions): DispatchOptions {
    const { body } = options;
    if (!isHandedOver(body)) return options;
    this.upload = new UploadFault();
    return { ...options, body: this.upload.watch(body) };
  }
}
