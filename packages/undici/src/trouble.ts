import { errors } from 'undici';

/** What undici says of a request that was given up without a reason. */
export const abortError = (): Error => new errors.RequestAbortedError();

/** What only few exchanges have to remember. */
export class Trouble {
  /** The handler further out gave up. */
  aborted = false;
  /** Why it did, or what ended the exchange. */
  reason: Error | null = null;
  /** What the handler further out threw. */
  thrown: unknown = undefined;
  /** For waits before the request is sent. */
  waiting: AbortController | undefined = undefined;
}
