import { channel, type Channel } from 'node:diagnostics_channel';
import type { HoldfastCode, RefusalCode } from '../errors.ts';
import type { BreakerEvents } from '../circuit-breaker/types.ts';

/** `holdfast:call`: one call that a policy let through has settled. */
export interface CallMessage {
  readonly policy: 'circuit-breaker';
  readonly name: string;
  readonly outcome: 'success' | 'failure' | 'slow' | 'ignored';
  readonly durationMs: number | undefined;
  readonly probe: boolean;
  readonly late: boolean;
}

/** `holdfast:breaker`: what happened to a circuit, discriminated by `type`. */
export type BreakerMessage = {
  [Type in Exclude<keyof BreakerEvents, 'outcome'>]: { readonly type: Type } & BreakerEvents[Type];
}[Exclude<keyof BreakerEvents, 'outcome'>];

/** `holdfast:retry`: a further attempt is about to sleep, or there is none any more. */
export type RetryMessage =
  | {
      readonly type: 'retry';
      readonly name: string;
      readonly attempt: number;
      readonly delayMs: number;
    }
  | { readonly type: 'exhausted'; readonly name: string; readonly attempts: number }
  | { readonly type: 'overBudget'; readonly name: string; readonly attempt: number };

/** `holdfast:limit`: a call was ended or turned away by a limit of time or number. */
export type LimitMessage =
  | {
      readonly type: 'timeout';
      readonly name: string;
      readonly code: HoldfastCode;
      readonly afterMs: number;
    }
  /** A call that was given up has ended after all, `lateMs` later. */
  | { readonly type: 'late'; readonly name: string; readonly ok: boolean; readonly lateMs: number }
  | {
      readonly type: 'refusal';
      readonly policy: 'bulkhead' | 'rate-limit';
      readonly name: string;
      readonly code: RefusalCode;
      readonly retryAfterMs: number | undefined;
    };

/** `holdfast:lifecycle`: a process on its way out has entered another phase. */
export interface LifecycleMessage {
  readonly type: 'phase';
  readonly name: string;
  readonly phase: string;
  /** Requests that are not over. */
  readonly inFlight: number;
}

/** `holdfast:store`: a store was lost or is back, or a session had something happen to it. */
export type StoreMessage =
  | { readonly type: 'lost'; readonly name: string }
  | { readonly type: 'restored'; readonly name: string; readonly lostForMs: number }
  /** Two requests changed the same part of a session: the later one holds, or failed where that is asked for. */
  | { readonly type: 'session-conflict'; readonly name: string; readonly parts: number }
  /** A change came after the session had ended, and was dropped. */
  | { readonly type: 'session-gone'; readonly name: string }
  | { readonly type: 'session-rotated'; readonly name: string }
  /** A lease ended under its holder. */
  | { readonly type: 'lease-lost'; readonly name: string };

/** The names of the channels, for `node:diagnostics_channel`. */
export const CHANNELS = {
  call: 'holdfast:call',
  breaker: 'holdfast:breaker',
  retry: 'holdfast:retry',
  limit: 'holdfast:limit',
  lifecycle: 'holdfast:lifecycle',
  store: 'holdfast:store',
} as const;

export const callChannel: Channel<CallMessage> = channel(CHANNELS.call);
export const breakerChannel: Channel<BreakerMessage> = channel(CHANNELS.breaker);
export const retryChannel: Channel<RetryMessage> = channel(CHANNELS.retry);
export const limitChannel: Channel<LimitMessage> = channel(CHANNELS.limit);
export const lifecycleChannel: Channel<LifecycleMessage> = channel(CHANNELS.lifecycle);
export const storeChannel: Channel<StoreMessage> = channel(CHANNELS.store);
