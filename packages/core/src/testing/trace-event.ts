import type {
  BreakerMessage,
  CallMessage,
  LimitMessage,
  RetryMessage,
} from '../events/channels.ts';

/** What the channels carry, by the last word of their names. */
interface Messages {
  readonly call: CallMessage;
  readonly breaker: BreakerMessage;
  readonly retry: RetryMessage;
  readonly limit: LimitMessage;
}

/** One event: when, on which channel (`breaker` for `holdfast:breaker`), and its message. */
export type TraceEvent = {
  [Name in keyof Messages]: { readonly atMs: number; readonly channel: Name } & Messages[Name];
}[keyof Messages];
