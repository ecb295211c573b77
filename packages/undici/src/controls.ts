import { errors, type Dispatcher } from 'undici';

export type Controller = Dispatcher.DispatchController;
type RawFields = NonNullable<Controller['rawHeaders']> | null;

/** What undici says of a request that was given up without a reason. */
export const abortError = (): Error => new errors.RequestAbortedError();

/** What only few exchanges have to remember. */
class Trouble {
  /** The handler further out gave up. */
  aborted = false;
  /** This side ended it: what becomes of what lies inside is no abort of the handler's. */
  closed = false;
  /** Why it did, or what ended the exchange. */
  reason: Error | null = null;
  /** What the handler further out threw. */
  thrown: unknown = undefined;
  /** The handler further out paused what has not begun. */
  paused = false;
  /** For waits before the request is sent. */
  waiting: AbortController | undefined = undefined;
}

/** The controller of an exchange: passes on to what lies further inside, once that has begun. */
export abstract class Controls implements Controller {
  /** The controller of what lies further inside, once it has begun. */
  declare protected inner: Controller | undefined;
  /** Nothing more reaches the handler further out. */
  declare over: boolean;
  declare protected trouble: Trouble | undefined;

  constructor() {
    this.inner = undefined;
    this.over = false;
    this.trouble = undefined;
  }

  /** Ends an exchange of which nothing was sent. */
  abstract end(error: Error): true;

  /** The reader has enough of the body for now, or wants more of it. */
  protected held(_paused: boolean): void {}

  get aborted(): boolean {
    const { trouble, inner } = this;
    if (trouble !== undefined && (trouble.aborted || trouble.closed)) return trouble.aborted;
    return inner?.aborted === true;
  }

  get reason(): Error | null {
    return this.trouble?.aborted === true ? this.trouble.reason : (this.inner?.reason ?? null);
  }

  get paused(): boolean {
    return this.inner?.paused ?? this.trouble?.paused ?? false;
  }

  get rawHeaders(): RawFields {
    return this.inner?.rawHeaders ?? null;
  }

  set rawHeaders(fields: RawFields) {
    if (this.inner !== undefined) this.inner.rawHeaders = fields;
  }

  get rawTrailers(): RawFields {
    return this.inner?.rawTrailers ?? null;
  }

  set rawTrailers(fields: RawFields) {
    if (this.inner !== undefined) this.inner.rawTrailers = fields;
  }

  pause(): void {
    if (this.inner === undefined) this.troubled().paused = true;
    else this.inner.pause();
    if (!this.over) this.held(true);
  }

  resume(): void {
    if (!this.over) this.held(false);
    if (this.trouble !== undefined) this.trouble.paused = false;
    this.inner?.resume();
  }

  abort(reason?: Error): void {
    const trouble = this.troubled();
    if (this.over || trouble.aborted) return;
    trouble.aborted = true;
    trouble.reason = reason ?? abortError();
    if (this.inner === undefined) this.end(trouble.reason);
    else this.inner.abort(trouble.reason);
  }

  protected troubled(): Trouble {
    this.trouble ??= new Trouble();
    return this.trouble;
  }
}
